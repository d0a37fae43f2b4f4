//! Certificate stores of the local machine and the rights on private keys.

use super::HostResult;
use async_trait::async_trait;
use scaleout_model::certificate::Thumbprint;
use scaleout_model::names::AccountName;
use scaleout_model::node::Store;
use scaleout_model::secret::SecretBytes;

/// A certificate in a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostCertificate {
    /// The store.
    pub store: Store,
    /// The certificate, DER.
    pub der: Vec<u8>,
    /// Whether a private key belongs to it and is there.
    pub has_private_key: bool,
    /// Accounts that were granted to read that key, administrators and the system left out.
    pub key_readers: Vec<AccountName>,
}

/// `LocalMachine\Root` and `LocalMachine\My`.
#[async_trait]
pub trait CertificateHost {
    /// All certificates of both stores.
    async fn certificates(&self) -> HostResult<Vec<HostCertificate>>;

    /// Adds a certificate, with its private key if given (PKCS#8, PEM). There already: replaced by the same
    /// (`CERT_STORE_ADD_REPLACE_EXISTING`), so that a missing key comes to it.
    async fn add_certificate(
        &self,
        store: Store,
        der: &[u8],
        key_pem: Option<&SecretBytes>,
    ) -> HostResult<()>;

    /// Deletes a certificate, and its key with it. Not there: nothing.
    async fn delete_certificate(&self, store: Store, thumbprint: Thumbprint) -> HostResult<()>;

    /// Lets an account read the private key; may already: nothing.
    async fn grant_key_read(
        &self,
        store: Store,
        thumbprint: Thumbprint,
        account: &AccountName,
    ) -> HostResult<()>;
}
