//! A machine: services, features, files, stores, HTTP.sys, firewall.

use super::{Bytes, CertificateStores, Instance, Secret};
use scaleout_model::certificate::Thumbprint;
use scaleout_model::names::{AccountName, InstanceName, MediaKey, NodeName};
use scaleout_model::node::{Feature, ServiceState, StartType, Store};
use scaleout_model::version::SqlVersion;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A machine of the domain; a member of the failover cluster or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Node {
    /// Its site address, `10.0.0.11`.
    pub address: String,
    /// Whether the machine runs.
    pub up: bool,
    /// Whether its agent runs (and answers while the machine runs).
    pub agent_up: bool,
    /// Port of its agent.
    pub agent_port: u16,
    /// Its clock minus the site's, ms.
    pub clock_skew_ms: i64,
    /// Drive of `Program Files\Microsoft SQL Server\<nn0>\DTS`.
    pub dts_drive: String,
    /// SQL Server instances.
    pub instances: BTreeMap<InstanceName, Instance>,
    /// Integration Services features by key ([`feature_key`]).
    pub features: BTreeMap<String, InstalledFeature>,
    /// Windows services that matter here, by key name.
    pub services: BTreeMap<String, Service>,
    /// Accounts with the right to log on as a service (virtual and built-in accounts need no entry).
    pub service_logon_right: BTreeSet<AccountName>,
    /// Certificate stores.
    pub certificates: CertificateStores,
    /// HTTP.sys TLS bindings of 0.0.0.0 by port.
    pub bindings: BTreeMap<u16, Binding>,
    /// HTTP.sys reservations of `https://+:port/ClusterManagement/` by port.
    pub reservations: BTreeMap<u16, AccountName>,
    /// Windows firewall.
    pub firewall: Firewall,
    /// Installation media by key.
    pub media: BTreeMap<MediaKey, Media>,
    /// Set-ups under way.
    pub installs: Vec<Install>,
    /// Whether Windows waits for a restart.
    pub pending_reboot: bool,
    /// Schannel's `ClientAuthTrustMode`, if set.
    pub client_auth_trust_mode: Option<u32>,
    /// Directories that exist beside those of installed products (for backups).
    #[serde(default)]
    pub directories: BTreeSet<String>,
}

/// Key of a feature in [`Node::features`]: `ScaleOutMaster150`.
pub fn feature_key(feature: Feature, version: SqlVersion) -> String {
    let name = match feature {
        Feature::IntegrationServices => "IntegrationServices",
        Feature::ScaleOutMaster => "ScaleOutMaster",
        Feature::ScaleOutWorker => "ScaleOutWorker",
    };
    format!("{name}{}", version.folder())
}

/// An installed Integration Services feature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InstalledFeature {
    /// Which.
    pub feature: Feature,
    /// Of which major version.
    pub version: SqlVersion,
    /// Product version, registry value `Version`.
    pub product_version: String,
    /// Settings file of master and worker.
    pub settings: Option<SettingsFile>,
}

/// A settings file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SettingsFile {
    /// Its bytes.
    pub bytes: Bytes,
    /// Last change, unix ms by the node's clock.
    pub modified_ms: i64,
    /// Bytes of the backup that the last replacement left.
    #[serde(default)]
    pub backup: Option<Bytes>,
}

/// Which program a service runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum ServiceProgram {
    /// Scale Out Master.
    ScaleOutMaster(SqlVersion),
    /// Scale Out Worker.
    ScaleOutWorker(SqlVersion),
    /// SQL Server's engine.
    Engine(InstanceName),
    /// SQL Server Agent.
    SqlAgent(InstanceName),
}

/// A Windows service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Service {
    /// What it runs.
    pub program: ServiceProgram,
    /// Account.
    pub account: AccountName,
    /// Password stored in the service control manager; used at the next start.
    pub password: Option<Secret>,
    /// Start type.
    pub start_type: StartType,
    /// State.
    pub state: ServiceState,
    /// Whether the service control manager restarts it by itself.
    pub recovery_actions: bool,
    /// Last start, unix ms by the site's clock; `None` while it does not run.
    pub started_ms: Option<i64>,
    /// Account that the running process has.
    pub running_as: Option<AccountName>,
    /// Settings file as the running process read it at its start.
    pub loaded_settings: Option<Bytes>,
    /// When a pending start ends, unix ms.
    pub pending_until_ms: Option<i64>,
    /// Win32 code of the last failed start; 0 = none.
    pub exit_code: u32,
    /// When a worker or master last tried its heartbeat, unix ms.
    #[serde(default)]
    pub last_heartbeat_ms: Option<i64>,
}

impl Service {
    /// A stopped service.
    pub fn stopped(program: ServiceProgram, account: AccountName, start_type: StartType) -> Self {
        Self {
            program,
            account,
            password: None,
            start_type,
            state: ServiceState::Stopped,
            recovery_actions: false,
            started_ms: None,
            running_as: None,
            loaded_settings: None,
            pending_until_ms: None,
            exit_code: 0,
            last_heartbeat_ms: None,
        }
    }

    /// Whether it runs.
    pub fn runs(&self) -> bool {
        self.state == ServiceState::Running
    }
}

/// An HTTP.sys TLS binding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Binding {
    /// Certificate.
    pub thumbprint: Thumbprint,
    /// Store in which it is looked up.
    pub store: Store,
}

/// Windows firewall, inbound TCP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Firewall {
    /// Whether it filters at all.
    pub enabled: bool,
    /// Ports that rules of others open.
    pub open_ports: BTreeSet<u16>,
    /// Rules that name ports one by one, by rule name.
    pub rules: BTreeMap<String, Rule>,
}

impl Firewall {
    /// Whether a connection to this port comes in.
    pub fn admits(&self, port: u16) -> bool {
        !self.enabled
            || self.open_ports.contains(&port)
            || self.rules.values().any(|rule| rule.enabled && rule.port == port)
    }
}

/// A firewall rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rule {
    /// Grouping.
    pub group: String,
    /// TCP port.
    pub port: u16,
    /// Whether it is on.
    pub enabled: bool,
}

/// Installation media.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Media {
    /// Major version.
    pub version: SqlVersion,
    /// Product version that it installs.
    pub product_version: String,
    /// Whether it writes settings files as XML; else as JSON (which one the product writes is not known).
    #[serde(default)]
    pub xml_settings: bool,
    /// Values that it writes into MasterSettings.config beside or instead of the documented defaults.
    #[serde(default)]
    pub master_settings: BTreeMap<String, String>,
    /// The same for WorkerSettings.config.
    #[serde(default)]
    pub worker_settings: BTreeMap<String, String>,
}

/// A set-up under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Install {
    /// Which feature.
    pub feature: Feature,
    /// From which media.
    pub media: MediaKey,
    /// Start, unix ms.
    pub started_ms: i64,
    /// End, unix ms.
    pub ends_ms: i64,
    /// `/ISMASTERSVCPORT`, or the port of the endpoint that a worker calls.
    pub port: u16,
    /// `/ISMASTERSVCTHUMBPRINT`.
    pub thumbprint: Option<Thumbprint>,
    /// Host of `/ISWORKERSVCMASTER`.
    pub master_host: Option<String>,
    /// Certificate that set-up makes itself: in Root for a master without thumbprint, in My for a worker.
    pub made_certificate: Option<StoredKeyPair>,
    /// `AgentId` that set-up gives a worker.
    pub agent_id: Option<String>,
}

/// Certificate and key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StoredKeyPair {
    /// Certificate, DER.
    pub der: Bytes,
    /// Private key, PEM.
    pub key: Secret,
}

impl Node {
    /// The service that runs a program.
    pub fn service_of(&self, program: &ServiceProgram) -> Option<(&String, &Service)> {
        self.services.iter().find(|(_, service)| service.program == *program)
    }

    /// Whether an instance's engine runs.
    pub fn engine_runs(&self, instance: &InstanceName) -> bool {
        self.up && self.service_of(&ServiceProgram::Engine(instance.clone())).is_some_and(|(_, s)| s.runs())
    }

    /// Whether an instance's SQL Server Agent runs.
    pub fn sql_agent_runs(&self, instance: &InstanceName) -> bool {
        self.up && self.service_of(&ServiceProgram::SqlAgent(instance.clone())).is_some_and(|(_, s)| s.runs())
    }

    /// A feature of a version.
    pub fn feature(&self, feature: Feature, version: SqlVersion) -> Option<&InstalledFeature> {
        self.features.get(&feature_key(feature, version))
    }

    /// The node's own clock, when the site's is `now_ms`.
    pub fn clock_ms(&self, now_ms: i64) -> i64 {
        now_ms.saturating_add(self.clock_skew_ms)
    }

    /// The folder `…\<nn0>\DTS\` of a version.
    pub fn dts_path(&self, version: SqlVersion) -> String {
        format!(r"{}:\Program Files\Microsoft SQL Server\{}\DTS\", self.dts_drive, version.folder())
    }
}

/// A machine and one of its services.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceId {
    /// The machine.
    pub node: NodeName,
    /// Key name of the service.
    pub service: String,
}

impl Service {
    /// The process is gone.
    pub fn halt(&mut self) {
        self.state = ServiceState::Stopped;
        self.started_ms = None;
        self.running_as = None;
        self.loaded_settings = None;
        self.pending_until_ms = None;
        self.last_heartbeat_ms = None;
    }
}

impl Node {
    /// A service by key name, without case.
    pub fn service_named(&self, name: &str) -> Option<&Service> {
        self.services.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, service)| service)
    }

    /// A service to change, by key name, without case.
    pub fn service_named_mut(&mut self, name: &str) -> Option<&mut Service> {
        self.services.iter_mut().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, service)| service)
    }
}
