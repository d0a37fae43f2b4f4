//! The public part of a certificate, as far as the product judges it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Thumbprint;
use x509_parser::oid_registry::{
    OID_KEY_TYPE_EC_PUBLIC_KEY, OID_PKCS1_RSAENCRYPTION, OID_X509_EXT_BASIC_CONSTRAINTS,
    OID_X509_EXT_KEY_USAGE, OID_X509_EXT_SUBJECT_ALT_NAME,
};
use x509_parser::prelude::*;

/// A parsed certificate.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicCertificate {
    thumbprint: Thumbprint,
    der: Vec<u8>,
    serial: String,
    key_algorithm: KeyAlgorithm,
    dns_names: Vec<String>,
    addresses: Vec<String>,
    common_names: Vec<String>,
    not_before: i64,
    not_after: i64,
    self_issued: bool,
    authority: bool,
}

/// The kind of a certificate's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyAlgorithm {
    /// RSA: what the documented tools make, and what every Windows service can use.
    Rsa {
        /// Length of the modulus.
        bits: usize,
    },
    /// On an elliptic curve.
    EllipticCurve,
    /// Another one, by its object identifier.
    Other(String),
}

/// Why bytes are no certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// There is no PEM block `CERTIFICATE`.
    #[error("no PEM block CERTIFICATE")]
    NoPem,
    /// The DER form can't be parsed.
    #[error("not an X.509 certificate")]
    NotX509,
    /// Bytes follow the certificate: they would count for the thumbprint, but not for what is read.
    #[error("bytes follow the certificate")]
    TrailingBytes,
    /// An extension that is judged (names, basic constraints, key usage) is malformed or there twice.
    #[error("an extension of the certificate is malformed or there twice")]
    Extension,
}

impl PublicCertificate {
    /// From the first `CERTIFICATE` block of a PEM text; in a chain that is the leaf (RFC 8446, 4.4.2).
    pub fn from_pem(pem: &str) -> Result<Self, CertificateError> {
        let blocks = Pem::iter_from_buffer(pem.as_bytes());
        let block = blocks.filter_map(Result::ok).find(|block| block.label == "CERTIFICATE");
        Self::from_der(&block.ok_or(CertificateError::NoPem)?.contents)
    }

    /// From DER.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        let (rest, parsed) = X509Certificate::from_der(der).map_err(|_| CertificateError::NotX509)?;
        if !rest.is_empty() {
            return Err(CertificateError::TrailingBytes);
        }
        refuse_malformed_extensions(&parsed)?;
        let common_names = parsed.subject().iter_common_name().filter_map(|name| name.as_str().ok());
        let (dns_names, addresses) = alternative_names(&parsed)?;
        Ok(Self {
            thumbprint: Thumbprint::of_der(der),
            der: der.to_vec(),
            serial: hex::encode_upper(parsed.raw_serial()),
            key_algorithm: key_algorithm(&parsed),
            dns_names,
            addresses,
            common_names: common_names.map(str::to_owned).collect(),
            not_before: parsed.validity().not_before.timestamp(),
            not_after: parsed.validity().not_after.timestamp(),
            self_issued: parsed.issuer().as_raw() == parsed.subject().as_raw(),
            authority: is_authority(&parsed)?,
        })
    }

    /// SHA-1 thumbprint.
    pub fn thumbprint(&self) -> Thumbprint {
        self.thumbprint
    }

    /// The DER form.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The serial number, upper-case hexadecimal as Windows shows it.
    pub fn serial(&self) -> &str {
        &self.serial
    }

    /// The kind of its key.
    pub fn key_algorithm(&self) -> &KeyAlgorithm {
        &self.key_algorithm
    }

    /// All names: DNS names and addresses of the SAN extension, then common names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.dns_names.iter().chain(&self.addresses).chain(&self.common_names).map(String::as_str)
    }

    /// The DNS names of the SAN extension.
    pub fn dns_names(&self) -> &[String] {
        &self.dns_names
    }

    /// The CN entries of the subject, in its order.
    pub fn common_names(&self) -> &[String] {
        &self.common_names
    }

    /// Begin of validity, unix seconds.
    pub fn not_before(&self) -> i64 {
        self.not_before
    }

    /// End of validity, unix seconds.
    pub fn not_after(&self) -> i64 {
        self.not_after
    }

    /// Whether issuer equals subject: what Schannel asks of a certificate in Root (KB2802568). Its signature is not
    /// looked at.
    pub fn is_self_signed(&self) -> bool {
        self.self_issued
    }

    /// Whether it may sign others: CA:TRUE, or key usage keyCertSign.
    pub fn is_authority(&self) -> bool {
        self.authority
    }

    /// Whether it holds this very name: a DNS name of the SAN extension if there is any, else any CN (documented
    /// certificates of Scale Out have several CN entries and no SAN). Names compare without case; a wildcard covers
    /// one left-most label. A short name does not cover the FQDN, nor the other way round: a certificate that is used
    /// by both must hold both. An address is looked for among the addresses too.
    pub fn covers_name(&self, name: &str) -> bool {
        let name = name.strip_suffix('.').unwrap_or(name);
        let pool = if self.dns_names.is_empty() { &self.common_names } else { &self.dns_names };
        match name.parse::<IpAddr>() {
            Ok(address) => self.addresses.iter().chain(pool).any(|held| held.parse() == Ok(address)),
            Err(_) => pool.iter().any(|pattern| covers(pattern, name)),
        }
    }
}

impl fmt::Debug for PublicCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicCertificate")
            .field("thumbprint", &self.thumbprint)
            .field("names", &self.names().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

fn covers(pattern: &str, name: &str) -> bool {
    match pattern.strip_prefix("*.") {
        Some(rest) => name
            .split_once('.')
            .is_some_and(|(label, tail)| !label.is_empty() && tail.eq_ignore_ascii_case(rest)),
        None => pattern.eq_ignore_ascii_case(name),
    }
}

/// What can't be read must not be taken for absent: a common name would count although there are SANs.
fn refuse_malformed_extensions(parsed: &X509Certificate<'_>) -> Result<(), CertificateError> {
    for judged in [OID_X509_EXT_SUBJECT_ALT_NAME, OID_X509_EXT_BASIC_CONSTRAINTS, OID_X509_EXT_KEY_USAGE] {
        let found = parsed.get_extension_unique(&judged).map_err(|_| CertificateError::Extension)?;
        if found.is_some_and(|extension| extension.parsed_extension().error().is_some()) {
            return Err(CertificateError::Extension);
        }
    }
    Ok(())
}

fn alternative_names(parsed: &X509Certificate<'_>) -> Result<(Vec<String>, Vec<String>), CertificateError> {
    let (mut dns, mut addresses) = (Vec::new(), Vec::new());
    let extension = parsed.subject_alternative_name().map_err(|_| CertificateError::Extension)?;
    for name in extension.iter().flat_map(|extension| &extension.value.general_names) {
        match name {
            GeneralName::DNSName(name) => dns.push((*name).to_owned()),
            GeneralName::IPAddress(bytes) => {
                addresses.push(address_text(bytes).ok_or(CertificateError::Extension)?);
            }
            GeneralName::Invalid(..) => return Err(CertificateError::Extension),
            _ => {}
        }
    }
    Ok((dns, addresses))
}

fn address_text(bytes: &[u8]) -> Option<String> {
    if let Ok(octets) = <[u8; 4]>::try_from(bytes) {
        return Some(Ipv4Addr::from(octets).to_string());
    }
    <[u8; 16]>::try_from(bytes).ok().map(|octets| Ipv6Addr::from(octets).to_string())
}

fn is_authority(parsed: &X509Certificate<'_>) -> Result<bool, CertificateError> {
    let constraints = parsed.basic_constraints().map_err(|_| CertificateError::Extension)?;
    let usage = parsed.key_usage().map_err(|_| CertificateError::Extension)?;
    Ok(constraints.is_some_and(|constraints| constraints.value.ca)
        || usage.is_some_and(|usage| usage.value.key_cert_sign()))
}

fn key_algorithm(parsed: &X509Certificate<'_>) -> KeyAlgorithm {
    let info = parsed.public_key();
    let oid = &info.algorithm.algorithm;
    if *oid == OID_PKCS1_RSAENCRYPTION {
        KeyAlgorithm::Rsa { bits: info.parsed().map(|key| key.key_size()).unwrap_or_default() }
    } else if *oid == OID_KEY_TYPE_EC_PUBLIC_KEY {
        KeyAlgorithm::EllipticCurve
    } else {
        KeyAlgorithm::Other(oid.to_id_string())
    }
}
