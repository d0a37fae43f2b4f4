//! Verification by pin: the documented certificates of Scale Out are self-signed, often CN-only and signed with SHA-1,
//! which a chain verifier refuses. Checked: thumbprint, dates, name, and the handshake's signature (the peer has the key).

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use scaleout_model::certificate::{PublicCertificate, Thumbprint};
use std::sync::{Arc, Mutex};

/// Why a pinned certificate was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PinFailure {
    /// Another certificate is served.
    #[error("certificate {0} is served instead")]
    OtherCertificate(Thumbprint),
    /// What is served is no certificate.
    #[error("what is served is no certificate")]
    Unreadable,
    /// It is not valid now.
    #[error("the certificate has expired or is not valid yet")]
    NotValidNow,
    /// It does not hold the name.
    #[error("the certificate does not hold the name {0}")]
    NameMissing(String),
}

/// A verifier for one certificate, and one name if need be.
#[derive(Debug)]
pub struct PinnedVerifier {
    thumbprint: Thumbprint,
    name: Option<String>,
    provider: Arc<CryptoProvider>,
    failure: Mutex<Option<PinFailure>>,
}

impl PinnedVerifier {
    /// Pins a certificate, which must hold `name` if there is one.
    pub fn new(thumbprint: Thumbprint, name: Option<&str>, provider: Arc<CryptoProvider>) -> Arc<Self> {
        Arc::new(Self { thumbprint, name: name.map(str::to_owned), provider, failure: Mutex::new(None) })
    }

    /// Why the last handshake was refused here.
    pub fn failure(&self) -> Option<PinFailure> {
        self.failure.lock().ok().and_then(|failure| failure.clone())
    }

    fn check(&self, der: &[u8], now: UnixTime) -> Result<(), PinFailure> {
        let certificate = PublicCertificate::from_der(der).map_err(|_| PinFailure::Unreadable)?;
        if certificate.thumbprint() != self.thumbprint {
            return Err(PinFailure::OtherCertificate(certificate.thumbprint()));
        }
        let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        if now < certificate.not_before() || now > certificate.not_after() {
            return Err(PinFailure::NotValidNow);
        }
        match &self.name {
            Some(name) if !certificate.covers_name(name) => Err(PinFailure::NameMissing(name.clone())),
            _ => Ok(()),
        }
    }
}

impl ServerCertVerifier for PinnedVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let checked = self.check(end_entity, now);
        if let Ok(mut failure) = self.failure.lock() {
            *failure = checked.clone().err();
        }
        match checked {
            Ok(()) => Ok(ServerCertVerified::assertion()),
            Err(_) => Err(Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure)),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
