//! Scenarios and end-to-end checks over the whole workspace.

pub mod breaches;
pub mod generate;
pub mod intent;
pub mod invariants;
