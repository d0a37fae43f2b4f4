//! Leadership by a Lease: for efficiency; safety is the fence's. Its own client: no retries, a deadline per attempt.
//!
//! The number of the epoch is the Lease's `leaseTransitions`: every process that takes the Lease raises it.

use crate::clock;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::api::core::v1::Namespace;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};
use k8s_openapi::jiff::Timestamp;
use kube::api::{Api, PostParams};
use kube::{Client, ResourceExt as _};
use scaleout_model::fence::Epoch;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// Name of the Lease.
pub const NAME: &str = "scaleout-controller";

/// Deadline of one call to the API server.
const ATTEMPT: Duration = Duration::from_secs(3);

/// Why the lease could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// The API server refused or did not answer.
    #[error("the API server did not accept the Lease")]
    Api(#[from] kube::Error),
    /// No answer within the attempt's deadline.
    #[error("the API server did not answer in time")]
    Unanswered,
    /// Another process holds it.
    #[error("the Lease is held by {0}")]
    HeldBy(String),
    /// An administrator acknowledged a higher epoch: the Lease is taken anew, above it.
    #[error("an administrator acknowledged epoch {0} on the Lease")]
    Acknowledged(i32),
    /// It could not be renewed in time.
    #[error("the Lease could not be renewed in time")]
    Lost,
}

/// The Lease of one controller.
pub struct LeaderLease {
    api: Api<Lease>,
    holder: String,
    duration: Duration,
    lineage: String,
}

impl LeaderLease {
    /// Reads the lineage (uid of `kube-system`) and prepares to take the Lease as `holder`.
    pub async fn new(
        client: Client,
        namespace: &str,
        holder: String,
        seconds: u16,
    ) -> Result<Self, LeaseError> {
        let namespaces: Api<Namespace> = Api::all(client.clone());
        let system = attempt(namespaces.get("kube-system")).await?;
        Ok(Self {
            api: Api::namespaced(client, namespace),
            holder,
            duration: Duration::from_secs(u64::from(seconds)),
            lineage: system.uid().unwrap_or_default(),
        })
    }

    /// Waits until the Lease is free or its holder is silent for its duration (by our own clock, since we saw it
    /// change), then takes it.
    pub async fn acquire(&self) -> Result<Epoch, LeaseError> {
        let mut seen: Option<(String, Instant)> = None;
        loop {
            match self.try_acquire(&mut seen).await {
                Ok(epoch) => return Ok(epoch),
                Err(LeaseError::HeldBy(holder)) => tracing::debug!(%holder, "waiting for the lease"),
                Err(error) => tracing::warn!(error = %ErrorChain(&error), "the lease was not taken"),
            }
            sleep(self.duration / 8).await;
        }
    }

    async fn try_acquire(&self, seen: &mut Option<(String, Instant)>) -> Result<Epoch, LeaseError> {
        let Some(mut lease) = attempt(self.api.get_opt(NAME)).await? else {
            let lease = Lease {
                metadata: ObjectMeta { name: Some(NAME.into()), ..ObjectMeta::default() },
                spec: Some(self.spec(1)),
            };
            attempt(self.api.create(&PostParams::default(), &lease)).await?;
            return Ok(self.epoch(1));
        };
        let spec = lease.spec.clone().unwrap_or_default();
        let holder = spec.holder_identity.unwrap_or_default();
        if !holder.is_empty() && !self.is_silent(&lease, seen) {
            return Err(LeaseError::HeldBy(holder));
        }
        let number = spec.lease_transitions.unwrap_or_default().max(acknowledged(&lease)).saturating_add(1);
        lease.spec = Some(self.spec(number));
        attempt(self.api.replace(NAME, &PostParams::default(), &lease)).await?;
        Ok(self.epoch(number))
    }

    fn is_silent(&self, lease: &Lease, seen: &mut Option<(String, Instant)>) -> bool {
        let version = lease.resource_version().unwrap_or_default();
        match seen {
            Some((known, since)) if *known == version => since.elapsed() >= self.duration,
            _ => {
                *seen = Some((version, Instant::now()));
                false
            }
        }
    }

    /// Renews the Lease until that fails for two thirds of its duration, or another process has it.
    pub async fn hold(&self, epoch: &Epoch) -> LeaseError {
        let mut renewed = Instant::now();
        loop {
            sleep(self.duration / 3).await;
            match self.renew(epoch).await {
                Ok(()) => renewed = Instant::now(),
                Err(error @ (LeaseError::HeldBy(_) | LeaseError::Acknowledged(_))) => return error,
                Err(error) => tracing::warn!(error = %ErrorChain(&error), "the lease was not renewed"),
            }
            if renewed.elapsed() >= self.duration * 2 / 3 {
                return LeaseError::Lost;
            }
        }
    }

    async fn renew(&self, epoch: &Epoch) -> Result<(), LeaseError> {
        let mut lease = attempt(self.api.get(NAME)).await?;
        let number = i32::try_from(epoch.number).unwrap_or(i32::MAX);
        let spec = lease.spec.clone().unwrap_or_default();
        if spec.holder_identity.as_deref() != Some(&self.holder) || spec.lease_transitions != Some(number) {
            return Err(LeaseError::HeldBy(spec.holder_identity.unwrap_or_default()));
        }
        let acknowledged = acknowledged(&lease);
        if acknowledged >= number {
            tracing::warn!(acknowledged, number, "an administrator acknowledged a higher epoch");
            return Err(LeaseError::Acknowledged(acknowledged));
        }
        lease.spec = Some(LeaseSpec { renew_time: Some(now()), ..spec });
        attempt(self.api.replace(NAME, &PostParams::default(), &lease)).await?;
        Ok(())
    }

    /// Gives the Lease up, so that the peer need not wait.
    pub async fn release(&self, epoch: &Epoch) {
        let result = async {
            let mut lease = attempt(self.api.get(NAME)).await?;
            let spec = lease.spec.clone().unwrap_or_default();
            if spec.holder_identity.as_deref() == Some(epoch.holder.as_str()) {
                lease.spec = Some(LeaseSpec { holder_identity: None, renew_time: None, ..spec });
                attempt(self.api.replace(NAME, &PostParams::default(), &lease)).await?;
            }
            Ok::<(), LeaseError>(())
        };
        if let Err(error) = result.await {
            tracing::warn!(error = %ErrorChain(&error), "the lease was not released");
        }
    }

    fn spec(&self, number: i32) -> LeaseSpec {
        LeaseSpec {
            holder_identity: Some(self.holder.clone()),
            lease_duration_seconds: i32::try_from(self.duration.as_secs()).ok(),
            lease_transitions: Some(number),
            acquire_time: Some(now()),
            renew_time: Some(now()),
            ..LeaseSpec::default()
        }
    }

    fn epoch(&self, number: i32) -> Epoch {
        let number = u64::try_from(number).unwrap_or_default();
        Epoch { lineage: self.lineage.clone(), number, holder: self.holder.clone() }
    }
}

/// The epoch that an administrator acknowledged after `EpochWentBack`; 0 = none.
fn acknowledged(lease: &Lease) -> i32 {
    let value = lease.annotations().get(scaleout_api::annotations::ACKNOWLEDGE_EPOCH);
    value.and_then(|value| value.parse().ok()).unwrap_or_default()
}

fn now() -> MicroTime {
    MicroTime(Timestamp::from_millisecond(clock::now_unix_ms()).unwrap_or(Timestamp::UNIX_EPOCH))
}

async fn attempt<T>(call: impl Future<Output = Result<T, kube::Error>>) -> Result<T, LeaseError> {
    match timeout(ATTEMPT, call).await {
        Ok(result) => Ok(result?),
        Err(_) => Err(LeaseError::Unanswered),
    }
}

/// An error with its sources, joined by colons: for logs.
pub struct ErrorChain<'a>(pub &'a dyn std::error::Error);

impl std::fmt::Display for ErrorChain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}
