//! A certificate authority and one server's certificate under it.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose};
use rustls_pki_types::PrivateKeyDer;
use scaleout_sim_tds::wire::ServerTls;

/// The server's name in its certificate.
pub(crate) const SERVER_NAME: &str = "sql1.corp.example";

/// The server's side of TLS and the authority that clients have to trust, as PEM.
pub(crate) fn issue() -> Result<(ServerTls, String), Box<dyn std::error::Error + Send + Sync>> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.distinguished_name.push(rcgen::DnType::CommonName, "Probe CA");
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
    let names = vec![SERVER_NAME.to_owned(), "localhost".to_owned(), "127.0.0.1".to_owned()];
    let mut leaf = CertificateParams::new(names)?;
    leaf.distinguished_name.push(rcgen::DnType::CommonName, SERVER_NAME);
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
    leaf.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
    let key = KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256)?;
    let certificate = leaf.signed_by(&key, &authority)?;
    let key = PrivateKeyDer::try_from(key.serialize_der())?;
    let tls = ServerTls::new(vec![certificate.der().clone()], key)?;
    Ok((tls, authority.pem()))
}
