//! Availability groups: configuration in the cluster's store, and states that `tick` computes.

use super::Sid;
use scaleout_model::names::{DnsName, GroupName, ReplicaName};
use scaleout_model::sql::{
    AvailabilityMode, FailoverMode, ReplicaRole, SecondaryConnections, SeedingMode, SyncState,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An availability group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AvailabilityGroup {
    /// `group_id`, lower-case GUID.
    pub id: String,
    /// `resource_id`.
    pub resource_id: String,
    /// `resource_group_id`.
    pub resource_group_id: String,
    /// Options.
    pub options: GroupOptions,
    /// Replicas by instance name.
    pub replicas: BTreeMap<ReplicaName, Replica>,
    /// Databases by name: `group_database_id`, lower-case GUID.
    pub databases: BTreeMap<String, String>,
    /// The listener.
    pub listener: Option<Listener>,
    /// The replica that is, or was last, primary.
    pub primary: ReplicaName,
    /// Role of the primary and of the rest changes at this time, unix ms; `None`: no failover under way.
    pub failing_over_until_ms: Option<i64>,
    /// Automatic seeding, oldest first.
    pub seeding: Vec<Seeding>,
    /// `sequence_number`; grows with each change.
    pub sequence: u64,
}

/// Options of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GroupOptions {
    /// `failure_condition_level`.
    pub failure_condition_level: u32,
    /// `health_check_timeout`, ms.
    pub health_check_timeout: u32,
    /// `db_failover`.
    pub db_failover: bool,
    /// `automated_backup_preference_desc`, upper-case.
    pub automated_backup_preference: String,
    /// `required_synchronized_secondaries_to_commit`.
    pub required_synchronized_secondaries: u32,
    /// `dtc_support`.
    pub dtc_support: bool,
}

impl Default for GroupOptions {
    /// Defaults of CREATE AVAILABILITY GROUP.
    fn default() -> Self {
        Self {
            failure_condition_level: 3,
            health_check_timeout: 30_000,
            db_failover: false,
            automated_backup_preference: "SECONDARY".to_owned(),
            required_synchronized_secondaries: 0,
            dtc_support: false,
        }
    }
}

/// A replica.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Replica {
    /// `replica_id`, lower-case GUID.
    pub id: String,
    /// `replica_metadata_id`.
    pub metadata_id: i32,
    /// SID of its owner.
    pub owner: Sid,
    /// `endpoint_url`.
    pub endpoint_url: String,
    /// Availability mode.
    pub availability_mode: AvailabilityMode,
    /// Failover mode.
    pub failover_mode: FailoverMode,
    /// Seeding mode.
    pub seeding_mode: SeedingMode,
    /// `session_timeout`, s.
    pub session_timeout: u32,
    /// `backup_priority`.
    pub backup_priority: u32,
    /// Connections as a secondary.
    pub secondary_connections: SecondaryConnections,
    /// Whether it joined.
    pub joined: bool,
    /// SID of the login that granted CREATE ANY DATABASE to the group there.
    pub seeding_granted_by: Option<Sid>,
    /// `create_date`, unix ms.
    pub created_ms: i64,
    /// `modify_date`, unix ms.
    pub modified_ms: i64,
    /// Role; computed.
    pub role: ReplicaRole,
    /// Whether it is connected to the primary; computed.
    pub connected: bool,
    /// `last_connect_error_number` and its text; computed.
    pub connect_error: Option<ConnectError>,
    /// States of the group's databases on this replica, by database name.
    pub databases: BTreeMap<String, DatabaseReplica>,
}

/// Why a replica is not connected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConnectError {
    /// Error number.
    pub number: i32,
    /// Description.
    pub description: String,
    /// When, unix ms.
    pub at_ms: i64,
}

/// A database on a replica.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DatabaseReplica {
    /// `is_database_joined`.
    pub joined: bool,
    /// `suspend_reason_desc`, where movement is suspended.
    pub suspended: Option<String>,
    /// `synchronization_state`; computed.
    pub state: SyncState,
    /// `is_failover_ready`; computed.
    pub failover_ready: bool,
}

/// The listener. Its cluster resources are computed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Listener {
    /// `listener_id`, lower-case GUID.
    pub id: String,
    /// One DNS label.
    pub dns_name: DnsName,
    /// Port; `None`: made outside of SQL Server.
    pub port: Option<u16>,
    /// Addresses: IPv4 and mask.
    pub addresses: BTreeMap<String, String>,
    /// Whether DHCP gives the address.
    pub dhcp: bool,
}

/// One automatic seeding of a database to a replica (`dm_hadr_automatic_seeding`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Seeding {
    /// `operation_id`, lower-case GUID.
    pub operation_id: String,
    /// Database.
    pub database: String,
    /// Target.
    pub replica: ReplicaName,
    /// `current_state`: `CHECK_IF_SEEDING_NEEDED`, `SEEDING`, `COMPLETED`, `FAILED`.
    pub state: String,
    /// `failure_state`; 0 = none.
    pub failure_state: i32,
    /// `failure_state_desc`.
    pub failure: String,
    /// Start, unix ms.
    pub started_ms: i64,
    /// End, unix ms; for one under way when it will end.
    pub ends_ms: i64,
}

/// A replica of a group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReplicaId {
    /// The group.
    pub group: GroupName,
    /// The replica.
    pub replica: ReplicaName,
}

impl AvailabilityGroup {
    /// The primary that is up in that role now.
    pub fn online_primary(&self) -> Option<&ReplicaName> {
        self.replicas.get(&self.primary).filter(|r| r.role == ReplicaRole::Primary).map(|_| &self.primary)
    }
}
