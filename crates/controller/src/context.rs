//! What every pass shares.

use crate::holds::Holds;
use crate::metrics::Metrics;
use crate::secrets::SecretStore;
use crate::slots::Slots;
use crate::triggers::Triggers;
use kube::runtime::events::Recorder;
use kube::runtime::reflector::Store;
use kube::{Client, ResourceExt as _};
use scaleout_api::{ScaleOutMaster, ScaleOutWorker, SiteObject, SsisdbAvailabilityGroup, conditions};
use scaleout_execution::execute::Writers;
use scaleout_execution::fence::Leadership;
use scaleout_execution::observe::Readers;
use scaleout_execution::ports::{EndpointPort, NodePort, SqlPort};
use scaleout_execution::recent::Recent;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

/// The objects of one namespace, as their watches keep them.
#[derive(Clone)]
pub struct Stores {
    /// Groups.
    pub groups: Store<SsisdbAvailabilityGroup>,
    /// Masters.
    pub masters: Store<ScaleOutMaster>,
    /// Workers.
    pub workers: Store<ScaleOutWorker>,
}

/// After this long a watch that does not bring our write is believed all the same: a restored etcd counts anew.
const WATCH_DEADLINE: Duration = Duration::from_secs(5);

/// Age up to which reads are shared by objects at rest: less than their pause between passes, so that each of these still
/// sees something new.
const AT_REST: Duration = Duration::from_secs(15);

/// A clock: now, unix milliseconds.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// Shared by all loops of one namespace.
pub struct Context {
    /// Kubernetes.
    pub client: Client,
    /// Agents.
    pub nodes: Arc<dyn NodePort>,
    /// SQL Server.
    pub sql: Arc<dyn SqlPort>,
    /// The master endpoint.
    pub endpoint: Arc<dyn EndpointPort>,
    /// Secrets.
    pub secrets: SecretStore,
    /// The term in which this process leads.
    pub leadership: Arc<Leadership>,
    /// Objects.
    pub stores: Stores,
    /// Ops that were refused for good.
    pub holds: Holds,
    /// Disruptive slots that a pass of this process holds.
    pub slots: Slots,
    /// What was read a moment ago.
    pub recent: Arc<Recent>,
    /// The version of each object at its last pass, by uid.
    pub passed: Mutex<HashMap<String, String>>,
    /// Failures in a row, by object.
    pub failures: Mutex<HashMap<String, u32>>,
    /// The last version of each object's status that we wrote, by uid.
    pub written: Mutex<HashMap<String, (u64, Instant)>>,
    /// Agents' events.
    pub triggers: Triggers,
    /// Kubernetes events.
    pub recorder: Recorder,
    /// Metrics.
    pub metrics: Arc<Metrics>,
    /// Now, unix milliseconds.
    pub clock: Clock,
}

impl Context {
    /// The ports that reading needs; reads up to this age are good enough.
    pub fn readers(&self, not_older: Duration) -> Readers<'_> {
        Readers { nodes: self.nodes.as_ref(), sql: self.sql.as_ref(), recent: &self.recent, not_older }
    }

    /// Age up to which reads are good enough for an object: one at rest, that nobody touched since its last pass, shares those
    /// of others; any other reads anew.
    pub fn good_enough<K: SiteObject>(&self, object: &K) -> Duration {
        let is_ready = object.convergence().and_then(|status| status.condition(conditions::READY));
        let is_ready = object.is_observed() && is_ready.is_some_and(|ready| ready.status == "True");
        let last = object.uid().and_then(|uid| self.passed.lock().ok()?.get(&uid).cloned());
        if is_ready && last.is_some() && last == object.resource_version() { AT_REST } else { Duration::ZERO }
    }

    /// Remembers that this version of an object had its pass.
    pub fn remember_pass<K: SiteObject>(&self, object: &K) {
        if let (Some(uid), Some(version), Ok(mut passed)) =
            (object.uid(), object.resource_version(), self.passed.lock())
        {
            passed.insert(uid, version);
        }
    }

    /// The ports that writing needs.
    pub fn writers(&self) -> Writers<'_> {
        Writers { nodes: self.nodes.as_ref(), sql: self.sql.as_ref(), secrets: &self.secrets }
    }

    /// Remembers the version that a status write gave an object.
    pub fn remember_write(&self, uid: Option<String>, version: Option<String>) {
        let version = version.and_then(|version| version.parse().ok());
        if let (Some(uid), Some(version), Ok(mut written)) = (uid, version, self.written.lock()) {
            written.insert(uid, (version, Instant::now()));
        }
    }

    /// Whether a watch has not brought our own last write yet: evidence in it would be missing, and what it proves would be
    /// done again. (Versions of one resource compare as numbers since Kubernetes 1.35; before that by habit of etcd.)
    pub fn is_stale(&self, uid: Option<&str>, version: Option<&str>) -> bool {
        let seen: Option<u64> = version.and_then(|version| version.parse().ok());
        let written = self.written.lock().ok().and_then(|written| written.get(uid?).copied());
        matches!((seen, written), (Some(seen), Some((written, at))) if seen < written && at.elapsed() < WATCH_DEADLINE)
    }

    /// Counts failures in a row; `failed == false` resets.
    pub fn count_failures(&self, key: &str, failed: bool) -> u32 {
        let Ok(mut failures) = self.failures.lock() else { return 0 };
        if !failed {
            failures.remove(key);
            return 0;
        }
        let count = failures.entry(key.to_owned()).or_default();
        *count = count.saturating_add(1);
        *count
    }
}
