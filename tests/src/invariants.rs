//! The invariants of a converged site, on what `scaleout-sim ctl dump` and `ctl effects` print.
//!
//! Nothing here is shared with what plans, carries out or simulates: the dump is read by its paths.

mod addresses;
mod catalog;
mod effects;
mod names;
mod site;
mod workers;

pub use effects::check_effects;

use crate::intent::Intent;
use serde_json::Value;
use site::Site;
use std::fmt;

/// A broken invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// `I1` to `I9`, or `Never`.
    pub invariant: &'static str,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.invariant, self.message)
    }
}

type Found = Result<Vec<String>, String>;

/// Answers what is wrong with a site, or what of it can't be read.
type Find = fn(&Site<'_>) -> Found;

const INVARIANTS: &[(&str, Find)] = &[
    ("I1", addresses::hosts),
    ("I2", addresses::ports),
    ("I3", addresses::thumbprints),
    ("I4", addresses::log_server),
    ("I5", catalog::log_login),
    ("I6", catalog::master_key),
    ("I7", catalog::always_on_support),
    ("I8", catalog::master_account),
    ("I8", catalog::owner_of_the_catalog),
    ("I8", addresses::one_master),
    ("I9", workers::trusted_enabled_and_alive),
    ("Never", site::quorum_is_not_forced),
];

/// All invariants that a dump breaks. What can't be read breaks them, too.
pub fn check(dump: &Value, intent: &Intent) -> Vec<Violation> {
    let site = Site { dump, intent };
    let mut violations = Vec::new();
    for (invariant, find) in INVARIANTS {
        let messages = find(&site).unwrap_or_else(|missing| vec![missing]);
        violations.extend(messages.into_iter().map(|message| Violation { invariant, message }));
    }
    violations
}
