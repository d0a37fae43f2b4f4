//! Parse, don't validate: raw spec strings end here. Dereferenced inputs become `Desired*`; what can't be used becomes
//! a reason, and nothing is written.

mod certificate;
mod group;
mod master;
mod secrets;
mod shared;
mod worker;

pub use certificate::{CertificateSource, decide_certificate};
pub use group::validate_group;
pub use master::{MasterInputs, validate_master};
pub use secrets::{PublicPair, SecretFacts, Secrets};
pub use shared::{AgentAddress, parse_agent};
pub use worker::{WorkerInputs, validate_worker};

use scaleout_model::reason::Reason;

/// A spec that can't be used; the object is Stalled until it changes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Invalid {
    /// The reason of the condition.
    pub reason: Reason,
    /// One sentence for people.
    pub message: String,
}

impl Invalid {
    pub(crate) fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into() }
    }
}
