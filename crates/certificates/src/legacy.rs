//! Certificates as the documented tools make them (`MakeCert -a sha1`, `New-SelfSignedCertificate -HashAlgorithm SHA1`):
//! CN entries only, signed with SHA-1. For simulated sites and tests; the product makes none.
//!
//! No TLS library signs with SHA-1 any more. So the certificate is made with SHA-256, the object identifier is exchanged
//! (both have one length) and the signature is computed again. The arithmetic is not constant in time: these keys
//! protect nothing.

use crate::leaf::{moment, subject};
use crate::pair::{KeyAndCertificate, PairError, pem_block};
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use sha1::{Digest as _, Sha1};
use x509_parser::der_parser::ber::BerObjectContent;
use x509_parser::der_parser::parse_der;
use x509_parser::num_bigint::BigUint;
use x509_parser::prelude::{FromDer as _, X509Certificate};
use zeroize::Zeroizing;

/// `sha256WithRSAEncryption` (RFC 8017) as an element of DER.
const SHA256_WITH_RSA: [u8; 11] = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
/// `sha1WithRSAEncryption`.
const SHA1_WITH_RSA: [u8; 11] = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05];
/// What stands before a SHA-1 digest in a signature (RFC 8017, 9.2, note 1).
const SHA1_DIGEST_INFO: [u8; 15] =
    [0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14];
/// Bytes of an RSA 2048 modulus, and so of a signature.
const SIGNATURE_BYTES: usize = 256;

/// Makes an RSA 2048 key and its self-signed certificate with at most two CN entries, no SAN, signed with SHA-1.
/// Validity is in unix seconds.
pub fn generate_legacy_leaf(
    common_names: &[String],
    not_before: i64,
    not_after: i64,
) -> Result<KeyAndCertificate, PairError> {
    let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)?;
    let mut params = CertificateParams::default();
    params.distinguished_name = subject(common_names);
    params.extended_key_usages =
        vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    params.not_before = moment(not_before)?;
    params.not_after = moment(not_after)?;
    let modern = params.self_signed(&key)?;
    let legacy = resign(modern.der(), &RsaKey::of(key.serialized_der()).ok_or(PairError::Key)?);
    let der = legacy.ok_or(PairError::Key)?;
    Ok(KeyAndCertificate {
        certificate_pem: pem_block("CERTIFICATE", &der),
        key_pem: Zeroizing::new(key.serialize_pem()),
    })
}

/// The certificate with SHA-1 in place of SHA-256.
fn resign(der: &[u8], key: &RsaKey) -> Option<Vec<u8>> {
    let mut changed = exchange(der)?;
    let signed = {
        let (_, parsed) = X509Certificate::from_der(&changed).ok()?;
        key.sign(parsed.tbs_certificate.as_ref())
    };
    let start = changed.len().checked_sub(SIGNATURE_BYTES)?;
    changed.get_mut(start..)?.copy_from_slice(&signed);
    Some(changed)
}

/// Exchanges the algorithm in both places where a certificate names it.
fn exchange(der: &[u8]) -> Option<Vec<u8>> {
    let mut changed = Vec::with_capacity(der.len());
    let mut rest = der;
    for _ in 0..2 {
        let at = rest.windows(SHA256_WITH_RSA.len()).position(|window| window == SHA256_WITH_RSA)?;
        changed.extend_from_slice(rest.get(..at)?);
        changed.extend_from_slice(&SHA1_WITH_RSA);
        rest = rest.get(at + SHA256_WITH_RSA.len()..)?;
    }
    changed.extend_from_slice(rest);
    Some(changed)
}

struct RsaKey {
    modulus: BigUint,
    exponent: BigUint,
}

impl RsaKey {
    /// From PKCS#8: version, algorithm, then RFC 8017's `RSAPrivateKey` (version, n, e, d, …) in an octet string.
    fn of(pkcs8: &[u8]) -> Option<Self> {
        let (_, outer) = parse_der(pkcs8).ok()?;
        let BerObjectContent::OctetString(inner) = outer.as_sequence().ok()?.get(2)?.content else {
            return None;
        };
        let (_, key) = parse_der(inner).ok()?;
        let numbers = key.as_sequence().ok()?;
        Some(Self {
            modulus: numbers.get(1)?.as_biguint().ok()?,
            exponent: numbers.get(3)?.as_biguint().ok()?,
        })
    }

    /// RSASSA-PKCS1-v1_5 with SHA-1 (RFC 8017, 8.2.1).
    fn sign(&self, message: &[u8]) -> [u8; SIGNATURE_BYTES] {
        let digest = Sha1::digest(message);
        let mut encoded = vec![0xff; SIGNATURE_BYTES - SHA1_DIGEST_INFO.len() - digest.len() - 1];
        if let Some(start) = encoded.get_mut(..2) {
            start.copy_from_slice(&[0x00, 0x01]);
        }
        encoded.push(0x00);
        encoded.extend_from_slice(&SHA1_DIGEST_INFO);
        encoded.extend_from_slice(&digest);
        let number = BigUint::from_bytes_be(&encoded).modpow(&self.exponent, &self.modulus).to_bytes_be();
        let mut signature = [0; SIGNATURE_BYTES];
        for (to, from) in signature.iter_mut().rev().zip(number.iter().rev()) {
            *to = *from;
        }
        signature
    }
}
