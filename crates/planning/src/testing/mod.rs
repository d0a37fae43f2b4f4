//! A small site for tests: nodes QRY1 and QRY2 (a named instance), a worker on PKG1; empty, or converged.

mod converged;
mod desired;
mod empty;
mod facts;

pub(crate) use converged::converged;
pub(crate) use desired::{desired_group, desired_master, desired_worker, teardown};
pub(crate) use empty::empty;
pub(crate) use facts::{catalog, database, group, instance, node, service, settings, stored};

use scaleout_model::certificate::Thumbprint;
use scaleout_model::desired::Policy;
use scaleout_model::fact::{CauseKind, Fact};
use scaleout_model::fence::{Kind, Owner};
use scaleout_model::names::{NodeName, ReplicaName};
use scaleout_model::secret::SecretHandle;

/// The replicas: a default and a named instance.
pub(crate) const REPLICAS: [&str; 2] = ["QRY1", r"QRY2\ETL"];
/// The nodes of the replicas and of the master.
pub(crate) const NODES: [&str; 2] = ["QRY1", "QRY2"];
/// The worker's node.
pub(crate) const WORKER: &str = "PKG1";
/// Id of the availability group.
pub(crate) const GROUP_ID: &str = "6a1f";
/// WorkerAgentId of the worker.
pub(crate) const AGENT_ID: &str = "0f0f0f0f-0000-4000-8000-000000000001";
/// Account of the instances.
pub(crate) const ENGINE_ACCOUNT: &str = r"CORP\sql-engine";
/// Account of the master.
pub(crate) const MASTER_ACCOUNT: &str = r"CORP\is-master";
/// Account of the worker.
pub(crate) const WORKER_ACCOUNT: &str = r"CORP\is-worker";
/// SID of the master's account.
pub(crate) const MASTER_SID: &str = "0105AA";
/// SID of the operator's login.
pub(crate) const OPERATOR_SID: &str = "A1";
/// SID of the log login's user.
pub(crate) const LOG_SID: &str = "C3";
/// SID of the clean-up login.
pub(crate) const CLEANUP_SID: &str = "D4";
/// Hash of the catalog's assembly.
pub(crate) const ASSEMBLY: &str = "ABCDEF";
/// When the site was observed, unix milliseconds.
pub(crate) const NOW: i64 = 1_900_000_000_000;
/// A certificate of `PKG1`, made for these tests; it lives for a hundred years.
pub(crate) const WORKER_PEM: &str = include_str!("pkg1.pem");

/// The master's certificate.
pub(crate) fn master_thumbprint() -> Thumbprint {
    Thumbprint::from_bytes([0x11; Thumbprint::BYTES])
}

/// The worker's certificate.
pub(crate) fn worker_thumbprint() -> Thumbprint {
    Thumbprint::from_bytes([0x22; Thumbprint::BYTES])
}

/// A replica by its index.
pub(crate) fn replica(index: usize) -> ReplicaName {
    ReplicaName::new(REPLICAS[index])
}

/// A node by its name.
pub(crate) fn name(node: &str) -> NodeName {
    NodeName::new(node)
}

/// A value of a Secret.
pub(crate) fn handle(name: &str, key: &str) -> SecretHandle {
    SecretHandle {
        name: name.into(),
        key: key.into(),
        uid: format!("uid-{name}"),
        resource_version: "1".into(),
    }
}

/// The owner of a kind.
pub(crate) fn owner(kind: Kind) -> Owner {
    let name = match kind {
        Kind::SsisdbAvailabilityGroup => "catalog",
        Kind::ScaleOutMaster => "master",
        Kind::ScaleOutWorker => "pkg1",
    };
    Owner { kind, namespace: "etl".into(), name: name.into(), uid: format!("uid-{name}"), generation: 3 }
}

/// A policy that enforces and may disrupt.
pub(crate) fn policy(kind: Kind) -> Policy {
    Policy {
        owner: owner(kind),
        enforce: true,
        disruption_allowed: true,
        manage_firewall: true,
        failover_cluster: Some("FC9".into()),
        quiet_timeout_seconds: None,
    }
}

/// A fact that could not be read.
pub(crate) fn unknown<T>() -> Fact<T> {
    Fact::unknown(CauseKind::Unreachable, "no answer")
}
