//! Writing names and strings so that the lexer reads the same back.

/// `[name]` with `]` doubled (QUOTENAME).
pub fn quote_name(name: &str) -> String {
    format!("[{}]", name.replace(']', "]]"))
}

/// `N'text'` with `'` doubled.
pub fn quote_text(text: &str) -> String {
    format!("N'{}'", text.replace('\'', "''"))
}
