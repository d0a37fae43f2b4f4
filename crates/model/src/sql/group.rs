//! An availability group as one instance sees it. A secondary sees only its own replica's state; the primary all.

use crate::fact::Fact;
use crate::names::{DnsName, GroupName, ReplicaName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The availability group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupFacts {
    /// Name.
    pub name: GroupName,
    /// `group_id`.
    pub group_id: String,
    /// Role of the local replica; Absent: this instance's replica is not joined.
    pub local_role: Fact<ReplicaRole>,
    /// `primary_replica` from `dm_hadr_availability_group_states`; Absent = none known here.
    pub primary: Fact<ReplicaName>,
    /// `failure_condition_level`.
    pub failure_condition_level: u32,
    /// `health_check_timeout`, milliseconds.
    pub health_check_timeout: u32,
    /// `db_failover`.
    pub database_health_trigger: bool,
    /// `automated_backup_preference_desc`.
    pub automated_backup_preference: String,
    /// `required_synchronized_secondaries_to_commit`.
    pub required_synchronized_secondaries: u32,
    /// `dtc_support`.
    pub dtc_support: bool,
    /// Replicas (configuration from any instance; states where this instance may know them).
    pub replicas: Vec<ReplicaFacts>,
    /// Databases of the group (`sys.availability_databases_cluster`).
    pub databases: Vec<String>,
    /// Synchronization of databases per replica (all on the primary, own on a secondary).
    pub synchronization: Vec<DatabaseSync>,
    /// Newest row of `dm_hadr_automatic_seeding` per replica, on the primary.
    pub seeding: Vec<SeedingFacts>,
    /// The listener; Absent = none.
    pub listener: Fact<ListenerFacts>,
}

impl GroupFacts {
    /// The replica of this name.
    pub fn replica(&self, name: &ReplicaName) -> Option<&ReplicaFacts> {
        self.replicas.iter().find(|replica| replica.name == *name)
    }

    /// State of a database on a replica.
    pub fn sync(&self, replica: &ReplicaName, database: &str) -> Option<&DatabaseSync> {
        self.synchronization
            .iter()
            .find(|s| s.replica == *replica && s.database.eq_ignore_ascii_case(database))
    }
}

/// Role of a replica (`role`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ReplicaRole {
    /// Primary.
    Primary,
    /// Secondary.
    Secondary,
    /// In transition, or without quorum.
    Resolving,
}

/// `availability_mode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum AvailabilityMode {
    /// SYNCHRONOUS_COMMIT.
    Synchronous,
    /// ASYNCHRONOUS_COMMIT.
    Asynchronous,
}

/// `failover_mode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum FailoverMode {
    /// AUTOMATIC.
    Automatic,
    /// MANUAL.
    Manual,
}

/// `seeding_mode_desc`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum SeedingMode {
    /// AUTOMATIC.
    Automatic,
    /// MANUAL.
    Manual,
}

/// `secondary_role_allow_connections`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum SecondaryConnections {
    /// NO.
    No,
    /// READ_ONLY.
    ReadOnly,
    /// ALL.
    All,
}

/// A replica of the group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReplicaFacts {
    /// `replica_server_name`.
    pub name: ReplicaName,
    /// `endpoint_url`.
    pub endpoint_url: String,
    /// Availability mode.
    pub availability_mode: AvailabilityMode,
    /// Failover mode.
    pub failover_mode: FailoverMode,
    /// Seeding mode.
    pub seeding_mode: SeedingMode,
    /// `session_timeout`, seconds.
    pub session_timeout: u32,
    /// `backup_priority`.
    pub backup_priority: u32,
    /// Connections as a secondary.
    pub secondary_connections: SecondaryConnections,
    /// Whether it joined (`dm_hadr_availability_replica_cluster_states`).
    pub join_state: JoinState,
    /// Role, where this instance may know it.
    pub role: Fact<ReplicaRole>,
    /// Whether it is connected to the primary, where this instance may know it.
    pub connected: Fact<bool>,
    /// `last_connect_error_number`, where there is one.
    pub connect_error: Option<i32>,
}

/// `join_state`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum JoinState {
    /// Not joined.
    NotJoined,
    /// Joined, stand-alone or as a failover cluster instance.
    Joined,
}

/// `synchronization_state`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum SyncState {
    /// NOT SYNCHRONIZING.
    NotSynchronizing,
    /// SYNCHRONIZING.
    Synchronizing,
    /// SYNCHRONIZED.
    Synchronized,
    /// REVERTING.
    Reverting,
    /// INITIALIZING.
    Initializing,
}

/// A database on a replica.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DatabaseSync {
    /// The replica.
    pub replica: ReplicaName,
    /// The database.
    pub database: String,
    /// State.
    pub state: SyncState,
    /// Whether movement is suspended, and why (`suspend_reason_desc`).
    pub suspended: Option<String>,
    /// `is_failover_ready`.
    pub failover_ready: Fact<bool>,
    /// `is_database_joined`.
    pub joined: Fact<bool>,
}

/// Automatic seeding of the group's database to a replica.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SeedingFacts {
    /// The target.
    pub replica: ReplicaName,
    /// `current_state`, read as text.
    pub state: String,
    /// `failure_state`, 0 = none.
    pub failure_state: i32,
    /// `failure_state_desc`.
    pub failure: String,
}

/// The listener.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListenerFacts {
    /// `dns_name`.
    pub dns_name: DnsName,
    /// `port`; `None`: made outside of SQL Server.
    pub port: Option<u16>,
    /// Addresses.
    pub addresses: Vec<ListenerAddress>,
}

/// An address of the listener.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListenerAddress {
    /// IPv4 address.
    pub ip: String,
    /// IPv4 mask.
    pub mask: String,
    /// Whether DHCP gave it.
    pub dhcp: bool,
    /// `state_desc` is ONLINE.
    pub online: bool,
}

/// One option of a group, for `ALTER AVAILABILITY GROUP … SET`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum GroupOption {
    /// FAILURE_CONDITION_LEVEL.
    FailureConditionLevel(u32),
    /// HEALTH_CHECK_TIMEOUT, milliseconds.
    HealthCheckTimeout(u32),
    /// DB_FAILOVER.
    DatabaseHealthTrigger(bool),
    /// AUTOMATED_BACKUP_PREFERENCE.
    AutomatedBackupPreference(String),
    /// REQUIRED_SYNCHRONIZED_SECONDARIES_TO_COMMIT.
    RequiredSynchronizedSecondaries(u32),
    /// DTC_SUPPORT = PER_DB or NONE.
    DtcSupport(bool),
}

/// One option of a replica, for `ALTER AVAILABILITY GROUP … MODIFY REPLICA`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ReplicaOption {
    /// ENDPOINT_URL.
    EndpointUrl(String),
    /// AVAILABILITY_MODE.
    AvailabilityMode(AvailabilityMode),
    /// FAILOVER_MODE.
    FailoverMode(FailoverMode),
    /// SEEDING_MODE.
    SeedingMode(SeedingMode),
    /// SESSION_TIMEOUT, seconds.
    SessionTimeout(u32),
    /// BACKUP_PRIORITY.
    BackupPriority(u32),
    /// SECONDARY_ROLE (ALLOW_CONNECTIONS).
    SecondaryConnections(SecondaryConnections),
}
