//! Pinned verification over a real handshake.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::{ClientConfig, ServerConfig};
use rustls_pki_types::ServerName;
use scaleout_certificates::{
    Authority, KeyAndCertificate, LeafRequest, PinFailure, PinnedVerifier, generate_leaf,
};
use scaleout_model::certificate::Thumbprint;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio_rustls::{TlsAcceptor, TlsConnector};

const HOST: &str = "ssis-master.corp.example";

fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

fn leaf(names: &[&str], life: (i64, i64)) -> KeyAndCertificate {
    generate_leaf(&LeafRequest {
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        not_before: now() + life.0,
        not_after: now() + life.1,
    })
    .unwrap()
}

async fn shake(served: &KeyAndCertificate, pin: Thumbprint, name: &str) -> Result<(), Option<PinFailure>> {
    let provider = Arc::new(default_provider());
    let config = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(served.certificate_chain().unwrap(), served.private_key().unwrap())
        .unwrap();
    let verifier = PinnedVerifier::new(pin, name, provider.clone());
    let client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(verifier.clone())
        .with_no_client_auth();
    let (near, far) = tokio::io::duplex(16 * 1024);
    let accepting =
        tokio::spawn(async move { TlsAcceptor::from(Arc::new(config)).accept(far).await.map(drop) });
    let name = ServerName::try_from(HOST).unwrap();
    let result = TlsConnector::from(Arc::new(client)).connect(name, near).await;
    let outcome = result.map(drop).map_err(|_| verifier.failure());
    let _ = accepting.await.unwrap();
    outcome
}

#[tokio::test]
async fn the_pinned_certificate_is_accepted_and_others_are_not() {
    let good = leaf(&[HOST, "ssis-master"], (-60, 3600));
    let pin = good.public().unwrap().thumbprint();
    assert_eq!(shake(&good, pin, HOST).await, Ok(()));
    assert_eq!(
        shake(&good, pin, "other.corp.example").await,
        Err(Some(PinFailure::NameMissing("other.corp.example".to_owned())))
    );
    let other = leaf(&[HOST], (-60, 3600));
    let seen = other.public().unwrap().thumbprint();
    assert_eq!(shake(&other, pin, HOST).await, Err(Some(PinFailure::OtherCertificate(seen))));
    let expired = leaf(&[HOST], (-7200, -3600));
    let pin = expired.public().unwrap().thumbprint();
    assert_eq!(shake(&expired, pin, HOST).await, Err(Some(PinFailure::NotValidNow)));
}

#[test]
fn a_key_must_belong_to_its_certificate() {
    let one = leaf(&[HOST], (-60, 3600));
    let two = leaf(&[HOST], (-60, 3600));
    assert!(KeyAndCertificate::from_pem(&one.certificate_pem, &one.key_pem).is_ok());
    assert!(KeyAndCertificate::from_pem(&one.certificate_pem, &two.key_pem).is_err());
    assert!(KeyAndCertificate::from_pem("nothing", &two.key_pem).is_err());
}

#[test]
fn generated_leaves_are_self_signed_and_no_authority() {
    let made = leaf(&[HOST, "ssis-master", "10.0.0.50"], (-60, 3600)).public().unwrap();
    assert!(made.is_self_signed() && !made.is_authority());
    assert!(made.covers_name(&HOST.to_uppercase()) && made.covers_name("ssis-master"));
    let authority = Authority::new("Site CA").unwrap();
    let request = LeafRequest { names: vec![HOST.to_owned()], not_before: 0, not_after: now() + 60 };
    let issued = authority.issue(&request).unwrap();
    let public = scaleout_model::certificate::PublicCertificate::from_pem(&issued.certificate_pem).unwrap();
    assert!(!public.is_self_signed() && !public.is_authority());
    let root = scaleout_model::certificate::PublicCertificate::from_pem(authority.pem()).unwrap();
    assert!(root.is_authority());
}
