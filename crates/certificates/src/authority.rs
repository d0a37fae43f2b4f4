//! A certificate authority of one's own: for simulated sites and tests, never for a product's certificates.

use crate::leaf::{LeafRequest, leaf_params};
use crate::pair::{KeyAndCertificate, PairError};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use zeroize::Zeroizing;

/// An authority that issues leaf certificates.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    /// A new authority of this name.
    pub fn new(name: &str) -> Result<Self, PairError> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(Vec::<String>::new())?;
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let pem = params.self_signed(&key)?.pem();
        Ok(Self { issuer: Issuer::new(params, key), pem })
    }

    /// The authority's certificate, PEM.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// Issues a leaf with an ECDSA key.
    pub fn issue(&self, request: &LeafRequest) -> Result<KeyAndCertificate, PairError> {
        let key = KeyPair::generate()?;
        let certificate = leaf_params(request)?.signed_by(&key, &self.issuer)?;
        Ok(KeyAndCertificate {
            certificate_pem: certificate.pem(),
            key_pem: Zeroizing::new(key.serialize_pem()),
        })
    }
}
