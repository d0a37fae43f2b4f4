//! What the three specs ask for, validated: no raw string below this line is illegal.

use crate::certificate::Thumbprint;
use crate::fence::Owner;
use crate::names::{AccountName, DnsName, GroupName, LoginName, MediaKey, NodeName, ReplicaName, RoleName};
use crate::secret::SecretHandle;
use crate::sql::{AvailabilityMode, FailoverMode, GroupOption, ReplicaOption, SeedingMode};
use crate::verdict::WaitingOn;
use crate::version::SqlVersion;
use std::collections::BTreeMap;

/// What all kinds share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The object.
    pub owner: Owner,
    /// Whether writes are allowed at all (`mode: Enforce`, not suspended).
    pub enforce: bool,
    /// Whether an instance restart, a role move or set-up beside running databases is allowed.
    pub disruption_allowed: bool,
    /// Whether our firewall rules are wanted.
    pub manage_firewall: bool,
    /// Name of the failover cluster; required before any write.
    pub failover_cluster: Option<String>,
    /// How long a restart or move waits for no task in flight; `None` = for ever.
    pub quiet_timeout_seconds: Option<u32>,
}

/// A secret that an op needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSlot {
    /// It is there.
    Present(SecretHandle),
    /// It is missing, or lacks its key; the sentence says which.
    Missing(String),
    /// Spec names none, in the field that the sentence says: what is there is taken as it is.
    Undeclared(String),
}

/// Account of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServiceAccount {
    /// A domain account with a password.
    Named {
        /// The account.
        account: AccountName,
        /// Its password.
        password: SecretSlot,
    },
    /// A group managed account.
    Managed {
        /// The account, ending in `$`.
        account: AccountName,
    },
    /// Left as found.
    Unmanaged,
}

impl ServiceAccount {
    /// The account, where spec names one.
    pub fn account(&self) -> Option<&AccountName> {
        match self {
            Self::Named { account, .. } | Self::Managed { account } => Some(account),
            Self::Unmanaged => None,
        }
    }
}

/// Whether we install.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Installation {
    /// Where absent, from this media.
    IfAbsent(MediaKey),
    /// Never; only checked.
    Never,
}

/// A replica as spec describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesiredReplica {
    /// The instance's own name.
    pub name: ReplicaName,
    /// Its node.
    pub node: NodeName,
    /// Host of its endpoint URL and of its SQL endpoint.
    pub sql_host: DnsName,
    /// Port of its SQL endpoint.
    pub sql_port: u16,
    /// Tunables; absent = leave as found.
    pub options: Vec<ReplicaOption>,
    /// Availability mode when we create it (default synchronous).
    pub availability_mode: AvailabilityMode,
    /// Failover mode wanted in the end (default automatic with synchronous commit); we create it MANUAL.
    pub failover_mode: FailoverMode,
    /// Whether spec names the failover mode (else it is only used when we create the replica).
    pub failover_mode_given: bool,
    /// Seeding mode when we create it (default automatic).
    pub seeding_mode: SeedingMode,
}

/// Addresses of a listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListenerAddresses {
    /// Address and mask.
    Static(Vec<(String, String)>),
    /// By DHCP.
    Dhcp,
    /// Left as found; the listener is not created.
    Unmanaged,
}

/// The listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesiredListener {
    /// One label.
    pub dns_name: DnsName,
    /// Port.
    pub port: u16,
    /// Addresses.
    pub addresses: ListenerAddresses,
}

/// An `SsisdbAvailabilityGroup`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesiredGroup {
    /// Shared policy.
    pub policy: Policy,
    /// The group.
    pub group: GroupName,
    /// Group options that spec names.
    pub options: Vec<GroupOption>,
    /// Whether SSISDB may be created where absent.
    pub create_catalog: bool,
    /// Password of the database master key.
    pub master_key: SecretSlot,
    /// Directory for the initial full backup.
    pub backup_directory: Option<String>,
    /// Endpoint port for one that we create.
    pub endpoint_port: u16,
    /// Endpoint name for one that we create.
    pub endpoint_name: String,
    /// Replicas in spec's order; the first is the first primary of a new group.
    pub replicas: Vec<DesiredReplica>,
    /// The listener.
    pub listener: DesiredListener,
    /// Login of the observer.
    pub observer: LoginName,
    /// Login of the operator.
    pub operator: LoginName,
}

/// What the master and its workers know of the group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupView {
    /// Name of the availability group.
    pub group: GroupName,
    /// Replicas and their nodes, in spec's order.
    pub replicas: Vec<(ReplicaName, NodeName)>,
    /// Listener host and port, once the group's object reports them.
    pub listener: Option<(DnsName, u16)>,
    /// Host of the replicas' domain suffix for the listener (`corp.example`), from the listener host.
    pub operator: LoginName,
    /// Nodes on which a set-up holds SSISDB back is the group's own business; this is whether the group's
    /// object exists, is valid and was observed at its generation.
    pub settled: bool,
}

/// The certificate of the master, or of a worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DesiredCertificate {
    /// Key and certificate from a Secret (the user's, or ours for `selfSigned`).
    KeyPair {
        /// Thumbprint.
        thumbprint: Thumbprint,
        /// Certificate, PEM.
        pem: String,
        /// Private key.
        key: SecretHandle,
    },
    /// The controller makes one first (master, `selfSigned`).
    ToGenerate {
        /// Names for it.
        names: Vec<DnsName>,
    },
    /// Made on its node; the key never leaves it (worker, `selfSigned`).
    OnNode {
        /// Names for it.
        names: Vec<DnsName>,
    },
    /// One that is on the nodes already.
    Existing(Thumbprint),
    /// It can't be used; the reason says why. Nothing that needs it is done.
    Unusable(WaitingOn),
}

impl DesiredCertificate {
    /// The thumbprint, once it is decided.
    pub fn thumbprint(&self) -> Option<&Thumbprint> {
        match self {
            Self::KeyPair { thumbprint, .. } | Self::Existing(thumbprint) => Some(thumbprint),
            Self::ToGenerate { .. } | Self::OnNode { .. } | Self::Unusable(_) => None,
        }
    }
}

/// Where the log login's password comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogLogin {
    /// From a Secret.
    Password(SecretSlot),
    /// SID and hash are copied from the primary.
    Adopt,
}

/// How far a new certificate of the master may go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rollout {
    /// The certificate that the object reported as current so far, if it is another than the decided one.
    pub replaces: Option<Thumbprint>,
    /// Workers that are enabled and alive and do not trust the decided one yet; while there are any, the old one is
    /// served.
    pub untrusting: Vec<String>,
}

impl Rollout {
    /// Whether the old certificate is still to be served.
    pub fn is_held(&self) -> bool {
        self.replaces.is_some() && !self.untrusting.is_empty()
    }
}

/// A `ScaleOutMaster`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesiredMaster {
    /// Shared policy.
    pub policy: Policy,
    /// The version, where spec names one; else discovered.
    pub version: Option<SqlVersion>,
    /// Nodes that can own the role.
    pub nodes: Vec<NodeName>,
    /// The group.
    pub group: GroupView,
    /// The clustered role.
    pub role: RoleName,
    /// Client access point: one label.
    pub client_access_point: DnsName,
    /// DNS suffix of the client access point.
    pub dns_suffix: String,
    /// Its IPv4 addresses.
    pub addresses: Vec<String>,
    /// Preferred owners; absent = leave as found.
    pub preferred_owners: Option<Vec<NodeName>>,
    /// Port of the endpoint.
    pub port: u16,
    /// Account of the service.
    pub account: ServiceAccount,
    /// Its certificate.
    pub certificate: DesiredCertificate,
    /// The certificate that is served until every worker that counts trusts `certificate`.
    pub rollout: Rollout,
    /// Whether we install.
    pub installation: Installation,
    /// Password of the log login.
    pub log_login: LogLogin,
    /// Other settings of MasterSettings.config that spec names.
    pub settings: BTreeMap<String, String>,
}

impl DesiredMaster {
    /// Host of the master endpoint: client access point and suffix.
    pub fn endpoint_host(&self) -> DnsName {
        DnsName::new(format!("{}.{}", self.client_access_point, self.dns_suffix))
    }

    /// The master endpoint, `https://host:port`: what the catalog stores as master address.
    pub fn endpoint(&self) -> String {
        format!("https://{}:{}", self.endpoint_host(), self.port)
    }
}

/// What a worker knows of its master.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MasterView {
    /// `https://host:port`.
    pub endpoint: String,
    /// Host of the endpoint.
    pub host: DnsName,
    /// Port of the endpoint.
    pub port: u16,
    /// Nodes that can own the role.
    pub nodes: Vec<NodeName>,
    /// The current certificate: thumbprint and PEM, once the master's object reports it.
    pub certificate: Option<(Thumbprint, String)>,
    /// A certificate that becomes current once workers trust it.
    pub pending_certificate: Option<(Thumbprint, String)>,
    /// When our last `update_logdb_info` happened, unix milliseconds by the primary's clock.
    pub log_database_revision: Option<i64>,
    /// The group behind it.
    pub group: GroupView,
    /// Whether the master's object exists, is valid and was observed at its generation.
    pub settled: bool,
}

/// A `ScaleOutWorker`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesiredWorker {
    /// Shared policy.
    pub policy: Policy,
    /// Its node.
    pub node: NodeName,
    /// Its master.
    pub master: MasterView,
    /// Whether it shall be enabled.
    pub enabled: bool,
    /// Account of the service.
    pub account: ServiceAccount,
    /// Its certificate.
    pub certificate: DesiredCertificate,
    /// Whether we install.
    pub installation: Installation,
    /// Other settings of WorkerSettings.config that spec names.
    pub settings: BTreeMap<String, String>,
    /// How long a drain waits for running tasks; `None` = for ever.
    pub drain_timeout_seconds: Option<u32>,
}
