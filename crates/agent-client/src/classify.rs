//! What a failed call means: a cause for reads, an outcome for writes.

use reqwest::StatusCode;
use rustls::{AlertDescription, Error as TlsError};
use scaleout_model::fact::{Cause, CauseKind};
use scaleout_model::outcome::{Class, Failure, Outcome};
use std::error::Error;

/// A call that brought no answer of the contract.
#[derive(Debug)]
pub(crate) enum CallError {
    /// There are no usable credentials.
    NoCredentials,
    /// The endpoint's host is no host name.
    BadEndpoint,
    /// The call's deadline passed.
    Late,
    /// Connection, TLS or HTTP failed.
    Transport(reqwest::Error),
    /// The agent answered with an error.
    Status(StatusCode, String),
    /// The answer is longer than allowed, or not of the contract.
    Garbled,
}

impl CallError {
    /// Cause of a fact that is unknown.
    pub(crate) fn cause(&self) -> Cause {
        Cause::new(self.kind(), self.message())
    }

    /// Outcome of an op. Whether it took place is not known unless the agent refused it.
    pub(crate) fn outcome(&self) -> Outcome {
        let class = match self {
            Self::Status(StatusCode::SERVICE_UNAVAILABLE, _) => Class::Transient,
            Self::Status(..) | Self::BadEndpoint => Class::Terminal,
            _ => match self.kind() {
                CauseKind::CredentialRefused => Class::Credential,
                CauseKind::IdentityRefused => Class::Human,
                _ => Class::Unanswered,
            },
        };
        Outcome::Failed(Failure::new(class, None, self.message()))
    }

    fn kind(&self) -> CauseKind {
        match self {
            Self::NoCredentials => CauseKind::CredentialRefused,
            Self::Late => CauseKind::Unreachable,
            Self::Transport(error) => tls_error(error).map_or(CauseKind::Unreachable, tls_kind),
            Self::Status(StatusCode::SERVICE_UNAVAILABLE, _) => CauseKind::NotReady,
            Self::Status(..) | Self::Garbled | Self::BadEndpoint => CauseKind::Garbled,
        }
    }

    fn message(&self) -> String {
        match self {
            Self::NoCredentials => "there is no usable certificate for the agents".to_owned(),
            Self::BadEndpoint => "the agent's endpoint has no usable host name".to_owned(),
            Self::Late => "the agent did not answer in time".to_owned(),
            Self::Status(status, message) => format!("the agent answered {status}: {message}"),
            Self::Garbled => "the agent's answer is not of the contract".to_owned(),
            Self::Transport(error) => match self.kind() {
                CauseKind::CredentialRefused => "the agent refused the controller's certificate".to_owned(),
                CauseKind::IdentityRefused => {
                    let why = tls_error(error).map(ToString::to_string).unwrap_or_default();
                    format!("the agent's identity could not be verified: {why}")
                }
                _ => format!("the agent is not reached: {}", innermost(error)),
            },
        }
    }
}

/// An alert about our certificate is the agent's refusal; all else in TLS is the agent's identity.
fn tls_kind(error: &TlsError) -> CauseKind {
    use AlertDescription as Alert;
    match error {
        TlsError::AlertReceived(
            Alert::CertificateRequired
            | Alert::NoCertificate
            | Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateExpired
            | Alert::CertificateUnknown
            | Alert::UnknownCA
            | Alert::AccessDenied
            | Alert::DecryptError,
        ) => CauseKind::CredentialRefused,
        _ => CauseKind::IdentityRefused,
    }
}

/// The TLS error in a chain; rustls hides it inside IO errors.
fn tls_error<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e TlsError> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<TlsError>() {
            return Some(found);
        }
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if let Some(found) = inner.and_then(|inner| tls_error(inner)) {
            return Some(found);
        }
        next = error.source();
    }
    None
}

/// The last error of a chain: reqwest's own text names the URL only.
fn innermost(error: &dyn Error) -> String {
    let mut last: &dyn Error = error;
    while let Some(next) = last.source() {
        last = next;
    }
    last.to_string()
}
