//! Domain words: names, facts, desired and observed state, ops, verdicts.
//!
//! Pure: no IO, no clock, no async. Everything here may be logged; secrets are held by reference
//! ([`secret::SecretHandle`]) except on the agents' wire ([`secret::SecretBytes`]).

pub mod certificate;
pub mod defaults;
pub mod desired;
pub mod fact;
pub mod fence;
pub mod names;
pub mod node;
pub mod observed;
pub mod op;
pub mod outcome;
pub mod reason;
pub mod secret;
pub mod settings;
pub mod sql;
pub mod verdict;
pub mod version;
