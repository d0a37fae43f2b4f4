//! Parts of [`super::SqlOp`] and the evidence that ops leave.

use super::{AvailabilityMode, FailoverMode, SeedingMode};
use crate::names::{DnsName, ReplicaName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A replica as it shall be added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReplicaSpec {
    /// Name.
    pub name: ReplicaName,
    /// `TCP://host:port`.
    pub endpoint_url: String,
    /// Availability mode.
    pub availability_mode: AvailabilityMode,
    /// Failover mode.
    pub failover_mode: FailoverMode,
    /// Seeding mode.
    pub seeding_mode: SeedingMode,
}

/// A listener as it shall be added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListenerSpec {
    /// One DNS label.
    pub dns_name: DnsName,
    /// Port.
    pub port: u16,
    /// Static addresses with masks.
    pub addresses: Vec<(String, String)>,
    /// DHCP instead of static addresses.
    pub dhcp: bool,
}

/// What an op proves that cannot be read back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum EvidencePurpose {
    /// The password opens SSISDB's master key. Marker: the database's creation date.
    MasterKeyOpens,
    /// A replica's credential for the master key holds this password. Marker: the credentials.
    MasterKeyCredential,
    /// The log login has this password on a replica. Marker: SID and modification date.
    LogLoginPassword,
    /// The log connection string holds this password. Marker: server and SID of the log login.
    LogDatabase,
    /// The group may create databases on a replica (nothing shows it). Marker: the group's id; no secret.
    SeedingGranted,
    /// A service runs with this password. Marker: account.
    ServiceAccountPassword,
}

/// Proof for what cannot be read back, kept in status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    /// What it proves.
    pub purpose: EvidencePurpose,
    /// For which replica or node.
    pub target: String,
    /// The Secret's name, uid and resourceVersion as one text.
    pub secret: String,
    /// Marker of the target; a changed marker makes the evidence void.
    pub marker: String,
    /// When the peer took the value, unix milliseconds by its clock.
    pub recorded_unix_ms: i64,
}
