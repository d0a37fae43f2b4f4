//! Pinned verification over a real handshake.

use crate::common::{HOST, leaf, now, request, shake, shake_with};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::{default_provider, sign::any_supported_type};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use scaleout_certificates::{Authority, PinFailure, generate_legacy_leaf};
use std::sync::Arc;

#[tokio::test]
async fn the_pinned_certificate_is_accepted_and_others_are_not() {
    let good = leaf(&[HOST, "ssis-master"], (-60, 3600));
    let other = leaf(&[HOST], (-60, 3600));
    let (pin, seen) = (good.public().unwrap().thumbprint(), other.public().unwrap().thumbprint());
    for version in [&TLS12, &TLS13] {
        assert_eq!(shake(&good, pin, Some(HOST), version).await, Ok(()));
        assert_eq!(shake(&good, pin, Some("SSIS-MASTER"), version).await, Ok(()));
        assert_eq!(shake(&good, pin, None, version).await, Ok(()));
        assert_eq!(
            shake(&good, pin, Some("other.corp.example"), version).await,
            Err(Some(PinFailure::NameMissing("other.corp.example".to_owned())))
        );
        assert_eq!(
            shake(&other, pin, Some(HOST), version).await,
            Err(Some(PinFailure::OtherCertificate(seen)))
        );
    }
}

#[tokio::test]
async fn a_certificate_is_refused_before_and_after_its_time() {
    for life in [(-7200, -3600), (3600, 7200)] {
        let untimely = leaf(&[HOST], life);
        let pin = untimely.public().unwrap().thumbprint();
        assert_eq!(shake(&untimely, pin, Some(HOST), &TLS13).await, Err(Some(PinFailure::NotValidNow)));
    }
}

#[tokio::test]
async fn a_documented_certificate_is_accepted() {
    let names = [HOST.to_owned(), "10.0.0.50".to_owned()];
    let legacy = generate_legacy_leaf(&names, now() - 60, now() + 3600).unwrap();
    let pin = legacy.public().unwrap().thumbprint();
    for version in [&TLS12, &TLS13] {
        assert_eq!(shake(&legacy, pin, Some(HOST), version).await, Ok(()));
        assert_eq!(shake(&legacy, pin, Some("10.0.0.50"), version).await, Ok(()));
        assert_eq!(
            shake(&legacy, pin, Some("ssis-master"), version).await,
            Err(Some(PinFailure::NameMissing("ssis-master".to_owned())))
        );
    }
}

#[tokio::test]
async fn an_issued_certificate_is_pinned_like_any_other() {
    let issued = Authority::new("Site CA").unwrap().issue(&request(&[HOST], (-60, 3600))).unwrap();
    let pin = issued.public().unwrap().thumbprint();
    for version in [&TLS12, &TLS13] {
        assert_eq!(shake(&issued, pin, Some(HOST), version).await, Ok(()));
    }
}

/// Serves a certificate with a key that is not its own.
#[derive(Debug)]
struct Thief(Arc<CertifiedKey>);

impl ResolvesServerCert for Thief {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }
}

#[tokio::test]
async fn the_right_certificate_without_its_key_is_refused() {
    let (pinned, own) = (leaf(&[HOST], (-60, 3600)), leaf(&[HOST], (-60, 3600)));
    let pin = pinned.public().unwrap().thumbprint();
    for version in [&TLS12, &TLS13] {
        let key = any_supported_type(&own.private_key().unwrap()).unwrap();
        let stolen = CertifiedKey::new(pinned.certificate_chain().unwrap(), key);
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(Thief(Arc::new(stolen))));
        // The certificate itself is right: the refusal comes from the handshake's signature.
        assert_eq!(shake_with(config, pin, Some(HOST), version).await, Err(None));
    }
}
