//! The steps: one file each, grouped by kind; each kind's chain lists its own in order.

pub mod deletion;
pub mod group;
pub mod master;
pub mod view;
pub mod worker;
