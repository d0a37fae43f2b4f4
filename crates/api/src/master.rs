//! ScaleOutMaster: the Scale Out Master as a clustered role on an availability group's nodes.

use kube::{CustomResource, KubeSchema};
use scaleout_model::defaults;
use scaleout_model::version::SqlVersion;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::account::{Empty, ServiceAccount};
use crate::certificate::Certificate;
use crate::firewall::Firewall;
use crate::installation::Installation;
use crate::master_status::ScaleOutMasterStatus;
use crate::node::MasterNode;
use crate::policy::Policy;
use crate::quiet::Quiet;
use crate::references::{AvailabilityGroupRef, FailoverCluster, SecretRef};
use crate::rules;

/// What one Scale Out Master should be.
#[derive(CustomResource, KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "scaleout.ssis.dev",
    version = "v1alpha1",
    kind = "ScaleOutMaster",
    namespaced,
    status = "ScaleOutMasterStatus",
    shortname = "som",
    category = "ssis",
    derive = "PartialEq",
    doc = "The Integration Services Scale Out Master as a clustered role that fails over between nodes.",
    selectable = ".spec.mode",
    selectable = ".spec.availabilityGroupRef.name",
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].status"#
    ),
    printcolumn(
        name = "Reason",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].reason"#
    ),
    printcolumn(name = "Owner", type_ = "string", json_path = ".status.ownerNode"),
    printcolumn(name = "Mode", type_ = "string", json_path = ".spec.mode"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    printcolumn(name = "Endpoint", type_ = "string", priority = 1, json_path = ".status.outputs.endpoint"),
    printcolumn(name = "Plan", type_ = "string", priority = 1, json_path = ".status.plan.digest")
)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = rules::CLUSTER_IN_ENFORCE,
    validation = rules::CLUSTER_STAYS,
    validation = ("!has(self.clusteredRole.preferredOwners) || self.clusteredRole.preferredOwners.all(o, \
        self.nodes.exists(n, n.name.lowerAscii() == o.lowerAscii()))",
        "clusteredRole.preferredOwners must be names of nodes")
)]
pub struct ScaleOutMasterSpec {
    /// Mode, suspend, disruption and deletionPolicy.
    #[serde(flatten)]
    pub policy: Policy,
    /// The SsisdbAvailabilityGroup that holds the catalog.
    pub availability_group_ref: AvailabilityGroupRef,
    /// The failover cluster whose members the nodes are; the same as the group's. Required in mode Enforce; it
    /// is compared with what every node reports before any write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failover_cluster: Option<FailoverCluster>,
    /// SQL Server version of the Scale Out feature: `2017`, `2019` or `2022`. Absent: discovered on the nodes;
    /// if given, a difference is Blocked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sql_server_version: Option<SqlServerVersion>,
    /// The nodes that can own the role, by name. Other nodes are no possible owners of a role that is created;
    /// in one that was found they are left and reported as Unmanaged.
    #[schemars(length(min = 1, max = crate::limits::NODES),
        extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    #[x_kube(validation = rules::NODES_DIFFER, validation = rules::AGENTS_DIFFER)]
    pub nodes: Vec<MasterNode>,
    /// The clustered role with its client access point.
    pub clustered_role: ClusteredRole,
    /// The master's endpoint. Default: {port: 8391}.
    #[serde(default)]
    pub endpoint: MasterEndpoint,
    /// The account of the master's service, the same on every node.
    pub service_account: ServiceAccount,
    /// The master's certificate, the same on every node; the client access point's DNS name must be one of
    /// its names.
    pub certificate: Certificate,
    /// Installation of the Scale Out Master feature on the nodes. Default: {policy: Never}.
    #[serde(default)]
    pub installation: Installation,
    /// The login with which workers write execution logs.
    pub execution_logging: ExecutionLogging,
    /// Firewall rules for the endpoint's port. Absent: the firewall is left as found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub firewall: Option<Firewall>,
    /// How long a restart of the service waits for running Scale Out tasks. Absent: for ever, Stalled with
    /// reason TasksRunning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quiet: Option<Quiet>,
    /// Keys of MasterSettings.config. Absent members are left as found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settings: Option<MasterSettings>,
}

/// A SQL Server version with Scale Out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SqlServerVersion {
    /// Folder 140.
    #[serde(rename = "2017")]
    V2017,
    /// Folder 150.
    #[serde(rename = "2019")]
    V2019,
    /// Folder 160.
    #[serde(rename = "2022")]
    V2022,
}

impl From<SqlServerVersion> for SqlVersion {
    fn from(version: SqlServerVersion) -> Self {
        match version {
            SqlServerVersion::V2017 => Self::V2017,
            SqlServerVersion::V2019 => Self::V2019,
            SqlServerVersion::V2022 => Self::V2022,
        }
    }
}

/// The role (group) of the failover cluster that holds the Scale Out Master as a generic service.
#[derive(Clone, Debug, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusteredRole {
    /// Name of the role, 1–128 characters, unique in the failover cluster. Immutable.
    #[x_kube(validation = ("self == oldSelf", "clusteredRole.name is immutable"))]
    #[schemars(schema_with = "crate::formats::printable")]
    pub name: String,
    /// The network name and addresses under which workers reach the master.
    pub client_access_point: ClientAccessPoint,
    /// Names of nodes on which the role should rather run; a set, each a name of `nodes`. Absent: left as
    /// found; a role that we create has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "crate::formats::node_names")]
    pub preferred_owners: Option<Vec<String>>,
}

/// Network name and addresses of the role.
#[derive(Clone, Debug, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientAccessPoint {
    /// First label of the DNS name, 1–63 characters. A new name over 15 characters must differ from others in
    /// the first 15; it must not be the listener's.
    #[schemars(schema_with = "crate::formats::label")]
    pub name: String,
    /// DNS domain of the name: the master's endpoint is https://NAME.SUFFIX:PORT.
    #[schemars(schema_with = "crate::formats::host")]
    pub dns_suffix: String,
    /// Static addresses, one per subnet; the mask is that of the one cluster network that contains it.
    #[schemars(length(min = 1, max = crate::limits::ADDRESSES),
        extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["ip"]))]
    pub addresses: Vec<RoleAddress>,
}

/// An address of the client access point.
#[derive(Clone, Debug, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleAddress {
    /// IPv4 address.
    #[schemars(schema_with = "crate::formats::ipv4")]
    pub ip: String,
}

/// The master's HTTPS endpoint.
#[derive(Clone, Debug, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MasterEndpoint {
    /// TCP port of the endpoint, the same on every node. Default: 8391.
    #[serde(default = "master_port")]
    #[schemars(range(min = 1, max = 65535))]
    pub port: i32,
}

fn master_port() -> i32 {
    i32::from(defaults::MASTER_PORT)
}

impl Default for MasterEndpoint {
    fn default() -> Self {
        Self { port: master_port() }
    }
}

/// The login of the execution log: the same SID and password on every replica.
#[derive(Clone, Debug, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = (
    "[has(self.loginSecretRef), has(self.adopt)].filter(m, m).size() == 1",
    "executionLogging needs exactly one of loginSecretRef and adopt"
))]
pub struct ExecutionLogging {
    /// An Opaque Secret whose key `password` is the log login's password. It is proved before it is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub login_secret_ref: Option<SecretRef>,
    /// The login stays as it is. It must be equal on all replicas already: a difference is Blocked with
    /// LogLoginSidMismatch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adopt: Option<Empty>,
}

/// Keys of MasterSettings.config; absent members are left as found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MasterSettings {
    /// Milliseconds between the master's heartbeats in the catalog (MasterHeartbeatIntervalInMs). Absent: left
    /// as found; set-up writes 30000.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1000, max = 3_600_000))]
    pub master_heartbeat_interval_milliseconds: Option<i32>,
    /// Seconds that the master waits for a connection to the listener (SqlConnectionTimeoutInSecs). Absent:
    /// left as found; set-up writes 15.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 3600))]
    pub sql_connection_timeout_seconds: Option<i32>,
    /// Milliseconds between clean-ups of completed jobs (CleanupCompletedJobsIntervalInMs). Absent: left as
    /// found; set-up writes 43200000 (12 hours).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 60_000, max = 2_147_483_647))]
    pub cleanup_completed_jobs_interval_milliseconds: Option<i32>,
    /// Milliseconds between looks at tasks whose lease ran out (DealWithExpiredTasksIntervalInMs). Absent: left
    /// as found; set-up writes 300000 (5 minutes).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 10_000, max = 2_147_483_647))]
    pub deal_with_expired_tasks_interval_milliseconds: Option<i32>,
}
