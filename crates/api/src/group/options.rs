//! The availability group, its options and the database mirroring endpoint.

use kube::KubeSchema;
use scaleout_model::defaults;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether a database's health can start a failover (`DB_FAILOVER`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DatabaseHealthTrigger {
    /// A damaged or offline database counts.
    Enabled,
    /// Only the instance's health counts.
    Disabled,
}

/// Where backups should run (`AUTOMATED_BACKUP_PREFERENCE`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum BackupPreference {
    /// On the primary.
    Primary,
    /// Never on the primary.
    SecondaryOnly,
    /// On a secondary where there is one.
    Secondary,
    /// No preference.
    None,
}

/// Distributed transactions (`DTC_SUPPORT`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DtcSupport {
    /// One resource manager per database.
    PerDatabase,
    /// Not supported.
    None,
}

/// The availability group. Options that are absent are left as found.
#[derive(Clone, Debug, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AvailabilityGroup {
    /// Name of the availability group, 1–128 characters, unique in the failover cluster. Immutable.
    #[x_kube(validation = ("self == oldSelf", "availabilityGroup.name is immutable"))]
    #[schemars(schema_with = "crate::formats::printable")]
    pub name: String,
    /// Which failures start an automatic failover: 1 (service down) to 5 (any failure condition). Absent:
    /// left as found; a group that we create gets 3.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 5))]
    pub failure_condition_level: Option<i32>,
    /// Milliseconds that the cluster waits for an answer of the instance's health check. Absent: left as
    /// found; a group that we create gets 30000.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 15_000, max = 2_147_483_647))]
    pub health_check_timeout_milliseconds: Option<i32>,
    /// `Enabled`: a database that is not online any more starts a failover. Absent: left as found; a group
    /// that we create gets Enabled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_health_trigger: Option<DatabaseHealthTrigger>,
    /// Where backup jobs that ask should run: `Primary`, `SecondaryOnly`, `Secondary` or `None`. Absent: left
    /// as found; a group that we create gets Secondary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub automated_backup_preference: Option<BackupPreference>,
    /// Secondaries that must have hardened a transaction before the primary commits it; less than the number
    /// of replicas. SQL Server 2017 or later. Absent: left as found; a group that we create gets 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 8))]
    pub required_synchronized_secondaries_to_commit: Option<i32>,
    /// Distributed transactions: `PerDatabase` or `None`. Absent: left as found; a group that we create gets
    /// None.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dtc_support: Option<DtcSupport>,
}

/// The database mirroring endpoint; an instance has one at most, so an existing one is adopted as it is. One
/// that we create has Windows authentication and AES encryption.
#[derive(Clone, Debug, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MirroringEndpoint {
    /// TCP port of an endpoint that we create; one that exists keeps its port. Default: 5022.
    #[serde(default = "endpoint_port")]
    #[schemars(range(min = 1, max = 65535))]
    pub port: i32,
    /// Name of the endpoint. Absent: an existing one keeps its name; one that we create is called
    /// hadr_endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "crate::formats::printable")]
    pub name: Option<String>,
}

fn endpoint_port() -> i32 {
    i32::from(defaults::ENDPOINT_PORT)
}

impl Default for MirroringEndpoint {
    fn default() -> Self {
        Self { port: endpoint_port(), name: None }
    }
}
