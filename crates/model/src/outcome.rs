//! What an attempted effect came to.

use crate::fact::CauseKind;
use crate::reason::Reason;
use crate::sql::Evidence;
use crate::verdict::WaitingOn;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What one op came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// Done and read back.
    Done(Option<Evidence>),
    /// Nothing to do: it was so already.
    NoChange(Option<Evidence>),
    /// Accepted, or not possible yet; look again.
    NotYet(WaitingOn),
    /// The facts that it was decided from no longer hold; nothing was done.
    Conflict(String),
    /// The fence refused it; nothing was done.
    Refused(Refusal),
    /// It failed; what came of it must be read.
    Failed(Failure),
}

/// Why a fence refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Refusal {
    /// A higher epoch was seen, or this one belongs to another holder.
    StaleEpoch,
    /// The agent serves another Kubernetes.
    OtherLineage,
    /// The agent does not serve this namespace.
    NamespaceNotAllowed,
    /// Another object holds the claim: `namespace/kind/name`.
    ClaimedByOther(String),
}

/// A failed effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// The class, which decides the reaction.
    pub class: Class,
    /// The peer's error number or code, if it gave one.
    pub code: Option<i64>,
    /// The reason that a condition shows, where the peer's answer tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// One sentence for people; never a secret.
    pub message: String,
}

/// Class of a failure (reaction codes of the error table: W, P, S, F, C, T, H).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Class {
    /// The peer did not answer, or the deadline passed: what came of it is unknown; read, then retry.
    Unanswered,
    /// Transient: wait and retry with backoff.
    Transient,
    /// It must run on the primary, which is elsewhere.
    NotPrimary,
    /// It must run on a secondary.
    NotSecondary,
    /// Another step must mend a prerequisite first.
    Prerequisite,
    /// Left-overs of an earlier attempt are in the way.
    Leftover,
    /// Refused until the spec or a human changes something.
    Terminal,
    /// Only a human may act.
    Human,
    /// A password, account or certificate was refused; not tried again until it changes.
    Credential,
}

impl Class {
    /// Whether trying again by itself can help.
    pub fn is_retried(self) -> bool {
        !matches!(self, Self::Terminal | Self::Human | Self::Credential)
    }
}

impl Failure {
    /// A failure of this class.
    pub fn new(class: Class, code: Option<i64>, message: impl Into<String>) -> Self {
        Self { class, code, reason: None, message: message.into() }
    }

    /// The same failure with the reason that a condition shows.
    #[must_use]
    pub fn with_reason(mut self, reason: Option<Reason>) -> Self {
        self.reason = reason;
        self
    }

    /// The cause that this failure is for a fact.
    pub fn cause_kind(&self) -> CauseKind {
        match self.class {
            Class::Unanswered => CauseKind::Unreachable,
            Class::Credential => CauseKind::CredentialRefused,
            _ => CauseKind::NotReady,
        }
    }
}
