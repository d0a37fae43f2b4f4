//! No value can leave its quotes: a reader of T-SQL's own rule gets the value back and nothing besides.

use super::*;
use proptest::prelude::*;

/// Reads one literal that begins with `open` and ends at the first `close` that is not doubled; the rest is returned.
fn read_literal<'a>(text: &'a str, open: &str, close: char) -> Option<(String, &'a str)> {
    let mut rest = text.strip_prefix(open)?;
    let mut value = String::new();
    loop {
        let next = rest.chars().next()?;
        rest = &rest[next.len_utf8()..];
        if next != close {
            value.push(next);
        } else if let Some(more) = rest.strip_prefix(close) {
            value.push(close);
            rest = more;
        } else {
            return Some((value, rest));
        }
    }
}

proptest! {
    #[test]
    fn a_name_stays_in_its_brackets(name in ".*", tail in "[ -~]*") {
        let text = format!("{} {tail}", quote_name(&name));
        prop_assert_eq!(read_literal(&text, "[", ']'), Some((name, &*format!(" {tail}"))));
    }

    #[test]
    fn a_text_stays_in_its_quotes(value in ".*", tail in "[ -~]*") {
        let text = format!("{}; {tail}", quote_text(&value));
        prop_assert_eq!(read_literal(&text, "N'", '\''), Some((value, &*format!("; {tail}"))));
    }

    #[test]
    fn nasty_texts_stay_in_their_quotes(value in "['\\]\\[;\\-/*N \u{2019}\u{ff07}]{0,12}") {
        let text = quote_text(&value);
        prop_assert_eq!(read_literal(&text, "N'", '\''), Some((value.clone(), "")));
        let name = quote_name(&value);
        prop_assert_eq!(read_literal(&name, "[", ']'), Some((value, "")));
    }

    #[test]
    fn a_connection_value_stays_in_its_quotes(value in ".*") {
        let text = format!("{};", quote_connection_value(&value));
        prop_assert_eq!(read_literal(&text, "'", '\''), Some((value, ";")));
    }

    #[test]
    fn a_connection_string_inside_of_a_text_comes_back_whole(password in ".*") {
        let inner = format!("Password={};", quote_connection_value(&password));
        let outer = quote_text(&inner);
        let (read, rest) = read_literal(&outer, "N'", '\'').unwrap();
        prop_assert_eq!(rest, "");
        let value = read.strip_prefix("Password=").unwrap();
        prop_assert_eq!(read_literal(value, "'", '\''), Some((password, ";")));
    }

    #[test]
    fn only_whole_bytes_become_binary(digits in "[0-9a-fA-Fx' ;]{0,8}") {
        let legal = digits.len() % 2 == 0 && !digits.is_empty() && digits.chars().all(|c| c.is_ascii_hexdigit());
        prop_assert_eq!(quote_hex(&digits).is_some(), legal);
    }
}

#[test]
fn quotes_are_doubled() {
    for (value, name, text) in [
        ("plain", "[plain]", "N'plain'"),
        ("a]b", "[a]]b]", "N'a]b'"),
        ("a'b", "[a'b]", "N'a''b'"),
        (r"CORP\svc-sql", r"[CORP\svc-sql]", r"N'CORP\svc-sql'"),
        ("'; DROP LOGIN sa; --", "['; DROP LOGIN sa; --]", "N'''; DROP LOGIN sa; --'"),
        ("", "[]", "N''"),
    ] {
        assert_eq!(quote_name(value), name);
        assert_eq!(quote_text(value), text);
    }
    assert_eq!(quote_hex("0aFF").as_deref(), Some("0x0AFF"));
    assert_eq!(join(["a", "b", "c"]), "a, b, c");
}
