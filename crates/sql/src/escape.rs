//! Literal text for T-SQL: availability group statements take neither variables nor parameters, so names and values are
//! written into the text, and these functions are the only way in.

use std::fmt::Write as _;

/// `[name]`, with `]` doubled (QUOTENAME).
pub(crate) fn quote_name(name: &str) -> String {
    format!("[{}]", name.replace(']', "]]"))
}

/// `N'text'`, with `'` doubled.
pub(crate) fn quote_text(text: &str) -> String {
    format!("N'{}'", text.replace('\'', "''"))
}

/// `0x…` from hexadecimal digits without prefix; `None` if they are none, or not whole bytes.
pub(crate) fn quote_hex(digits: &str) -> Option<String> {
    let whole = !digits.is_empty() && digits.len().is_multiple_of(2);
    (whole && digits.bytes().all(|b| b.is_ascii_hexdigit()))
        .then(|| format!("0x{}", digits.to_ascii_uppercase()))
}

/// A value of an ADO.NET connection string, `'value'` with `'` doubled (SqlConnection.ConnectionString, "a value that
/// contains a semicolon, single-quote or double-quote must be enclosed in quotation marks").
pub(crate) fn quote_connection_value(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

/// `item, item, …`
pub(crate) fn join<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> String {
    let mut text = String::new();
    for item in items {
        let comma = if text.is_empty() { "" } else { ", " };
        let _ = write!(text, "{comma}{}", item.as_ref());
    }
    text
}

#[cfg(test)]
#[path = "escape_tests.rs"]
mod tests;
