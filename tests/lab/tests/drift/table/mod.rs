//! The table of cases.

#![expect(clippy::too_many_lines, reason = "tables of cases")]

mod gaps;
mod group;
mod instances;
mod master;
mod people;
mod role;
mod worker;

use crate::case::Case;

/// All cases.
pub(crate) fn cases() -> Vec<Case> {
    let parts = [
        instances::cases(),
        group::cases(),
        master::cases(),
        role::cases(),
        worker::cases(),
        people::cases(),
        gaps::cases(),
    ];
    parts.into_iter().flatten().collect()
}
