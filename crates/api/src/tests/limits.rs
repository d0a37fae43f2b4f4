//! Texts are cut at character boundaries and never grow.

use crate::limits::truncate;
use proptest::prelude::*;

#[test]
fn a_short_text_stays() {
    assert_eq!(truncate("abc", 3), "abc");
}

#[test]
fn a_long_text_ends_in_a_mark() {
    assert_eq!(truncate("abcdef", 5), "ab…");
    assert_eq!(truncate("ääää", 6), "ä…");
    assert_eq!(truncate("abc", 2), "");
}

proptest! {
    #[test]
    fn a_text_fits(text in ".{0,80}", max in 0_usize..64) {
        prop_assert!(truncate(&text, max).len() <= max);
    }
}
