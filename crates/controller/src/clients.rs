//! Kubernetes clients, by what they are for: the library retries for minutes and waits for ever by default.

use kube::{Client, Config};
use std::time::Duration;

/// Deadline of the answer to a call; what fails is tried again by the loop's own backoff.
const CALL: Duration = Duration::from_secs(10);

/// Deadline of an attempt to renew the Lease.
const LEASE: Duration = Duration::from_secs(3);

/// The clients.
#[derive(Clone)]
pub struct Clients {
    /// For watches, which are silent for long.
    pub watches: Client,
    /// For reads and writes.
    pub calls: Client,
    /// For the Lease.
    pub lease: Client,
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Neither a kubeconfig nor a ServiceAccount.
    #[error("there is no configuration for Kubernetes")]
    Config(#[from] kube::config::InferConfigError),
    /// The configuration can't be used.
    #[error("the configuration for Kubernetes can't be used")]
    Client(#[from] kube::Error),
}

impl Clients {
    /// From the environment: KUBECONFIG, or the Pod's ServiceAccount.
    pub async fn infer() -> Result<Self, ClientError> {
        let config = Config::infer().await?;
        let bounded = |deadline| {
            let mut config = config.clone();
            config.default_retry = false;
            config.read_timeout = Some(deadline);
            config
        };
        Ok(Self {
            calls: Client::try_from(bounded(CALL))?,
            lease: Client::try_from(bounded(LEASE))?,
            watches: Client::try_from(config)?,
        })
    }
}
