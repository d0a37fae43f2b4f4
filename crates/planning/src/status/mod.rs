//! Status from plan and outcomes: conditions, drift, plan summary, evidence. Pure; time comes in as a value.

mod conditions;
mod convergence;
mod outcomes;
mod wakeup;

pub use conditions::{Situation, derive_conditions};
pub use convergence::{Derivation, derive_convergence, read_evidence, read_waits, record_failover};
pub use outcomes::{Attempt, apply_attempts, evidence_after, verdict_of};
pub use wakeup::next_wakeup;
