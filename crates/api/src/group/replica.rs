//! A replica: its instance, its node, its address and its options.

use kube::KubeSchema;
use scaleout_model::defaults;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::node::AgentEndpoint;

/// When the primary waits for a replica (`AVAILABILITY_MODE`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum AvailabilityMode {
    /// Commits wait for the replica.
    SynchronousCommit,
    /// Commits do not wait.
    AsynchronousCommit,
}

/// Who starts a failover to a replica (`FAILOVER_MODE`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum FailoverMode {
    /// The failover cluster.
    Automatic,
    /// An administrator.
    Manual,
}

/// How a database gets to a replica (`SEEDING_MODE`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SeedingMode {
    /// SQL Server streams it.
    Automatic,
    /// An administrator restores it.
    Manual,
}

/// Who may connect to a secondary (`SECONDARY_ROLE (ALLOW_CONNECTIONS)`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ReadableSecondary {
    /// Nobody.
    No,
    /// Clients that say they only read.
    ReadOnly,
    /// Everybody.
    All,
}

/// A machine that hosts a replica's instance.
#[derive(Clone, Debug, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplicaHost {
    /// Computer name of the node, without a domain; compared with what the agent reports before any write.
    #[schemars(schema_with = "crate::formats::label")]
    pub node: String,
    /// The agent on this node.
    pub agent: AgentEndpoint,
}

/// Where the controller reaches an instance.
#[derive(Clone, Debug, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SqlAddress {
    /// DNS name of the instance's machine, a name in the instance's certificate.
    #[schemars(schema_with = "crate::formats::host")]
    pub host: String,
    /// TCP port of the instance. Default: 1433.
    #[serde(default = "sql_port")]
    #[schemars(range(min = 1, max = 65535))]
    pub port: i32,
}

fn sql_port() -> i32 {
    i32::from(defaults::SQL_PORT)
}

/// One availability replica. Options that are absent are left as found.
#[derive(Clone, Debug, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = (
    "!has(self.failoverMode) || self.failoverMode != 'Automatic' || !has(self.availabilityMode) || \
     self.availabilityMode != 'AsynchronousCommit'",
    "failoverMode Automatic needs availabilityMode SynchronousCommit"
))]
pub struct Replica {
    /// Name of the replica in this spec and in status; a DNS label, usually the computer name.
    #[schemars(schema_with = "crate::formats::label")]
    pub name: String,
    /// The instance as `@@SERVERNAME` says it: `MACHINE` or `MACHINE\INSTANCE`. Immutable.
    #[x_kube(validation = ("self == oldSelf", "the instance of a replica is immutable"))]
    #[schemars(schema_with = "crate::formats::instance")]
    pub instance: String,
    /// The machines that host the instance: one entry, a stand-alone instance.
    #[schemars(length(min = 1, max = crate::limits::HOSTS),
        extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["node"]))]
    pub hosts: Vec<ReplicaHost>,
    /// Where the controller reaches the instance.
    pub sql: SqlAddress,
    /// `SynchronousCommit` or `AsynchronousCommit`. Absent: left as found; a replica that we add gets
    /// SynchronousCommit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub availability_mode: Option<AvailabilityMode>,
    /// `Automatic` or `Manual`. Automatic is set last, once the catalog's support for Always On is proved on
    /// the replica. Absent: left as found; a replica that we add gets Manual.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failover_mode: Option<FailoverMode>,
    /// `Automatic` or `Manual`. Absent: left as found; a replica that we add gets Automatic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seeding_mode: Option<SeedingMode>,
    /// Weight of this replica for backups, 0 (never) to 100. Absent: left as found; a replica that we add
    /// gets 50.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100))]
    pub backup_priority: Option<i32>,
    /// Seconds without an answer after which the connection between replicas counts as lost; 10 or more is
    /// wise. Absent: left as found; a replica that we add gets 10.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 5, max = 3600))]
    pub session_timeout_seconds: Option<i32>,
    /// Who may read while it is secondary: `No`, `ReadOnly` or `All`. Absent: left as found; a replica that
    /// we add gets No.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub readable_secondary: Option<ReadableSecondary>,
}
