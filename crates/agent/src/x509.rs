//! What the agent reads and writes of certificates beside the model's own reader.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use scaleout_model::names::DnsName;
use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};

/// The one certificate of a PEM text, DER; `None`: none, several, or damaged.
pub(crate) fn single_der(pem: &str) -> Option<Vec<u8>> {
    let mut found = CertificateDer::pem_slice_iter(pem.as_bytes());
    let only = found.next()?.ok()?;
    found.next().is_none().then(|| only.to_vec())
}

/// A certificate as PEM.
pub(crate) fn pem_of(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut pem = String::from("-----BEGIN CERTIFICATE-----\n");
    for line in text.as_bytes().chunks(64) {
        pem.push_str(&String::from_utf8_lossy(line));
        pem.push('\n');
    }
    pem.push_str("-----END CERTIFICATE-----\n");
    pem
}

/// The DNS name that is a certificate's only subject alternative name; `None`: there are others, of whichever type,
/// or none.
pub(crate) fn sole_dns_name(der: &[u8]) -> Option<DnsName> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let names = certificate.subject_alternative_name().ok()??;
    match names.value.general_names.as_slice() {
        [GeneralName::DNSName(name)] => Some(DnsName::new(*name)),
        _ => None,
    }
}
