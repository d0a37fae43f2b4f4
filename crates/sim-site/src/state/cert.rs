//! Certificate stores of a machine. Everything about a certificate but its key is read from its DER form.

use super::{Bytes, Secret};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use scaleout_model::certificate::Thumbprint;
use scaleout_model::names::AccountName;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// `LocalMachine\Root` and `LocalMachine\My`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CertificateStores {
    /// Trusted Root Certification Authorities.
    pub root: BTreeMap<Thumbprint, StoredCert>,
    /// Personal.
    pub my: BTreeMap<Thumbprint, StoredCert>,
}

/// A certificate in a store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StoredCert {
    /// The certificate, DER.
    pub der: Bytes,
    /// Its private key, PEM (PKCS#8), if it is on this machine.
    pub key: Option<Secret>,
    /// Accounts that may read the key beside SYSTEM and Administrators.
    pub key_readers: BTreeSet<AccountName>,
    /// Friendly name; the agent marks what it placed with it.
    #[serde(default)]
    pub friendly_name: String,
}

/// What a certificate says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFacts {
    /// Common names of the subject, in order.
    pub common_names: Vec<String>,
    /// DNS names and IP addresses of the subject alternative name.
    pub alternative_names: Vec<String>,
    /// Whether issuer equals subject.
    pub self_signed: bool,
    /// Whether basic constraints say that it is an authority.
    pub authority: bool,
    /// Valid from, unix ms.
    pub not_before_ms: i64,
    /// Valid until, unix ms.
    pub not_after_ms: i64,
}

impl CertificateFacts {
    /// Whether `host` is a name of it: a subject alternative name where there is one, else any common name
    /// (several CNs in one subject are the documented form, CERT).
    pub fn names(&self, host: &str) -> bool {
        let mut names =
            if self.alternative_names.is_empty() { &self.common_names } else { &self.alternative_names }
                .iter();
        names.any(|name| name.eq_ignore_ascii_case(host))
    }
}

impl StoredCert {
    /// A certificate without key.
    pub fn public(der: Bytes) -> Self {
        Self { der, key: None, key_readers: BTreeSet::new(), friendly_name: String::new() }
    }

    /// What it says; `None` if it is no X.509 certificate.
    pub fn facts(&self) -> Option<CertificateFacts> {
        certificate_facts(self.der.as_slice())
    }

    /// The certificate as PEM.
    pub fn pem(&self) -> String {
        pem_of_der(self.der.as_slice())
    }
}

/// PEM of a certificate.
pub fn pem_of_der(der: &[u8]) -> String {
    let coded = STANDARD.encode(der);
    let mut pem = String::from("-----BEGIN CERTIFICATE-----\n");
    for line in coded.as_bytes().chunks(64) {
        pem.push_str(&String::from_utf8_lossy(line));
        pem.push('\n');
    }
    pem.push_str("-----END CERTIFICATE-----\n");
    pem
}

/// DER of the first certificate of a PEM text.
pub fn der_of_pem(pem: &str) -> Option<Vec<u8>> {
    let (_, rest) = pem.split_once("-----BEGIN CERTIFICATE-----")?;
    let (body, _) = rest.split_once("-----END CERTIFICATE-----")?;
    STANDARD.decode(body.split_whitespace().collect::<String>()).ok()
}

/// What a certificate says.
pub fn certificate_facts(der: &[u8]) -> Option<CertificateFacts> {
    use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let common_names = certificate.subject().iter_common_name().filter_map(|cn| cn.as_str().ok());
    let san = certificate.subject_alternative_name().ok().flatten();
    let alternative_names = san.iter().flat_map(|extension| &extension.value.general_names);
    Some(CertificateFacts {
        common_names: common_names.map(str::to_owned).collect(),
        alternative_names: alternative_names
            .filter_map(|name| match name {
                GeneralName::DNSName(dns) => Some((*dns).to_owned()),
                GeneralName::IPAddress([a, b, c, d]) => Some(format!("{a}.{b}.{c}.{d}")),
                _ => None,
            })
            .collect(),
        self_signed: certificate.subject().as_raw() == certificate.issuer().as_raw(),
        authority: certificate.basic_constraints().ok().flatten().is_some_and(|c| c.value.ca),
        not_before_ms: certificate.validity().not_before.timestamp() * 1000,
        not_after_ms: certificate.validity().not_after.timestamp() * 1000,
    })
}
