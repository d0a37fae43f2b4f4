//! Certificate stores.

use super::SimHost;
use super::services::secret_text;
use async_trait::async_trait;
use scaleout_agent::host::{CertificateHost, HostCertificate, HostResult};
use scaleout_model::certificate::Thumbprint;
use scaleout_model::names::AccountName;
use scaleout_model::node::Store;
use scaleout_model::secret::SecretBytes;
use scaleout_sim_site::effect::NodeEffect;
use scaleout_sim_site::state::{Bytes, StoredCert};

#[async_trait]
impl CertificateHost for SimHost {
    async fn certificates(&self) -> HostResult<Vec<HostCertificate>> {
        self.look(|_, node| {
            let root = node.certificates.root.values().map(|stored| host_certificate(Store::Root, stored));
            let my = node.certificates.my.values().map(|stored| host_certificate(Store::My, stored));
            Ok(root.chain(my).collect())
        })
    }

    async fn add_certificate(
        &self,
        store: Store,
        der: &[u8],
        key_pem: Option<&SecretBytes>,
    ) -> HostResult<()> {
        let key = key_pem.map(secret_text).transpose()?;
        self.call(NodeEffect::AddCertificate { store, der: Bytes::new(der), key }).await.map(drop)
    }

    async fn delete_certificate(&self, store: Store, thumbprint: Thumbprint) -> HostResult<()> {
        self.call(NodeEffect::DeleteCertificate { store, thumbprint }).await.map(drop)
    }

    async fn grant_key_read(
        &self,
        store: Store,
        thumbprint: Thumbprint,
        account: &AccountName,
    ) -> HostResult<()> {
        self.call(NodeEffect::GrantKeyRead { store, thumbprint, account: account.clone() }).await.map(drop)
    }
}

fn host_certificate(store: Store, stored: &StoredCert) -> HostCertificate {
    HostCertificate {
        store,
        der: stored.der.as_slice().to_vec(),
        has_private_key: stored.key.is_some(),
        key_readers: stored.key_readers.iter().cloned().collect(),
    }
}
