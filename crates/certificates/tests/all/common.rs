//! Certificates for the tests, and a handshake.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::{ClientConfig, ServerConfig, SupportedProtocolVersion};
use rustls_pki_types::ServerName;
use scaleout_certificates::{KeyAndCertificate, LeafRequest, PinFailure, PinnedVerifier, generate_leaf};
use scaleout_model::certificate::Thumbprint;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::{TlsAcceptor, TlsConnector};

pub(crate) const HOST: &str = "ssis-master.corp.example";

pub(crate) fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

/// A request for names, valid from and until so many seconds from now.
pub(crate) fn request(names: &[&str], life: (i64, i64)) -> LeafRequest {
    LeafRequest {
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        not_before: now() + life.0,
        not_after: now() + life.1,
    }
}

pub(crate) fn leaf(names: &[&str], life: (i64, i64)) -> KeyAndCertificate {
    generate_leaf(&request(names, life)).unwrap()
}

/// A handshake in memory with a byte in each direction; the verifier's failure if it is refused.
pub(crate) async fn shake(
    served: &KeyAndCertificate,
    pin: Thumbprint,
    name: Option<&str>,
    version: &'static SupportedProtocolVersion,
) -> Result<(), Option<PinFailure>> {
    let provider = Arc::new(default_provider());
    let config = ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[version])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(served.certificate_chain().unwrap(), served.private_key().unwrap())
        .unwrap();
    shake_with(config, pin, name, version).await
}

/// The same with any server.
pub(crate) async fn shake_with(
    config: ServerConfig,
    pin: Thumbprint,
    name: Option<&str>,
    version: &'static SupportedProtocolVersion,
) -> Result<(), Option<PinFailure>> {
    let provider = Arc::new(default_provider());
    let verifier = PinnedVerifier::new(pin, name, provider.clone());
    let client = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(verifier.clone())
        .with_no_client_auth();
    let (near, far) = tokio::io::duplex(16 * 1024);
    let accepting = tokio::spawn(async move {
        let mut stream = TlsAcceptor::from(Arc::new(config)).accept(far).await?;
        let byte = stream.read_u8().await?;
        stream.write_u8(byte + 1).await?;
        stream.flush().await
    });
    let dialled = ServerName::try_from(HOST).unwrap();
    let talk = async {
        let mut stream = TlsConnector::from(Arc::new(client)).connect(dialled, near).await?;
        stream.write_u8(41).await?;
        stream.flush().await?;
        stream.read_u8().await
    };
    let outcome = talk.await;
    let accepted = accepting.await.unwrap();
    match outcome {
        Ok(byte) => {
            assert_eq!(byte, 42);
            accepted.unwrap();
            Ok(())
        }
        Err(_) => Err(verifier.failure()),
    }
}
