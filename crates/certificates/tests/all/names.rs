//! What a public certificate says of its names, and what is refused as one.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::common::{HOST, now, request};
use proptest::prelude::*;
use rcgen::{CertificateParams, CustomExtension, DnType, KeyPair};
use scaleout_certificates::{Authority, generate_legacy_leaf};
use scaleout_model::certificate::{CertificateError, PublicCertificate, Thumbprint};

fn issued(names: &[&str]) -> PublicCertificate {
    Authority::new("Site CA").unwrap().issue(&request(names, (-60, 3600))).unwrap().public().unwrap()
}

#[test]
fn dns_names_are_compared_whole_and_without_case() {
    let both = issued(&[HOST, "ssis-master"]);
    assert!(both.covers_name(&HOST.to_uppercase()) && both.covers_name("ssis-master"));
    assert!(both.covers_name("ssis-master.corp.example."));
    for other in ["ssis", "corp.example", "x.ssis-master.corp.example", "", "*", "ssis-master.corp"] {
        assert!(!both.covers_name(other), "{other}");
    }
    // A short name is not the FQDN, whichever of them the certificate holds.
    assert!(!issued(&[HOST]).covers_name("ssis-master"));
    assert!(!issued(&["ssis-master"]).covers_name(HOST));
}

#[test]
fn a_wildcard_is_one_left_most_label() {
    let wild = issued(&["*.corp.example"]);
    assert!(wild.covers_name("ssis-master.corp.EXAMPLE"));
    for other in ["corp.example", ".corp.example", "a.b.corp.example", "ssis-master"] {
        assert!(!wild.covers_name(other), "{other}");
    }
    assert!(!issued(&["ssis*.corp.example"]).covers_name(HOST));
}

#[test]
fn addresses_are_found_in_every_place_where_they_are_put() {
    assert!(issued(&[HOST, "10.0.0.50", "fd00::1"]).covers_name("10.0.0.50"));
    assert!(issued(&["fd00::1"]).covers_name("FD00:0::1"));
    assert!(!issued(&[HOST, "10.0.0.50"]).covers_name("10.0.0.5"));
    let legacy = generate_legacy_leaf(&["10.0.0.50".to_owned()], 0, now()).unwrap().public().unwrap();
    assert!(legacy.covers_name("10.0.0.50"));
}

#[test]
fn a_common_name_counts_only_without_dns_names() {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new([HOST.to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, "old-name");
    let certificate = PublicCertificate::from_der(params.self_signed(&key).unwrap().der()).unwrap();
    assert!(certificate.names().any(|name| name == "old-name"));
    assert!(!certificate.covers_name("old-name"));
}

#[test]
fn malformed_extensions_are_refused_and_not_taken_for_absent() {
    let key = KeyPair::generate().unwrap();
    // subjectAltName, basicConstraints, keyUsage.
    for id in [17, 19, 15] {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, HOST);
        let broken = CustomExtension::from_oid_content(&[2, 5, 29, id], vec![0x30, 0x03, 0x82, 0x7f, 0x00]);
        params.custom_extensions.push(broken);
        let certificate = params.self_signed(&key).unwrap();
        let refusal = PublicCertificate::from_der(certificate.der());
        assert_eq!(refusal, Err(CertificateError::Extension), "2.5.29.{id}");
    }
}

#[test]
fn other_bytes_are_refused() {
    let certificate = issued(&[HOST]);
    let mut longer = certificate.der().to_vec();
    longer.push(0);
    assert_eq!(PublicCertificate::from_der(&longer), Err(CertificateError::TrailingBytes));
    assert_eq!(PublicCertificate::from_der(&longer[..100]), Err(CertificateError::NotX509));
    assert_eq!(PublicCertificate::from_pem(""), Err(CertificateError::NoPem));
    assert_eq!(
        PublicCertificate::from_pem("-----BEGIN X-----\n-----END X-----\n"),
        Err(CertificateError::NoPem)
    );
}

proptest! {
    #[test]
    fn any_damage_is_read_or_refused(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        static DER: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(|| issued(&[HOST, "10.0.0.1"]).der().to_vec());
        let mut der = DER.clone();
        let at = at.index(der.len());
        der[at] = byte;
        if let Ok(certificate) = PublicCertificate::from_der(&der) {
            let _ = certificate.covers_name(HOST);
            prop_assert_eq!(certificate.thumbprint() == Thumbprint::of_der(&DER), der == *DER);
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _: Result<_, CertificateError> = PublicCertificate::from_der(&bytes);
        let _: Result<_, CertificateError> = PublicCertificate::from_pem(&String::from_utf8_lossy(&bytes));
    }
}
