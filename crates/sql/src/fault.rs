//! What can go wrong between us and an instance, and what it means for a fact and for an op.

use crate::errors::{Meaning, is_refused_login, meaning_of};
use crate::wire::ConnectionError;
use scaleout_model::fact::{Cause, CauseKind};
use scaleout_model::outcome::{Class, Failure, Outcome};

/// A failed connection or batch. Its text is for people and holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    /// No address, no connection, connection lost, or a deadline passed.
    #[error("{0}")]
    Unanswered(String),
    /// The server's certificate does not verify.
    #[error("{0}")]
    Identity(String),
    /// A login or password was refused, or is missing.
    #[error("{0}")]
    Credential(String),
    /// SQL Server answered with an error; the first of the batch, the others cannot be seen.
    #[error("SQL Server error {number}: {message}")]
    Server {
        /// Number.
        number: u32,
        /// State.
        state: u8,
        /// Text, or a stand-in where the batch held a secret.
        message: String,
    },
    /// The answer has not the shape that was asked for.
    #[error("{0}")]
    Garbled(String),
}

impl Fault {
    /// From the connection's error. `secret`: the batch held a secret, so the server's text is not repeated.
    pub(crate) fn from_connection(error: ConnectionError, secret: bool) -> Self {
        match error {
            ConnectionError::Lost(message) => Self::Unanswered(message),
            ConnectionError::Identity(message) => Self::Identity(message),
            ConnectionError::Credential(message) => Self::Credential(message),
            ConnectionError::Server { number, .. } if is_refused_login(number) => {
                Self::Credential(format!("the login was refused (error {number})"))
            }
            ConnectionError::Server { number, state, message } => {
                let message = if secret { "(text withheld)".to_owned() } else { message };
                Self::Server { number, state, message }
            }
            ConnectionError::Garbled(message) => Self::Garbled(message),
        }
    }

    /// What it means for a fact that was to be read.
    pub(crate) fn cause(&self) -> Cause {
        let kind = match self {
            Self::Unanswered(_) => CauseKind::Unreachable,
            Self::Identity(_) => CauseKind::IdentityRefused,
            Self::Credential(_) => CauseKind::CredentialRefused,
            Self::Server { number, .. } => match number {
                229 | 230 | 297 | 300 | 262 | 916 | 10_314 => CauseKind::NotPermitted,
                _ => CauseKind::NotReady,
            },
            Self::Garbled(_) => CauseKind::Garbled,
        };
        Cause::new(kind, self.to_string())
    }

    /// What it means for an op.
    pub(crate) fn failure(&self) -> Failure {
        match self {
            Self::Unanswered(_) => Failure::new(Class::Unanswered, None, self.to_string()),
            Self::Identity(_) | Self::Credential(_) => {
                Failure::new(Class::Credential, None, self.to_string())
            }
            Self::Garbled(_) => Failure::new(Class::Transient, None, self.to_string()),
            Self::Server { number, state, message } => {
                let Meaning { class, reason } = meaning_of(*number, *state);
                let advice = reason.map(|reason| format!(" {}", reason.advice())).unwrap_or_default();
                let message = format!("{message}{advice}");
                Failure::new(class, Some(i64::from(*number)), message).with_reason(reason)
            }
        }
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        fault.failure()
    }
}

impl From<Fault> for Outcome {
    fn from(fault: Fault) -> Self {
        Self::Failed(fault.failure())
    }
}
