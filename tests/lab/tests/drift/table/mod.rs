//! The table of cases.

mod gaps;
mod group;
mod instances;
mod master;
mod people;
mod worker;

use crate::case::Case;

/// All cases.
pub(crate) fn cases() -> Vec<Case> {
    let parts = [
        instances::cases(),
        group::cases(),
        master::cases(),
        worker::cases(),
        people::cases(),
        gaps::cases(),
    ];
    parts.into_iter().flatten().collect()
}
