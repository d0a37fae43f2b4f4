//! The reaction to each kind of error, and that no number has two.

use super::*;

#[test]
fn numbers_have_the_documented_reaction() {
    for (number, class) in [
        (35250, Class::Prerequisite),
        (41140, Class::NotPrimary),
        (976, Class::NotPrimary),
        (983, Class::Transient),
        (35240, Class::NotSecondary),
        (41159, Class::Human),
        (41153, Class::Leftover),
        (41158, Class::Transient),
        (19477, Class::Terminal),
        (41199, Class::Terminal),
        (41185, Class::Transient),
        (1205, Class::Transient),
        (15581, Class::Prerequisite),
        (15434, Class::Transient),
        (27261, Class::Prerequisite),
        (27227, Class::Transient),
        (99_999, Class::Transient),
    ] {
        assert_eq!(meaning_of(number, 1).class, class, "{number}");
    }
}

#[test]
fn a_number_stands_in_one_row() {
    let mut all: Vec<u32> = TABLE.iter().flat_map(|(numbers, ..)| numbers.iter().copied()).collect();
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), count);
    assert!(!all.iter().any(|number| is_refused_login(*number)));
}

#[test]
fn our_own_refusals_are_told_apart_by_state() {
    for (guard, class) in
        [(Guard::NotPrimary, Class::NotPrimary), (Guard::NoMasterFeature, Class::Prerequisite)]
    {
        assert_eq!(meaning_of(GUARD_ERROR, guard as u8).class, class);
    }
    assert_eq!(reason_of(27261), Some(Reason::MasterFeatureMissingOnPrimary));
    assert_eq!(reason_of(41159), Some(Reason::JoinRollbackFailed));
    assert_eq!(reason_of(50_000), None);
    assert_eq!(reason_of(-1), None);
}
