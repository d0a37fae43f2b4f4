//! Properties of the parser on any text.

use proptest::prelude::*;

use super::{TokenKind, parse_batch, quote_name, quote_text, tokenize};

const PIECES: &[&str] = &[
    "SELECT",
    "FROM",
    "CREATE",
    "ALTER",
    "AVAILABILITY",
    "GROUP",
    "LOGIN",
    "WITH",
    "(",
    ")",
    ",",
    "=",
    "'",
    "''",
    "N'x'",
    "[a]",
    "]",
    "@v",
    "@@x",
    "0x1F",
    "1",
    "1.5e",
    "BEGIN",
    "END",
    "TRY",
    "CATCH",
    "IF",
    "ELSE",
    "CASE",
    "WHEN",
    "EXEC",
    "SET",
    "DECLARE",
    "int",
    "/*",
    "*/",
    "--",
    "\n",
    "..",
    ";",
    "REPLICA",
    "ON",
    "LISTENER",
    "DROP",
    "GRANT",
    "TO",
    "é",
];

proptest! {
    #[test]
    fn any_text_is_answered(text in any::<String>()) {
        let _ = parse_batch(&text);
    }

    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse_batch(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_words_are_answered(words in proptest::collection::vec(proptest::sample::select(PIECES), 0..40)) {
        let _ = parse_batch(&words.join(" "));
    }

    #[test]
    fn quoted_text_reads_back(text in any::<String>()) {
        let tokens = tokenize(&quote_text(&text)).unwrap();
        prop_assert_eq!(tokens.len(), 1);
        prop_assert_eq!(&tokens[0].kind, &TokenKind::Text { value: text, unicode: true });
    }

    #[test]
    fn quoted_name_reads_back(name in any::<String>()) {
        let tokens = tokenize(&quote_name(&name)).unwrap();
        prop_assert_eq!(tokens.len(), 1);
        prop_assert_eq!(&tokens[0].kind, &TokenKind::Quoted(name));
    }
}

#[test]
fn deep_nesting_is_refused_not_overflowed() {
    for text in ["BEGIN ".repeat(5000), "IF 1=1 ".repeat(5000), format!("SELECT {}1", "(".repeat(5000))] {
        assert!(parse_batch(&text).is_err());
    }
    let chain = format!("SELECT 1{}", "+1".repeat(100_000));
    assert_eq!(parse_batch(&chain).unwrap_err().number, 191);
}
