//! The public part of a certificate, as far as the product judges it.

use super::Thumbprint;
use x509_parser::prelude::*;

/// A parsed certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicCertificate {
    thumbprint: Thumbprint,
    der: Vec<u8>,
    dns_names: Vec<String>,
    addresses: Vec<String>,
    common_names: Vec<String>,
    not_before: i64,
    not_after: i64,
    self_issued: bool,
    authority: bool,
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
}

impl PublicCertificate {
    /// From the first `CERTIFICATE` block of a PEM text.
    pub fn from_pem(pem: &str) -> Result<Self, CertificateError> {
        let blocks = Pem::iter_from_buffer(pem.as_bytes());
        let block = blocks.filter_map(Result::ok).find(|block| block.label == "CERTIFICATE");
        Self::from_der(&block.ok_or(CertificateError::NoPem)?.contents)
    }

    /// From DER.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        let (_, parsed) = X509Certificate::from_der(der).map_err(|_| CertificateError::NotX509)?;
        let common_names = parsed.subject().iter_common_name().filter_map(|name| name.as_str().ok());
        let (dns_names, addresses) = alternative_names(&parsed);
        Ok(Self {
            thumbprint: Thumbprint::of_der(der),
            der: der.to_vec(),
            dns_names,
            addresses,
            common_names: common_names.map(str::to_owned).collect(),
            not_before: parsed.validity().not_before.timestamp(),
            not_after: parsed.validity().not_after.timestamp(),
            self_issued: parsed.issuer().as_raw() == parsed.subject().as_raw(),
            authority: is_authority(&parsed),
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

    /// All names: DNS names and addresses of the SAN extension, then common names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.dns_names.iter().chain(&self.addresses).chain(&self.common_names).map(String::as_str)
    }

    /// Begin of validity, unix seconds.
    pub fn not_before(&self) -> i64 {
        self.not_before
    }

    /// End of validity, unix seconds.
    pub fn not_after(&self) -> i64 {
        self.not_after
    }

    /// Whether issuer equals subject: what Schannel asks of a certificate in Root (KB2802568).
    pub fn is_self_signed(&self) -> bool {
        self.self_issued
    }

    /// Whether it may sign others: CA:TRUE, or key usage keyCertSign.
    pub fn is_authority(&self) -> bool {
        self.authority
    }

    /// Whether it holds a DNS name: a SAN if there is any, else any CN (documented certificates of Scale Out have
    /// several CN entries and no SAN). Names compare without case; a wildcard covers one left-most label.
    pub fn covers_name(&self, name: &str) -> bool {
        let pool = if self.dns_names.is_empty() { &self.common_names } else { &self.dns_names };
        pool.iter().any(|pattern| covers(pattern, name))
    }
}

fn covers(pattern: &str, name: &str) -> bool {
    match pattern.strip_prefix("*.") {
        Some(rest) => name.split_once('.').is_some_and(|(_, tail)| tail.eq_ignore_ascii_case(rest)),
        None => pattern.eq_ignore_ascii_case(name),
    }
}

fn alternative_names(parsed: &X509Certificate<'_>) -> (Vec<String>, Vec<String>) {
    let (mut dns, mut addresses) = (Vec::new(), Vec::new());
    if let Ok(Some(extension)) = parsed.subject_alternative_name() {
        for name in &extension.value.general_names {
            match name {
                GeneralName::DNSName(name) => dns.push((*name).to_owned()),
                GeneralName::IPAddress(bytes) => addresses.extend(address_text(bytes)),
                _ => {}
            }
        }
    }
    (dns, addresses)
}

fn address_text(bytes: &[u8]) -> Option<String> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(|octets| std::net::Ipv4Addr::from(octets).to_string()),
        16 => <[u8; 16]>::try_from(bytes).ok().map(|octets| std::net::Ipv6Addr::from(octets).to_string()),
        _ => None,
    }
}

fn is_authority(parsed: &X509Certificate<'_>) -> bool {
    let constraints = parsed.basic_constraints().ok().flatten().is_some_and(|c| c.value.ca);
    let signs = parsed.key_usage().ok().flatten().is_some_and(|usage| usage.value.key_cert_sign());
    constraints || signs
}
