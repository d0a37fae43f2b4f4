//! Keys and certificates: made, read from PEM and PKCS#12, written as PKCS#12.

use crate::common::{HOST, leaf, now, request};
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, UnparsedPublicKey};
use base64::Engine as _;
use scaleout_certificates::{Authority, KeyAndCertificate, PairError, generate_legacy_leaf};
use scaleout_model::certificate::{CertificateError, KeyAlgorithm, PublicCertificate};
use x509_parser::prelude::{FromDer as _, X509Certificate};

#[test]
fn a_key_must_belong_to_its_certificate() {
    let one = leaf(&[HOST], (-60, 3600));
    let two = leaf(&[HOST], (-60, 3600));
    assert_eq!(KeyAndCertificate::from_pem(&one.certificate_pem, &one.key_pem).unwrap(), one);
    let read = |certificate: &str, key: &str| KeyAndCertificate::from_pem(certificate, key).unwrap_err();
    assert!(matches!(read(&one.certificate_pem, &two.key_pem), PairError::Mismatch));
    assert!(matches!(read("nothing", &two.key_pem), PairError::Certificate(CertificateError::NoPem)));
    assert!(matches!(read(&one.certificate_pem, "nothing"), PairError::NoKey));
    assert!(matches!(read(&one.certificate_pem, &one.certificate_pem), PairError::NoKey));
}

#[test]
fn a_key_is_not_shown() {
    let pair = leaf(&[HOST], (-60, 3600));
    let body = pair.key_pem.lines().nth(1).unwrap();
    assert!(!format!("{pair:?}").contains(body));
}

#[test]
fn generated_leaves_are_self_signed_and_no_authority() {
    let made = leaf(&[HOST, "ssis-master", "10.0.0.50"], (-60, 3600)).public().unwrap();
    assert!(made.is_self_signed() && !made.is_authority());
    assert_eq!(made.common_names(), [HOST, "ssis-master"]);
    assert_eq!(made.dns_names(), [HOST, "ssis-master"]);
    assert_eq!(made.key_algorithm(), &KeyAlgorithm::Rsa { bits: 2048 });
    assert!(made.not_before() <= now() - 60 && made.not_after() >= now() + 3590);
    let der = made.der().to_vec();
    let (_, parsed) = X509Certificate::from_der(&der).unwrap();
    let usage = parsed.key_usage().unwrap().unwrap().value;
    assert!(usage.digital_signature() && usage.key_encipherment());
    let extended = parsed.extended_key_usage().unwrap().unwrap().value;
    assert!(extended.server_auth && extended.client_auth);
    assert!(!parsed.basic_constraints().unwrap().unwrap().value.ca);
}

#[test]
fn an_authority_issues_leaves_that_are_not_self_signed() {
    let authority = Authority::new("Site CA").unwrap();
    let issued = authority.issue(&request(&["node-client"], (-60, 3600))).unwrap();
    let public = issued.public().unwrap();
    assert!(!public.is_self_signed() && !public.is_authority());
    assert_eq!(public.dns_names(), ["node-client"]);
    let root = PublicCertificate::from_pem(authority.pem()).unwrap();
    assert!(root.is_authority() && root.is_self_signed());
    assert!(KeyAndCertificate::from_pem(&issued.certificate_pem, &issued.key_pem).is_ok());
}

#[test]
fn pkcs12_gives_the_same_key_and_certificate_back() {
    let pair = leaf(&[HOST], (-60, 3600));
    let bytes = pair.to_pkcs12("pässword").unwrap();
    let back = KeyAndCertificate::from_pkcs12(&bytes, "pässword").unwrap();
    assert_eq!(back.public().unwrap(), pair.public().unwrap());
    assert_eq!(back.private_key().unwrap(), pair.private_key().unwrap());
    assert!(matches!(KeyAndCertificate::from_pkcs12(&bytes, "other").unwrap_err(), PairError::Pkcs12));
    assert!(matches!(KeyAndCertificate::from_pkcs12(b"nothing", "").unwrap_err(), PairError::Pkcs12));
}

#[test]
fn a_key_in_pkcs1_can_be_written_as_pkcs12() {
    let pair = leaf(&[HOST], (-60, 3600));
    // PKCS#8 of an RSA 2048 key is PKCS#1 behind a header of 26 bytes.
    let der = pair.private_key().unwrap().secret_der().to_vec();
    let body = base64::engine::general_purpose::STANDARD.encode(&der[26..]);
    let pkcs1 = format!("-----BEGIN RSA PRIVATE KEY-----\n{body}\n-----END RSA PRIVATE KEY-----\n");
    let read = KeyAndCertificate::from_pem(&pair.certificate_pem, &pkcs1).unwrap();
    let back = KeyAndCertificate::from_pkcs12(&read.to_pkcs12("p").unwrap(), "p").unwrap();
    assert_eq!(back.private_key().unwrap(), pair.private_key().unwrap());
    let key = aws_lc_rs::rsa::KeyPair::from_der(&der[26..]).unwrap();
    assert_eq!(key.as_der().unwrap().as_ref(), der);
}

#[test]
fn a_documented_certificate_has_common_names_only_and_a_sha1_signature() {
    let names = [HOST.to_owned(), "10.0.0.50".to_owned()];
    let pair = generate_legacy_leaf(&names, 0, now() + 60).unwrap();
    let public = pair.public().unwrap();
    assert_eq!(public.common_names(), names);
    assert!(public.dns_names().is_empty() && public.is_self_signed() && !public.is_authority());
    assert!(KeyAndCertificate::from_pem(&pair.certificate_pem, &pair.key_pem).is_ok());
    let (_, parsed) = X509Certificate::from_der(public.der()).unwrap();
    assert_eq!(parsed.signature_algorithm.algorithm.to_id_string(), "1.2.840.113549.1.1.5");
    assert_eq!(parsed.tbs_certificate.signature, parsed.signature_algorithm);
    let key = &parsed.public_key().subject_public_key.data;
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, key.as_ref())
        .verify(parsed.tbs_certificate.as_ref(), &parsed.signature_value.data)
        .unwrap();
}
