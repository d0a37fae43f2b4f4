//! Only production tokens are seen.

use super::*;

#[test]
fn comments_docs_and_inline_tests_are_left_out() {
    let text = r##"
//! SQL01 in a doc
/// SQL02 in a doc
fn name() -> &'static str { /* SQL03 */ "SQL04" } // SQL05
#[cfg(test)]
mod tests {
    const NAME: &str = "SQL06";
}
const RAW: &str = r#"CORP\svc"#;
const ESCAPED: &str = "CORP\\svc";
const PORT: u16 = 8_391u16;
"##;
    let source = parse(text).unwrap();
    let seen: Vec<_> =
        source.tokens.iter().filter(|(_, token)| !matches!(token, Token::Word(_))).cloned().collect();
    let text = |text: &str| Token::Text(text.to_owned());
    assert_eq!(
        seen,
        [(4, text("SQL04")), (9, text(r"CORP\svc")), (10, text(r"CORP\svc")), (11, Token::Number(8391)),]
    );
    assert_eq!(source.test_lines, 4);
}

#[test]
fn attributes_are_seen_with_their_tokens() {
    let source =
        parse("#![expect(unsafe_code, reason = \"why\")]\n#[cfg(test)]\n#[path = \"x.rs\"]\nmod tests;")
            .unwrap();
    let (line, first) = source.tokens.first().unwrap();
    assert_eq!((*line, first), (1, &Token::Attribute("expect(unsafe_code,reason=\"why\")".to_owned())));
    assert!(source.tokens.contains(&(1, Token::Text("why".to_owned()))));
    assert!(!source.tokens.iter().any(|(_, token)| *token == Token::Text("x.rs".to_owned())));
    assert_eq!(source.test_lines, 3);
}
