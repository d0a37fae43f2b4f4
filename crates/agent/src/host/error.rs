//! What a host call answers when it fails.

/// Result of a host call.
pub type HostResult<T> = Result<T, HostError>;

/// A failed host call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct HostError {
    /// The class, where there is no code or the code is not in the table.
    pub kind: HostErrorKind,
    /// Win32, NTSTATUS or HRESULT as the call gave it, sign-extended; `None`: no such code.
    pub code: Option<i64>,
    /// One sentence for people: which call on what; never a secret.
    pub message: String,
}

/// Class of a [`HostError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HostErrorKind {
    /// The thing named does not exist.
    NotFound,
    /// The agent's own account lacks the right.
    AccessDenied,
    /// An account, password or certificate was refused.
    Credential,
    /// The peer is busy, in transition, or not up.
    NotReady,
    /// The arguments can never work.
    Invalid,
    /// This machine has no such facility (no failover clustering, no HTTP.sys).
    Unsupported,
    /// Whether the call had an effect is not known.
    Unanswered,
    /// Anything else.
    Other,
}

impl HostError {
    /// A failure without a code.
    pub fn new(kind: HostErrorKind, message: impl Into<String>) -> Self {
        Self { kind, code: None, message: message.into() }
    }

    /// A failure with the code that the call gave.
    pub fn with_code(kind: HostErrorKind, code: i64, message: impl Into<String>) -> Self {
        Self { kind, code: Some(code), message: message.into() }
    }
}
