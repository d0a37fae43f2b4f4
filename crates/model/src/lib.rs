//! Domain words: names, facts, desired and observed state, ops, plans.

pub mod certificate;
