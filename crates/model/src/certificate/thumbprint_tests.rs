//! Tests of [`Thumbprint`](super::Thumbprint).

use super::{Thumbprint, ThumbprintError};

const UPPER: &str = "0123456789ABCDEF0123456789ABCDEF01234567";

#[test]
fn reads_every_form_that_people_paste() {
    let expected: Thumbprint = UPPER.parse().unwrap();
    let lower = UPPER.to_lowercase();
    let pairs: Vec<&str> = (0..20).map(|i| &lower[2 * i..2 * i + 2]).collect();
    for text in [
        lower.clone(),
        pairs.join(" "),
        pairs.join(":"),
        format!("\u{200e}{}", pairs.join(" ")),
        format!("  {UPPER}\r\n"),
    ] {
        assert_eq!(text.parse::<Thumbprint>(), Ok(expected), "{text:?}");
    }
    assert_eq!(expected.to_string(), UPPER);
}

#[test]
fn refuses_other_digests_and_other_characters() {
    assert_eq!("ab".repeat(32).parse::<Thumbprint>(), Err(ThumbprintError::DigitCount(64)));
    assert_eq!("".parse::<Thumbprint>(), Err(ThumbprintError::DigitCount(0)));
    assert_eq!(UPPER[1..].parse::<Thumbprint>(), Err(ThumbprintError::DigitCount(39)));
    assert_eq!("0x12".parse::<Thumbprint>(), Err(ThumbprintError::NotHexadecimal('x')));
    assert_eq!("12-34".parse::<Thumbprint>(), Err(ThumbprintError::NotHexadecimal('-')));
}

#[test]
fn is_the_sha1_of_the_bytes() {
    // FIPS 180-1, appendix A.
    assert_eq!(Thumbprint::of_der(b"abc").to_string(), "A9993E364706816ABA3E25717850C26C9CD0D89D");
}

#[test]
fn is_a_string_on_the_wire() {
    let thumbprint: Thumbprint = serde_json::from_str(&format!("\"{}\"", UPPER.to_lowercase())).unwrap();
    assert_eq!(serde_json::to_string(&thumbprint).unwrap(), format!("\"{UPPER}\""));
    assert!(serde_json::from_str::<Thumbprint>("\"12\"").is_err());
}
