//! What is known of the world: known, known to be absent, or not known.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A fact about the world. *Unknown is never treated as absent.*
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Fact<T> {
    /// Read, and so.
    Known(T),
    /// Looked for with the right to see it, and not there.
    Absent,
    /// Could not be read.
    Unknown(Cause),
}

/// Why a fact is unknown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Cause {
    /// The class, for verdicts and metrics.
    pub kind: CauseKind,
    /// One sentence for people; never a secret.
    pub message: String,
}

/// Class of a [`Cause`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum CauseKind {
    /// The peer did not answer.
    Unreachable,
    /// The peer refused our identity or password.
    CredentialRefused,
    /// SQL logins cannot log in to the instance at all, or not before its next start: Windows authentication only.
    MixedModeOff,
    /// The peer's own identity could not be verified.
    IdentityRefused,
    /// The login or account lacks the right to see it.
    NotPermitted,
    /// The peer answered that it can't tell at present (restarting, in transition).
    NotReady,
    /// Nobody asked for it.
    NotObserved,
    /// The answer made no sense.
    Garbled,
    /// The peer is another machine or instance than spec says.
    WrongPeer,
}

impl Cause {
    /// A cause of this class with a sentence for people.
    pub fn new(kind: CauseKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }
}

impl<T> Fact<T> {
    /// An unknown fact.
    pub fn unknown(kind: CauseKind, message: impl Into<String>) -> Self {
        Self::Unknown(Cause::new(kind, message))
    }

    /// The value, if known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Absent | Self::Unknown(_) => None,
        }
    }

    /// The cause, if unknown.
    pub fn cause(&self) -> Option<&Cause> {
        match self {
            Self::Unknown(cause) => Some(cause),
            Self::Known(_) | Self::Absent => None,
        }
    }

    /// Whether it is known to be absent.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// The same knowledge, by reference.
    pub fn as_ref(&self) -> Fact<&T> {
        match self {
            Self::Known(value) => Fact::Known(value),
            Self::Absent => Fact::Absent,
            Self::Unknown(cause) => Fact::Unknown(cause.clone()),
        }
    }

    /// Applies `f` to a known value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Fact<U> {
        match self {
            Self::Known(value) => Fact::Known(f(value)),
            Self::Absent => Fact::Absent,
            Self::Unknown(cause) => Fact::Unknown(cause),
        }
    }

    /// Goes on from a known value to a fact of its own.
    pub fn and_then<U>(self, f: impl FnOnce(T) -> Fact<U>) -> Fact<U> {
        match self {
            Self::Known(value) => f(value),
            Self::Absent => Fact::Absent,
            Self::Unknown(cause) => Fact::Unknown(cause),
        }
    }
}

impl<T> From<Option<T>> for Fact<T> {
    /// For reads that had the right to see: `None` means absent.
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Absent, Self::Known)
    }
}
