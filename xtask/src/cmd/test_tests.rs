//! Result lines are summed.

use super::*;

#[test]
fn result_lines_are_summed_and_others_ignored() {
    let mut count = Count::default();
    count.add(
        "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 5 filtered out; finished in 0.81s",
    );
    count.add(
        "test result: FAILED. 2 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.10s",
    );
    count.add("test child::tests::passed ... ok");
    count.add("9 passed; 9 failed");
    assert_eq!(count, Count { passed: 14, failed: 3 });
}
