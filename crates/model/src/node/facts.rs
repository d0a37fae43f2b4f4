//! What a node agent reports of its node (`GET /v1/facts`).

use super::ClusterFacts;
use crate::certificate::Thumbprint;
use crate::fact::Fact;
use crate::fence::{Epoch, Kind};
use crate::names::{AccountName, DnsName, InstanceName, MediaKey, NodeName};
use crate::version::SqlVersion;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Everything that the agent reports of its node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeFacts {
    /// Computer name (NetBIOS).
    pub computer_name: NodeName,
    /// Fully qualified DNS name.
    pub dns_name: DnsName,
    /// The node's clock, unix milliseconds.
    pub clock_unix_ms: i64,
    /// The agent's own state; filled by the agent, not by its host.
    pub agent: AgentFacts,
    /// Whether Windows waits for a restart.
    pub pending_reboot: Fact<bool>,
    /// The failover cluster; Absent: clustering is not installed or not configured.
    pub cluster: Fact<ClusterFacts>,
    /// SQL Server instances installed here.
    pub engines: Fact<Vec<EngineFacts>>,
    /// Integration Services features installed here.
    pub features: Fact<Vec<FeatureFacts>>,
    /// Scale Out services, found by the prefixes `SSISScaleOutMaster` and `SSISScaleOutWorker`.
    pub services: Fact<Vec<ServiceFacts>>,
    /// `LocalMachine\Root` and `LocalMachine\My`.
    pub certificates: Fact<Vec<StoredCertificate>>,
    /// HTTP.sys TLS bindings on 0.0.0.0.
    pub bindings: Fact<Vec<TlsBinding>>,
    /// HTTP.sys URL reservations for `/ClusterManagement/`.
    pub reservations: Fact<Vec<UrlReservation>>,
    /// Inbound firewall rules of our group.
    pub firewall: Fact<Vec<FirewallRule>>,
    /// Settings files of installed Scale Out features.
    pub settings: Fact<Vec<SettingsFacts>>,
    /// Schannel's `ClientAuthTrustMode`; Absent = Windows' default.
    pub client_auth_trust_mode: Fact<u32>,
}

/// The agent's own state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentFacts {
    /// The agent's version.
    pub version: String,
    /// The highest epoch seen, kept durably.
    pub epoch: Option<Epoch>,
    /// Kubernetes namespaces that the agent serves.
    pub served_namespaces: Vec<String>,
    /// Ownership claims, one per role of the node.
    pub claims: Vec<Claim>,
    /// Ops that run now.
    pub running: Vec<RunningOp>,
    /// Keys of the installation media that the agent's configuration names.
    pub media: Vec<MediaKey>,
}

/// A role that a node can play, and for which one object may claim it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ClaimRole {
    /// Hosts an availability replica.
    Replica,
    /// Can own the Scale Out Master role.
    MasterNode,
    /// Is a Scale Out Worker.
    Worker,
}

/// One object's claim on a role of the node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Claim {
    /// The node's role.
    pub role: ClaimRole,
    /// Which Kubernetes (uid of `kube-system`).
    pub lineage: String,
    /// Namespace of the holder.
    pub namespace: String,
    /// Kind of the holder.
    pub kind: Kind,
    /// Name of the holder.
    pub name: String,
}

/// An op that runs now at an agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunningOp {
    /// The op's name ([`super::NodeOp::name`]).
    pub op: String,
    /// Whether it disrupts service.
    pub disruptive: bool,
    /// On whose behalf: `namespace/kind/name`.
    pub owner: String,
    /// What it is doing, for people.
    pub progress: String,
}

/// A SQL Server instance installed on the node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EngineFacts {
    /// The instance.
    pub instance: InstanceName,
    /// Its product version, `15.0.4355.3`.
    pub product_version: String,
    /// State of its service.
    pub state: ServiceState,
    /// When it was started last, unix milliseconds by the node's clock; `None` when it does not run.
    pub started_unix_ms: Option<i64>,
    /// Account of its service.
    pub account: AccountName,
    /// Authentication mode from the registry; a change takes effect at the next start.
    pub login_mode: LoginMode,
    /// Whether Always On is switched on in its configuration (shows after a restart).
    pub hadr_enabled: bool,
    /// State of its SQL Server Agent.
    pub sql_agent: ServiceState,
    /// Start type of its SQL Server Agent.
    pub sql_agent_start: StartType,
}

/// Authentication mode of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum LoginMode {
    /// Windows and SQL authentication.
    Mixed,
    /// Windows authentication only.
    WindowsOnly,
}

/// An Integration Services feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Feature {
    /// Integration Services.
    IntegrationServices,
    /// Scale Out Master (setup feature `IS_Master`).
    ScaleOutMaster,
    /// Scale Out Worker (setup feature `IS_Worker`).
    ScaleOutWorker,
}

/// An installed feature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FeatureFacts {
    /// Which.
    pub feature: Feature,
    /// Of which major version.
    pub version: SqlVersion,
}

/// State of a Windows service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ServiceState {
    /// Stopped.
    Stopped,
    /// Starting, stopping, pausing.
    Pending,
    /// Running.
    Running,
}

/// Start type of a Windows service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum StartType {
    /// At boot.
    Automatic,
    /// On demand.
    Manual,
    /// Never.
    Disabled,
}

/// A Scale Out service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServiceFacts {
    /// Key name, as discovered.
    pub name: String,
    /// Which feature it belongs to (master or worker).
    pub feature: Feature,
    /// Of which major version (the suffix of the key name).
    pub version: SqlVersion,
    /// State.
    pub state: ServiceState,
    /// Start type.
    pub start_type: StartType,
    /// Account.
    pub account: AccountName,
    /// Whether the service control manager restarts it by itself.
    pub recovery_actions: bool,
    /// When it was started last, unix milliseconds; `None` when it does not run.
    pub started_unix_ms: Option<i64>,
}

/// A certificate store of the local machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Store {
    /// Trusted Root Certification Authorities.
    Root,
    /// Personal.
    My,
}

/// A certificate in a store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StoredCertificate {
    /// The store.
    pub store: Store,
    /// SHA-1 thumbprint.
    pub thumbprint: Thumbprint,
    /// The public part, PEM.
    pub pem: String,
    /// Whether issuer equals subject.
    pub self_signed: bool,
    /// Whether the private key is there.
    pub has_private_key: bool,
    /// Accounts that were granted to read the private key.
    pub key_readers: Vec<AccountName>,
    /// The object that put it there by us, `namespace/kind/name`; `None`: not ours.
    pub placed_for: Option<String>,
}

/// An HTTP.sys TLS binding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TlsBinding {
    /// Port on 0.0.0.0.
    pub port: u16,
    /// Thumbprint of the certificate.
    pub thumbprint: Thumbprint,
    /// Store that the certificate is looked up in.
    pub store: Store,
}

/// An HTTP.sys URL reservation `https://+:port/ClusterManagement/`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UrlReservation {
    /// Port.
    pub port: u16,
    /// Account that may listen.
    pub account: AccountName,
}

/// An inbound firewall rule of our group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FirewallRule {
    /// Rule name.
    pub name: String,
    /// TCP port that it allows.
    pub port: u16,
    /// Whether it is on.
    pub enabled: bool,
}

/// A settings file of a Scale Out feature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SettingsFacts {
    /// Master or worker.
    pub feature: Feature,
    /// Of which major version.
    pub version: SqlVersion,
    /// SHA-256 of the bytes, hex.
    pub digest: String,
    /// Format; `None`: neither JSON nor XML, never written by us.
    pub format: Option<SettingsFormat>,
    /// Values by key as they stand in the file.
    pub values: BTreeMap<String, String>,
    /// Last change of the file, unix milliseconds.
    pub modified_unix_ms: i64,
}

/// Format of a settings file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum SettingsFormat {
    /// A JSON object.
    Json,
    /// XML.
    Xml,
}
