//! The computer itself: names, clock, registry facts, settings files, firewall.

use super::HostResult;
use async_trait::async_trait;
use scaleout_model::names::{DnsName, NodeName};
use scaleout_model::node::{EngineFacts, Feature, FeatureFacts, FirewallRule};
use scaleout_model::version::SqlVersion;

/// Who the machine is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComputerIdentity {
    /// NetBIOS name (`GetComputerNameExW(ComputerNameNetBIOS)`).
    pub computer_name: NodeName,
    /// Fully qualified name (`ComputerNameDnsFullyQualified`).
    pub dns_name: DnsName,
}

/// A settings file as it lies on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsBytes {
    /// All of it.
    pub bytes: Vec<u8>,
    /// Last write, unix milliseconds by the node's clock.
    pub modified_unix_ms: i64,
}

/// Names, clock, registry, settings files and firewall.
#[async_trait]
pub trait ComputerHost {
    /// Names of the computer.
    async fn identity(&self) -> HostResult<ComputerIdentity>;

    /// The node's clock, unix milliseconds.
    async fn clock_unix_ms(&self) -> HostResult<i64>;

    /// Whether Windows waits for a restart (component servicing, update, pending renames).
    async fn pending_reboot(&self) -> HostResult<bool>;

    /// SQL Server instances installed here, from the registry and their services.
    async fn engines(&self) -> HostResult<Vec<EngineFacts>>;

    /// Integration Services features installed here (`…\<VV0>\DTS\Setup\SQL_IS_Master`).
    async fn features(&self) -> HostResult<Vec<FeatureFacts>>;

    /// `SCHANNEL\ClientAuthTrustMode`; `None`: the value is not there.
    async fn client_auth_trust_mode(&self) -> HostResult<Option<u32>>;

    /// `MasterSettings.config` or `WorkerSettings.config` of a version; `None`: there is no such file.
    async fn settings(&self, feature: Feature, version: SqlVersion) -> HostResult<Option<SettingsBytes>>;

    /// Replaces the file atomically and keeps the old one as a backup beside it (`ReplaceFileW`, written
    /// through). The file must exist.
    async fn replace_settings(&self, feature: Feature, version: SqlVersion, bytes: &[u8]) -> HostResult<()>;

    /// Inbound TCP allow rules of our group.
    async fn firewall_rules(&self) -> HostResult<Vec<FirewallRule>>;

    /// Creates the rule of this name in our group, or sets port and switch of the one that is there.
    async fn set_firewall_rule(&self, rule: &FirewallRule) -> HostResult<()>;

    /// Removes the rule of this name in our group (`INetFwRules::Remove`); none: nothing.
    async fn delete_firewall_rule(&self, name: &str) -> HostResult<()>;
}
