//! The controller's certificate and key, and the CA of the agents, as a Secret holds them.

use crate::verify::AgentVerifier;
use rustls::client::WebPkiServerVerifier;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use scaleout_model::secret::SecretBytes;
use std::sync::Arc;

/// PEM texts: `tls.crt`, `tls.key` and `ca.crt`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCredentials {
    /// Certificate chain, leaf first.
    pub certificate: Vec<u8>,
    /// Private key.
    pub key: SecretBytes,
    /// CA certificates of the agents.
    pub ca: Vec<u8>,
}

/// Why credentials can't be used.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// Nothing of the kind in the PEM text.
    #[error("{0} is not usable PEM")]
    Pem(&'static str),
    /// rustls refuses them: key and certificate do not fit, or the CA is none.
    #[error("certificate, key or CA is refused")]
    Refused(#[source] rustls::Error),
    /// The CA can't verify anything.
    #[error("ca.crt is refused")]
    Ca(#[source] rustls::client::VerifierBuilderError),
    /// No HTTP client can be built with them.
    #[error("no client can be built")]
    Client(#[source] reqwest::Error),
}

impl ClientCredentials {
    /// TLS 1.3 only; the agent's chain by the CA, its name by the endpoint's host.
    pub(crate) fn tls_config(&self) -> Result<ClientConfig, CredentialError> {
        let mut roots = RootCertStore::empty();
        for ca in certificates(&self.ca, "ca.crt")? {
            roots.add(ca).map_err(CredentialError::Refused)?;
        }
        let key =
            PrivateKeyDer::from_pem_slice(self.key.expose()).map_err(|_| CredentialError::Pem("tls.key"))?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let webpki = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone())
            .build()
            .map_err(CredentialError::Ca)?;
        ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(CredentialError::Refused)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(AgentVerifier(webpki)))
            .with_client_auth_cert(certificates(&self.certificate, "tls.crt")?, key)
            .map_err(CredentialError::Refused)
    }
}

fn certificates(pem: &[u8], what: &'static str) -> Result<Vec<CertificateDer<'static>>, CredentialError> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    all.ok().filter(|all| !all.is_empty()).ok_or(CredentialError::Pem(what))
}
