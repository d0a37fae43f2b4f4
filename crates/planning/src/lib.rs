//! Pure decisions: validate, steps, chains, plan, lint, status, wake-up. No IO, no clock, no async.

pub mod deletion;
pub mod disruption;
pub mod lint;
pub mod plan;
pub mod quiet;
pub mod site;
pub mod status;
pub mod step;
pub mod steps;
pub mod validate;

#[cfg(test)]
mod tests;
