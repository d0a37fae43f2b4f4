//! Self-signed leaf certificates: CA:FALSE, server and client authentication, RSA, names as CN and as SAN.

use crate::pair::{KeyAndCertificate, PairError};
use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
    PKCS_RSA_SHA256, RsaKeySize,
};
use zeroize::Zeroizing;

/// `id-at-commonName` (X.520).
const COMMON_NAME: [u64; 4] = [2, 5, 4, 3];

/// What a leaf shall hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeafRequest {
    /// Names: all become SANs (DNS names or addresses); the first two are CN entries of the subject as well, as in
    /// the documented `CN=host;CN=address`. Which of them the product reads is not known, so both are there.
    pub names: Vec<String>,
    /// Begin of validity, unix seconds.
    pub not_before: i64,
    /// End of validity, unix seconds.
    pub not_after: i64,
}

/// Makes an RSA 2048 key and its self-signed leaf certificate.
pub fn generate_leaf(request: &LeafRequest) -> Result<KeyAndCertificate, PairError> {
    let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)?;
    let certificate = leaf_params(request)?.self_signed(&key)?;
    Ok(KeyAndCertificate { certificate_pem: certificate.pem(), key_pem: Zeroizing::new(key.serialize_pem()) })
}

pub(crate) fn leaf_params(request: &LeafRequest) -> Result<CertificateParams, PairError> {
    let mut params = CertificateParams::new(request.names.clone())?;
    params.distinguished_name = subject(&request.names);
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
    params.extended_key_usages =
        vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    params.not_before = moment(request.not_before)?;
    params.not_after = moment(request.not_after)?;
    Ok(params)
}

/// A subject of the first two names. rcgen keeps one value per attribute type, so that the second one goes under the
/// type's object identifier; in DER both are CN.
pub(crate) fn subject(names: &[String]) -> DistinguishedName {
    let mut subject = DistinguishedName::new();
    let types = [DnType::CommonName, DnType::CustomDnType(COMMON_NAME.to_vec())];
    for (kind, name) in types.into_iter().zip(names) {
        subject.push(kind, name.as_str());
    }
    subject
}

pub(crate) fn moment(unix_seconds: i64) -> Result<time::OffsetDateTime, PairError> {
    time::OffsetDateTime::from_unix_timestamp(unix_seconds).map_err(|_| PairError::Dates)
}
