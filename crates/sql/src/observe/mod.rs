//! Reads facts with the observer's login. What this login may not see is Unknown(NotPermitted), never Absent.

mod catalog;
mod group;
mod instance;

pub(crate) use catalog::observe_catalog;
pub(crate) use instance::{observe_instance, read_credentials, read_login};

use scaleout_model::fact::{Cause, CauseKind, Fact};

/// Unknown for want of a right.
fn not_permitted<T>(right: &str) -> Fact<T> {
    Fact::Unknown(Cause::new(CauseKind::NotPermitted, format!("the observer's login lacks {right}")))
}

/// `value` if the right to see it is there.
fn with_right<T>(right: bool, name: &str, value: impl FnOnce() -> Fact<T>) -> Fact<T> {
    if right { value() } else { not_permitted(name) }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
