//! Effects: one primitive change each, at the granularity of a host call or a SQL statement.

use crate::sql_effect::SqlEffect;
use crate::state::{Bytes, Secret};
use scaleout_model::certificate::Thumbprint;
use scaleout_model::names::{AccountName, InstanceName, MediaKey, NodeName, RoleName};
use scaleout_model::node::{Feature, StartType, Store};
use scaleout_model::version::SqlVersion;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// A change of the site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// A call on a machine.
    Node(NodeName, NodeEffect),
    /// A call on the failover cluster, made on one of its members.
    Cluster(NodeName, ClusterEffect),
    /// A statement on an instance.
    Sql(SqlEffect),
    /// A field set by hand: JSON pointer into [`crate::Site`] and new value.
    Set(String, serde_json::Value),
    /// A field taken away by hand: JSON pointer.
    Unset(String),
    /// Something that happens to the site, with its name and target; done by [`crate::control`].
    Control(ControlEffect),
}

/// A call on a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the arguments of the Windows call that each variant names")]
pub enum NodeEffect {
    /// `StartServiceW`.
    StartService { service: String },
    /// `ControlService(STOP)`.
    StopService { service: String },
    /// `ChangeServiceConfigW`, start type.
    SetStartType { service: String, start_type: StartType },
    /// `ChangeServiceConfig2W(SERVICE_CONFIG_FAILURE_ACTIONS)` with none.
    ClearRecoveryActions { service: String },
    /// `ChangeServiceConfigW`, account and password.
    SetServiceAccount { service: String, account: AccountName, password: Option<Secret> },
    /// `LsaAddAccountRights(SeServiceLogonRight)`.
    GrantServiceLogonRight { account: AccountName },
    /// `CertAddCertificateContextToStore(REPLACE_EXISTING)`; a key comes to it if given.
    AddCertificate { store: Store, der: Bytes, key: Option<Secret> },
    /// `CertDeleteCertificateFromStore`.
    DeleteCertificate { store: Store, thumbprint: Thumbprint },
    /// DACL of the private key.
    GrantKeyRead { store: Store, thumbprint: Thumbprint, account: AccountName },
    /// `HttpSetServiceConfiguration(HttpServiceConfigSSLCertInfo)`; 183 if the port has one.
    AddBinding { port: u16, thumbprint: Thumbprint, store: Store },
    /// `HttpDeleteServiceConfiguration(HttpServiceConfigSSLCertInfo)`.
    DeleteBinding { port: u16 },
    /// `HttpSetServiceConfiguration(HttpServiceConfigUrlAclInfo)`; 183 if the URL has one.
    AddReservation { port: u16, account: AccountName },
    /// `HttpDeleteServiceConfiguration(HttpServiceConfigUrlAclInfo)`.
    DeleteReservation { port: u16 },
    /// `ReplaceFileW` of a settings file, with backup.
    ReplaceSettings { feature: Feature, version: SqlVersion, bytes: Bytes },
    /// `INetFwRules`: creates or changes a rule.
    SetFirewallRule { name: String, group: String, port: u16, enabled: bool },
    /// `INetFwRules::Remove`, of a rule that was found in this group; none: nothing.
    DeleteFirewallRule { name: String, group: String },
    /// Starts `setup.exe`.
    StartInstall(InstallRequest),
    /// SQL WMI `ChangeHADRServiceSetting`.
    SetHadr { instance: InstanceName, enabled: bool },
    /// Stop and start of an instance, with its SQL Server Agent.
    RestartInstance { instance: InstanceName },
}

/// Arguments of an unattended set-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstallRequest {
    /// Master or worker.
    pub feature: Feature,
    /// Media.
    pub media: MediaKey,
    /// `/ISMASTERSVCPORT`, or the port of the endpoint that a worker calls.
    pub port: u16,
    /// `/ISMASTERSVCTHUMBPRINT`.
    pub thumbprint: Option<Thumbprint>,
    /// Host of `/ISWORKERSVCMASTER`.
    pub master_host: Option<String>,
    /// Certificate (DER) and key (PEM) that set-up makes itself: for a master without thumbprint, for a worker.
    pub made_certificate: Option<(Bytes, Secret)>,
}

/// A call on the failover cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the arguments of the clusapi call that each variant names")]
pub enum ClusterEffect {
    /// `CreateClusterGroupEx`.
    CreateGroup { group: RoleName },
    /// `CreateClusterResource`; type by its name.
    CreateResource { group: RoleName, resource: String, type_name: String },
    /// `CLUSCTL_RESOURCE_SET_PRIVATE_PROPERTIES`; numbers as decimal text.
    SetProperties { resource: String, properties: BTreeMap<String, String> },
    /// `SetClusterResourceDependencyExpression`.
    SetDependencies { resource: String, expression: String },
    /// `AddClusterResourceNode`.
    AddPossibleOwner { resource: String, node: NodeName },
    /// `RemoveClusterResourceNode`.
    RemovePossibleOwner { resource: String, node: NodeName },
    /// `SetClusterGroupNodeList`.
    SetPreferredOwners { group: RoleName, owners: Vec<NodeName> },
    /// `AutoFailbackType`.
    SetAutoFailback { group: RoleName, allowed: bool },
    /// `OnlineClusterGroup`.
    OnlineGroup { group: RoleName },
    /// `OfflineClusterGroup`.
    OfflineGroup { group: RoleName },
    /// `MoveClusterGroupEx`.
    MoveGroup { group: RoleName, to: NodeName },
    /// `OnlineClusterResource`.
    OnlineResource { resource: String },
    /// `OfflineClusterResource`.
    OfflineResource { resource: String },
    /// `DeleteClusterResource`.
    DeleteResource { resource: String },
    /// `DestroyClusterGroup`.
    DestroyGroup { group: RoleName },
}

/// Something that happens to the site from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant says what its fields are")]
pub enum ControlEffect {
    /// A machine loses power.
    StopNode { node: NodeName },
    /// A machine boots.
    StartNode { node: NodeName },
    /// A service is stopped and started by hand.
    RestartService { node: NodeName, service: String },
    /// `ALTER AVAILABILITY GROUP … FAILOVER` on the target.
    FailOver { group: scaleout_model::names::GroupName, to: scaleout_model::names::ReplicaName },
    /// An execution starts, and a worker holds its task.
    StartTask { worker: String },
    /// The tasks of a worker end, and it writes their log.
    EndTasks { worker: String },
}

/// What an effect came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Done.
    Done,
    /// It was so already.
    Unchanged,
    /// Accepted; its end shows later (997).
    Pending,
    /// Stored; in force at the resource's next online (5024).
    Stored,
}

/// Why an effect was refused; nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refused {
    /// Win32 code or HRESULT of a host call, error number of a SQL statement.
    pub code: i64,
    /// One sentence.
    pub message: String,
}

impl Refused {
    /// A refusal.
    pub fn new(code: impl Into<i64>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into() }
    }
}

/// On whose behalf an effect is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Origin {
    /// An agent's op.
    #[serde(rename_all = "camelCase")]
    Agent {
        /// The agent's machine.
        node: NodeName,
        /// The op and its owner, if the agent says so.
        owner: String,
    },
    /// A SQL session.
    #[serde(rename_all = "camelCase")]
    Sql {
        /// Login.
        login: String,
        /// `program_name`.
        program: String,
        /// `session_id`.
        session: i32,
    },
    /// By hand.
    Control,
}

/// An effect that changed the site. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EffectRecord {
    /// Number, from 1.
    pub number: u64,
    /// When, unix ms.
    pub at_ms: i64,
    /// On whose behalf.
    pub origin: Origin,
    /// Kind, `AddCertificate`.
    pub kind: String,
    /// Machine, cluster or instance.
    pub target: String,
    /// What it named.
    pub detail: String,
}

impl Effect {
    /// Kind: the variant's name.
    pub fn kind(&self) -> String {
        let debug = match self {
            Self::Node(_, effect) => format!("{effect:?}"),
            Self::Cluster(_, effect) => format!("{effect:?}"),
            Self::Sql(effect) => return effect.kind(),
            Self::Set(..) => "Set".to_owned(),
            Self::Unset(_) => "Unset".to_owned(),
            Self::Control(effect) => format!("{effect:?}"),
        };
        debug.chars().take_while(char::is_ascii_alphanumeric).collect()
    }

    /// Machine, cluster or instance.
    pub fn target(&self) -> String {
        match self {
            Self::Node(node, _) => node.to_string(),
            Self::Cluster(node, _) => format!("cluster (by {node})"),
            Self::Sql(effect) => effect.target(),
            Self::Set(..) | Self::Unset(_) | Self::Control(_) => "site".to_owned(),
        }
    }

    /// What it names; secrets are hidden by their own `Debug`.
    pub fn detail(&self) -> String {
        let debug = match self {
            Self::Node(_, effect) => format!("{effect:?}"),
            Self::Cluster(_, effect) => format!("{effect:?}"),
            Self::Sql(effect) => return effect.detail(),
            Self::Set(pointer, _) | Self::Unset(pointer) => return pointer.clone(),
            Self::Control(effect) => format!("{effect:?}"),
        };
        debug.trim_start_matches(|c: char| c.is_ascii_alphanumeric()).trim().to_owned()
    }
}

impl fmt::Display for EffectRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} {} {}", self.number, self.at_ms, self.kind, self.target, self.detail)
    }
}
