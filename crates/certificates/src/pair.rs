//! A certificate with its private key, as a Secret holds them.

use aws_lc_rs::encoding::AsDer as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use scaleout_model::certificate::{CertificateError, PublicCertificate};
use std::fmt;
use zeroize::Zeroizing;

/// Certificate and private key, both PEM.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyAndCertificate {
    /// Certificate, PEM.
    pub certificate_pem: String,
    /// Private key, PEM; PKCS#8 if made here.
    pub key_pem: Zeroizing<String>,
}

/// Why key and certificate can't be used.
#[derive(Debug, thiserror::Error)]
pub enum PairError {
    /// The certificate can't be read.
    #[error("the certificate can't be read")]
    Certificate(#[from] CertificateError),
    /// There is no private key in PEM.
    #[error("no private key in PEM")]
    NoKey,
    /// The key is of a kind that can't be used.
    #[error("the private key can't be used")]
    Key,
    /// The key does not belong to the certificate.
    #[error("the private key does not belong to the certificate")]
    Mismatch,
    /// A date is out of range.
    #[error("a date is out of range")]
    Dates,
    /// PKCS#12 can't be opened, or not be written.
    #[error("PKCS#12 can't be opened with this password, or not be written")]
    Pkcs12,
    /// Making a certificate failed.
    #[error("making a certificate failed")]
    Make(#[from] rcgen::Error),
}

impl fmt::Debug for KeyAndCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyAndCertificate")
            .field("certificate_pem", &self.certificate_pem)
            .finish_non_exhaustive()
    }
}

impl KeyAndCertificate {
    /// From PEM texts (`tls.crt`, `tls.key`); the key must belong to the certificate.
    pub fn from_pem(certificate_pem: &str, key_pem: &str) -> Result<Self, PairError> {
        let pair =
            Self { certificate_pem: certificate_pem.to_owned(), key_pem: Zeroizing::new(key_pem.to_owned()) };
        pair.public()?;
        let chain = pair.certificate_chain()?;
        let key = pair.private_key()?;
        let signing =
            rustls::crypto::aws_lc_rs::sign::any_supported_type(&key).map_err(|_| PairError::Key)?;
        let certified = rustls::sign::CertifiedKey::new(chain, signing);
        certified.keys_match().map_err(|_| PairError::Mismatch)?;
        Ok(pair)
    }

    /// From PKCS#12.
    pub fn from_pkcs12(bytes: &[u8], password: &str) -> Result<Self, PairError> {
        let store =
            p12_keystore::KeyStore::from_pkcs12(bytes, password, p12_keystore::Pkcs12ImportPolicy::Strict)
                .map_err(|_| PairError::Pkcs12)?;
        let (_, chain) = store.private_key_chain().ok_or(PairError::NoKey)?;
        let leaf = chain.certs().first().ok_or(PairError::Certificate(CertificateError::NoPem))?;
        let key = Zeroizing::new(pem_block("PRIVATE KEY", chain.key().as_der()));
        Self::from_pem(&pem_block("CERTIFICATE", leaf.as_der()), &key)
    }

    /// As PKCS#12 for the import into a store of Windows. Triple DES and SHA-1 are what every supported Windows reads
    /// (Windows Server 2016 knows no AES here), so let the bytes not leave the machine.
    pub fn to_pkcs12(&self, password: &str) -> Result<Zeroizing<Vec<u8>>, PairError> {
        let chain = self.certificate_chain()?;
        let certificates: Vec<_> = chain
            .iter()
            .map(|der| p12_keystore::Certificate::from_der(der))
            .collect::<Result<_, _>>()
            .map_err(|_| PairError::Certificate(CertificateError::NotX509))?;
        let key = p12_keystore::PrivateKey::from_der(&self.pkcs8()?).map_err(|_| PairError::Key)?;
        let thumbprint = self.public()?.thumbprint();
        let entry = p12_keystore::PrivateKeyChain::new(thumbprint.as_bytes().as_slice(), key, certificates);
        let mut store = p12_keystore::KeyStore::new();
        store.add_entry("certificate", p12_keystore::KeyStoreEntry::PrivateKeyChain(entry));
        store
            .writer(password)
            .encryption_algorithm(p12_keystore::EncryptionAlgorithm::PbeWithShaAnd3KeyTripleDesCbc)
            .mac_algorithm(p12_keystore::MacAlgorithm::HmacSha1)
            .write()
            .map(Zeroizing::new)
            .map_err(|_| PairError::Pkcs12)
    }

    /// The key in PKCS#8. RSA keys in PKCS#1, the default of cert-manager, are wrapped.
    fn pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, PairError> {
        match self.private_key()? {
            PrivateKeyDer::Pkcs8(key) => Ok(Zeroizing::new(key.secret_pkcs8_der().to_vec())),
            PrivateKeyDer::Pkcs1(key) => {
                let pair = aws_lc_rs::rsa::KeyPair::from_der(key.secret_pkcs1_der());
                let wrapped = pair.map_err(|_| PairError::Key)?.as_der().map_err(|_| PairError::Key)?;
                Ok(Zeroizing::new(wrapped.as_ref().to_vec()))
            }
            _ => Err(PairError::Key),
        }
    }

    /// The public part.
    pub fn public(&self) -> Result<PublicCertificate, PairError> {
        Ok(PublicCertificate::from_pem(&self.certificate_pem)?)
    }

    /// The certificates in DER, leaf first.
    pub fn certificate_chain(&self) -> Result<Vec<CertificateDer<'static>>, PairError> {
        CertificateDer::pem_slice_iter(self.certificate_pem.as_bytes())
            .collect::<Result<_, _>>()
            .map_err(|_| PairError::Certificate(CertificateError::NoPem))
    }

    /// The private key in DER.
    pub fn private_key(&self) -> Result<PrivateKeyDer<'static>, PairError> {
        PrivateKeyDer::from_pem_slice(self.key_pem.as_bytes()).map_err(|_| PairError::NoKey)
    }
}

/// One PEM block.
pub(crate) fn pem_block(label: &str, der: &[u8]) -> String {
    let body = STANDARD.encode(der);
    let lines: Vec<&str> =
        body.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}
