//! A site described by a YAML file: what differs from the defaults only. Anything else is set by pointer (`set`).

mod build;

use crate::state::{Latencies, Media, Site};
use scaleout_model::names::{AccountName, InstanceName, LoginName, MediaKey, NodeName};
use scaleout_model::node::StartType;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// The file.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SiteFile {
    /// DNS suffix and NetBIOS name.
    pub domain: DomainSection,
    /// Domain accounts.
    #[serde(default)]
    pub accounts: Vec<AccountSection>,
    /// The failover cluster.
    pub cluster: Option<ClusterSection>,
    /// What instances have in common.
    #[serde(default)]
    pub engine: EngineSection,
    /// Logins that exist on each instance, with one SID everywhere.
    #[serde(default)]
    pub logins: Vec<LoginSection>,
    /// Machines.
    pub nodes: Vec<NodeSection>,
    /// Installation media, the same on each machine.
    #[serde(default)]
    pub media: BTreeMap<MediaKey, Media>,
    /// How long things take.
    #[serde(default)]
    pub latencies: Latencies,
    /// Fields to set in the end, in order.
    #[serde(default)]
    pub set: Vec<SetSection>,
}

/// The domain.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DomainSection {
    /// DNS suffix.
    pub dns_suffix: String,
    /// NetBIOS name.
    pub net_bios: String,
}

/// A domain account.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccountSection {
    /// Name without domain; that of a group managed account ends in `$`.
    pub name: String,
    /// Password; none for a group managed account.
    pub password: Option<crate::state::Secret>,
}

/// The failover cluster.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClusterSection {
    /// Name.
    pub name: String,
    /// Members.
    pub nodes: Vec<NodeName>,
    /// Networks by name.
    pub networks: BTreeMap<String, crate::state::Network>,
    /// Whether a witness votes.
    #[serde(default = "yes")]
    pub witness: bool,
    /// Whether the cluster's name object may create computer objects.
    #[serde(default = "yes")]
    pub creates_computer_objects: bool,
}

/// What instances have in common; each may differ.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct EngineSection {
    /// `ProductVersion`.
    pub product_version: String,
    /// `Edition`.
    pub edition: String,
    /// `EngineEdition`.
    pub engine_edition: u32,
    /// `Collation`.
    pub collation: String,
    /// Whether Windows authentication only is allowed.
    pub windows_only: bool,
    /// Account of engine and SQL Server Agent, without domain; none: virtual accounts.
    pub account: Option<String>,
}

impl Default for EngineSection {
    fn default() -> Self {
        Self {
            product_version: "15.0.4355.3".to_owned(),
            edition: "Developer Edition (64-bit)".to_owned(),
            engine_edition: 3,
            collation: "SQL_Latin1_General_CP1_CI_AS".to_owned(),
            windows_only: false,
            account: None,
        }
    }
}

/// A SQL login on each instance.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LoginSection {
    /// Name.
    pub name: LoginName,
    /// Password.
    pub password: crate::state::Secret,
    /// Fixed server roles.
    #[serde(default)]
    pub roles: BTreeSet<String>,
    /// Server permissions.
    #[serde(default)]
    pub permissions: Vec<String>,
}

/// A machine.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodeSection {
    /// Computer name.
    pub name: NodeName,
    /// IPv4 address.
    pub address: String,
    /// Port of its agent.
    #[serde(default = "agent_port")]
    pub agent_port: u16,
    /// Drive of the DTS folder.
    #[serde(default = "drive")]
    pub dts_drive: String,
    /// Instances.
    #[serde(default)]
    pub instances: Vec<InstanceSection>,
    /// Whether Integration Services is installed; default: where an instance is.
    pub integration_services: Option<bool>,
    /// Ports open in the firewall; default: the agent's and those of the instances.
    pub open_ports: Option<BTreeSet<u16>>,
    /// Directories that exist.
    #[serde(default)]
    pub directories: BTreeSet<String>,
    /// `ClientAuthTrustMode`.
    pub client_auth_trust_mode: Option<u32>,
    /// Accounts that may log on as a service, without domain.
    #[serde(default)]
    pub service_logon_right: Vec<String>,
}

/// An instance.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InstanceSection {
    /// Name, `MSSQLSERVER` or `PROD`.
    #[serde(default = "default_instance")]
    pub name: InstanceName,
    /// TCP port.
    #[serde(default = "sql_port")]
    pub port: u16,
    /// Start type of SQL Server Agent.
    #[serde(default = "automatic")]
    pub agent_start: StartType,
    /// Names in its TLS certificate; default: the machine's.
    #[serde(default)]
    pub certificate_names: Vec<scaleout_model::names::DnsName>,
    /// What differs from [`SiteFile::engine`].
    pub engine: Option<EngineSection>,
}

/// A field to set.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetSection {
    /// JSON pointer into the site.
    pub path: String,
    /// Value.
    pub value: serde_json::Value,
}

fn yes() -> bool {
    true
}

fn agent_port() -> u16 {
    scaleout_model::defaults::AGENT_PORT
}

fn sql_port() -> u16 {
    scaleout_model::defaults::SQL_PORT
}

fn drive() -> String {
    "C".to_owned()
}

fn default_instance() -> InstanceName {
    InstanceName::new(scaleout_model::defaults::DEFAULT_INSTANCE)
}

fn automatic() -> StartType {
    StartType::Automatic
}

/// Why a site file is refused.
#[derive(Debug, thiserror::Error)]
pub enum SiteFileError {
    /// It is no YAML of the expected form.
    #[error("the site file can't be read")]
    Unreadable(#[source] serde_yaml_ng::Error),
    /// Something in it contradicts itself.
    #[error("the site file is wrong: {0}")]
    Wrong(String),
}

/// Reads a site file and builds its site at a time.
pub fn read(yaml: &str, now_ms: i64) -> Result<Site, SiteFileError> {
    let file: SiteFile = serde_yaml_ng::from_str(yaml).map_err(SiteFileError::Unreadable)?;
    file.build(now_ms)
}

impl SiteFile {
    /// The account of a name without domain.
    fn account_name(&self, name: &str) -> AccountName {
        AccountName::new(format!(r"{}\{name}", self.domain.net_bios))
    }
}
