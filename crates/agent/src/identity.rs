//! Who may talk to the agent: TLS 1.3, a client certificate of the configured CA, with exactly one subject
//! alternative name, which is the controller's DNS name.

use crate::config::TlsFiles;
use crate::x509;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, RootCertStore, ServerConfig, SignatureScheme,
};
use scaleout_model::names::DnsName;
use std::sync::{Arc, Mutex, PoisonError};

/// The identity that a peer proved by its certificate; in each request's extensions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerIdentity(pub String);

/// PEM texts of certificate, key and CA.
#[derive(Clone, PartialEq, Eq)]
pub struct TlsMaterial {
    /// Certificate chain, leaf first.
    pub certificate: Vec<u8>,
    /// Private key.
    pub key: Vec<u8>,
    /// CA certificates of the controller's certificate.
    pub ca: Vec<u8>,
}

/// Where the PEM texts come from.
#[derive(Clone)]
pub enum TlsSource {
    /// Files, read again for each new connection.
    Files(TlsFiles),
    /// Fixed texts, for who embeds the agent.
    Fixed(TlsMaterial),
}

/// Why TLS can't be set up.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// A file can't be read.
    #[error("a TLS file cannot be read")]
    Unreadable(#[source] std::io::Error),
    /// No certificate, no key or no CA in a PEM text.
    #[error("the {0} is not usable PEM")]
    Pem(&'static str),
    /// rustls refuses the material.
    #[error("the TLS material is refused")]
    Refused(#[source] rustls::Error),
    /// The CA can't verify anything.
    #[error("the CA is refused")]
    Ca(#[source] rustls::server::VerifierBuilderError),
}

/// Gives the TLS configuration of the moment. Material that can't be used is logged, and the last good one counts.
pub struct TlsGate {
    source: TlsSource,
    identity: DnsName,
    current: Mutex<(TlsMaterial, Arc<ServerConfig>)>,
}

impl TlsGate {
    /// Reads the material for the first time; it must be usable. `identity`: the controller's DNS name.
    pub fn open(source: TlsSource, identity: &str) -> Result<Self, IdentityError> {
        let identity = DnsName::new(identity);
        let material = read(&source)?;
        let config = Arc::new(build_config(&material, &identity)?);
        Ok(Self { source, identity, current: Mutex::new((material, config)) })
    }

    /// The identity that every peer has proved.
    pub fn peer(&self) -> PeerIdentity {
        PeerIdentity(self.identity.to_string())
    }

    /// The configuration for a new connection.
    pub fn config(&self) -> Arc<ServerConfig> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        match self.renewed(&current.0) {
            Ok(Some(renewed)) => *current = renewed,
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "renewed TLS material is not used"),
        }
        current.1.clone()
    }

    fn renewed(
        &self,
        present: &TlsMaterial,
    ) -> Result<Option<(TlsMaterial, Arc<ServerConfig>)>, IdentityError> {
        let TlsSource::Files(_) = &self.source else { return Ok(None) };
        let material = read(&self.source)?;
        if material == *present {
            return Ok(None);
        }
        let config = build_config(&material, &self.identity)?;
        tracing::info!("TLS material was renewed");
        Ok(Some((material, Arc::new(config))))
    }
}

fn read(source: &TlsSource) -> Result<TlsMaterial, IdentityError> {
    let file = |path| std::fs::read(path).map_err(IdentityError::Unreadable);
    match source {
        TlsSource::Fixed(material) => Ok(material.clone()),
        TlsSource::Files(files) => Ok(TlsMaterial {
            certificate: file(&files.certificate)?,
            key: file(&files.key)?,
            ca: file(&files.ca)?,
        }),
    }
}

fn build_config(material: &TlsMaterial, identity: &DnsName) -> Result<ServerConfig, IdentityError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    for ca in certificates(&material.ca, "CA")? {
        roots.add(ca).map_err(IdentityError::Refused)?;
    }
    let chain = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .build()
        .map_err(IdentityError::Ca)?;
    let verifier = Arc::new(ControllerVerifier { chain, identity: identity.clone() });
    let key = PrivateKeyDer::from_pem_slice(&material.key).map_err(|_| IdentityError::Pem("private key"))?;
    let mut config = builder(provider)
        .map_err(IdentityError::Refused)?
        .with_client_cert_verifier(verifier)
        .with_single_cert(certificates(&material.certificate, "certificate")?, key)
        .map_err(IdentityError::Refused)?;
    // A resumed session would skip the check of the certificate.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(config)
}

fn builder(
    provider: Arc<CryptoProvider>,
) -> Result<rustls::ConfigBuilder<ServerConfig, rustls::WantsVerifier>, rustls::Error> {
    ServerConfig::builder_with_provider(provider).with_protocol_versions(&[&rustls::version::TLS13])
}

fn certificates(pem: &[u8], what: &'static str) -> Result<Vec<CertificateDer<'static>>, IdentityError> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    all.ok().filter(|all| !all.is_empty()).ok_or(IdentityError::Pem(what))
}

/// The chain by webpki, then the one name.
#[derive(Debug)]
struct ControllerVerifier {
    chain: Arc<dyn ClientCertVerifier>,
    identity: DnsName,
}

impl ClientCertVerifier for ControllerVerifier {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.chain.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        let verified = self.chain.verify_client_cert(end_entity, intermediates, now)?;
        if x509::sole_dns_name(end_entity).as_ref() == Some(&self.identity) {
            Ok(verified)
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.chain.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.chain.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chain.supported_verify_schemes()
    }
}
