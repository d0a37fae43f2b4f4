//! The controller's client certificate for agents, from a Secret of its own namespace; a renewed one is taken over without a
//! restart. Each state is logged once.

use crate::lease::ErrorChain;
use crate::secrets::SecretStore;
use k8s_openapi::api::core::v1::Secret;
use kube::ResourceExt as _;
use scaleout_agent_client::{AgentClient, ClientCredentials};
use scaleout_model::secret::SecretBytes;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Name of the Secret: `tls.crt`, `tls.key`, `ca.crt`.
const SECRET: &str = "scaleout-agent-client";

/// How often a Secret that was read is looked at again, and one that is missing.
const EVERY: Duration = Duration::from_secs(10);
const MISSING_EVERY: Duration = Duration::from_millis(500);

/// Follows the Secret.
pub struct Credentials {
    secrets: SecretStore,
    namespace: String,
    nodes: AgentClient,
    known: Option<String>,
    said: String,
}

impl Credentials {
    /// Hands what it reads to this client.
    pub fn new(secrets: SecretStore, namespace: String, nodes: AgentClient) -> Self {
        Self { secrets, namespace, nodes, known: None, said: String::new() }
    }

    /// Reads the Secret once.
    pub async fn refresh(&mut self) {
        let state = match self.secrets.get_fresh(&self.namespace, SECRET).await {
            Ok(Some(secret)) if secret.resource_version() == self.known => return,
            Ok(Some(secret)) => match self.nodes.set_credentials(credentials(&secret)) {
                Ok(()) => {
                    self.known = secret.resource_version();
                    "is read".to_owned()
                }
                Err(error) => format!("can't be used: {}", ErrorChain(&error)),
            },
            Ok(None) => "does not exist".to_owned(),
            Err(error) => format!("was not read: {}", ErrorChain(&error)),
        };
        if state != self.said {
            tracing::info!("Secret {}/{SECRET} {state}", self.namespace);
            self.said = state;
        }
    }

    /// Reads it again and again until `stop`.
    pub async fn follow(mut self, stop: CancellationToken) {
        loop {
            let pause = if self.known.is_some() { EVERY } else { MISSING_EVERY };
            if stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
                return;
            }
            self.refresh().await;
        }
    }
}

fn credentials(secret: &Secret) -> Option<ClientCredentials> {
    let data = secret.data.as_ref()?;
    let bytes = |key: &str| data.get(key).map(|bytes| bytes.0.clone());
    Some(ClientCredentials {
        certificate: bytes("tls.crt")?,
        key: SecretBytes::new(bytes("tls.key")?),
        ca: bytes("ca.crt")?,
    })
}
