//! SsisdbAvailabilityGroup: SSISDB in an Always On availability group with a listener.

use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};

pub mod catalog;
pub mod listener;
pub mod options;
pub mod replica;
pub mod status;

pub use catalog::{Catalog, CatalogCreation, InitialBackup};
pub use listener::{Listener, StaticAddress};
pub use options::{AvailabilityGroup, MirroringEndpoint};
pub use replica::{Replica, ReplicaHost, SqlAddress};
pub use status::{GroupOutputs, ReplicaStatus, SsisdbAvailabilityGroupStatus};

use crate::firewall::Firewall;
use crate::policy::Policy;
use crate::quiet::Quiet;
use crate::references::{FailoverCluster, SecretRef};
use crate::rules;

use schemars::JsonSchema;

/// What one SSISDB availability group should be.
#[derive(CustomResource, KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "scaleout.ssis.dev",
    version = "v1alpha1",
    kind = "SsisdbAvailabilityGroup",
    namespaced,
    status = "SsisdbAvailabilityGroupStatus",
    shortname = "sag",
    category = "ssis",
    derive = "PartialEq",
    doc = "The SSIS catalog database (SSISDB) in an Always On availability group with a listener.",
    selectable = ".spec.mode",
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
    printcolumn(name = "Primary", type_ = "string", json_path = ".status.outputs.primaryReplica"),
    printcolumn(name = "Mode", type_ = "string", json_path = ".spec.mode"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    printcolumn(
        name = "Listener",
        type_ = "string",
        priority = 1,
        json_path = ".status.outputs.listenerHost"
    ),
    printcolumn(name = "Plan", type_ = "string", priority = 1, json_path = ".status.plan.digest")
)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = rules::CLUSTER_IN_ENFORCE,
    validation = rules::CLUSTER_STAYS,
    validation = ("self.replicas.all(r, r.sql.port != self.endpoint.port)",
        "endpoint.port must differ from the SQL port of every replica"),
    validation = ("!has(self.availabilityGroup.requiredSynchronizedSecondariesToCommit) || \
        self.availabilityGroup.requiredSynchronizedSecondariesToCommit < size(self.replicas)",
        "requiredSynchronizedSecondariesToCommit must be less than the number of replicas")
)]
pub struct SsisdbAvailabilityGroupSpec {
    /// Mode, suspend, disruption and deletionPolicy.
    #[serde(flatten)]
    pub policy: Policy,
    /// The failover cluster whose members the replicas' nodes are. Required in mode Enforce; it is compared
    /// with what every node reports before any write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failover_cluster: Option<FailoverCluster>,
    /// The availability group and its options.
    pub availability_group: AvailabilityGroup,
    /// The SSIS catalog. Default: {create: Never}, so that an existing catalog is only adopted.
    #[serde(default)]
    pub catalog: Catalog,
    /// The database mirroring endpoint that each replica has. Default: {port: 5022}.
    #[serde(default)]
    pub endpoint: MirroringEndpoint,
    /// The replicas, by name. If there is no group and no SSISDB yet, the first is the first primary.
    #[schemars(length(min = 1, max = crate::limits::REPLICAS),
        extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    #[x_kube(
        validation = ("self.all(a, self.exists_one(b, a.name.lowerAscii() == b.name.lowerAscii()))",
            "replica names must differ (case is ignored)"),
        validation = ("self.all(a, self.exists_one(b, a.instance.lowerAscii() == b.instance.lowerAscii()))",
            "replica instances must differ (case is ignored)"),
        validation = ("self.all(a, self.exists_one(b, a.sql.host.lowerAscii() == b.sql.host.lowerAscii()))",
            "replica SQL hosts must differ (case is ignored)"),
        validation = ("self.all(a, a.hosts.all(h, self.exists_one(b, b.hosts.exists(k, \
            k.node.lowerAscii() == h.node.lowerAscii()))))",
            "a node may host one replica only (case is ignored)"),
        validation = ("self.all(a, a.hosts.all(h, self.exists_one(b, b.hosts.exists(k, \
            k.agent.endpoint.lowerAscii() == h.agent.endpoint.lowerAscii()))))",
            "agent endpoints must differ (case is ignored)")
    )]
    pub replicas: Vec<Replica>,
    /// The listener: the name under which the master and SSIS clients reach the primary.
    pub listener: Listener,
    /// The SQL logins that the controller uses.
    pub sql_authentication: SqlAuthentication,
    /// TLS of the controller's connections to SQL Server.
    pub sql_tls: SqlTls,
    /// Firewall rules for the SQL, endpoint and listener ports. Absent: the firewall is left as found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub firewall: Option<Firewall>,
    /// How long a restart of an instance waits for running Scale Out tasks. Absent: for ever, Stalled with
    /// reason TasksRunning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quiet: Option<Quiet>,
}

/// Logins of the controller on every instance of the group, with one SID everywhere.
#[derive(Clone, Debug, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SqlAuthentication {
    /// A kubernetes.io/basic-auth Secret (`username`, `password`): the login that writes. Without it every
    /// write to SQL Server is Blocked with SecretRequired; mode Observe does not need it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator_secret_ref: Option<SecretRef>,
    /// A kubernetes.io/basic-auth Secret (`username`, `password`): the login that only reads. Absent: the
    /// operator's login reads, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observer_secret_ref: Option<SecretRef>,
}

/// How a connection to SQL Server is encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SqlEncryption {
    /// TLS inside TDS 7.
    #[default]
    Mandatory,
    /// TDS 8 over TLS, SQL Server 2022 or later.
    Strict,
}

/// TLS of the controller's connections; the server's certificate is always verified.
#[derive(Clone, Debug, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SqlTls {
    /// `Mandatory`: TLS inside TDS 7, every version. `Strict`: TDS 8, SQL Server 2022 or later. Both verify
    /// the server's certificate against the CA and the host of `sql`. Default: Mandatory.
    #[serde(default)]
    pub encryption: SqlEncryption,
    /// An Opaque Secret whose key `ca.crt` holds the PEM certificates of the CAs that signed the instances'
    /// certificates.
    pub ca_secret_ref: SecretRef,
}
