//! The site as plain data.

mod catalog;
mod cert;
mod cluster;
mod domain;
mod engine;
mod group;
mod job;
mod latency;
mod login;
mod lookup;
mod node;
mod secret;
mod sid;

pub use catalog::{
    Catalog, Execution, MASTER_PROPERTIES, MasterKey, Message, Task, WorkerAgent, assembly_of,
};
pub use cert::{CertificateFacts, CertificateStores, StoredCert, certificate_facts, der_of_pem, pem_of_der};
pub use cluster::{Cluster, Group, Member, Move, Network, Resource, ResourceKind};
pub use domain::{Account, AccountKind, ComputerObject, DnsRecord, Domain};
pub use engine::{
    Backup, Credential, Database, DatabaseContent, DatabaseState, DatabaseUser, Endpoint, EndpointState,
    ErrorLogLine, Instance, Procedure, RecoveryModel, Setting, TrustedAssembly,
};
pub use group::{
    AvailabilityGroup, ConnectError, DatabaseReplica, GroupOptions, Listener, Replica, ReplicaId, Seeding,
};
pub use job::{Job, JobStep, Schedule};
pub use latency::Latencies;
pub use login::{Login, LoginKind, LoginPassword, ServerPermission};
pub use lookup::instance_name;
pub use node::{
    Binding, Firewall, Install, InstalledFeature, Media, Node, Rule, Service, ServiceId, ServiceProgram,
    SettingsFile, StoredKeyPair, feature_key,
};
pub use secret::{Bytes, Secret};
pub use sid::{Sid, SidError};

use scaleout_model::names::{GroupName, NodeName};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A whole site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Site {
    /// Time, unix ms; only `tick` moves it.
    pub now_ms: i64,
    /// Counter from which GUIDs, SIDs and salts are made.
    pub counter: u64,
    /// The domain.
    pub domain: Domain,
    /// Machines.
    pub nodes: BTreeMap<NodeName, Node>,
    /// The failover cluster.
    pub cluster: Option<Cluster>,
    /// Availability groups, as the cluster's store has them.
    pub groups: BTreeMap<GroupName, AvailabilityGroup>,
    /// How long things take.
    pub latencies: Latencies,
    /// Pairs of machines that can't reach each other.
    #[serde(default)]
    pub cut_links: BTreeSet<(NodeName, NodeName)>,
}
