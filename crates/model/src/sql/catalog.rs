//! The SSIS catalog, read on the primary with the observer's user in SSISDB.

use crate::fact::Fact;
use crate::names::{LoginName, ReplicaName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The catalog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CatalogFacts {
    /// `catalog.master_properties`: MASTER_ADDRESS, CLUSTER_LOGDB_SERVER, MACHINE_NAME, SSLCERT_THUMBPRINT, …;
    /// heartbeat times are left out.
    pub master_properties: BTreeMap<String, String>,
    /// `IS_SCALEOUT_ENABLED` = TRUE.
    pub scale_out_enabled: bool,
    /// `DEFAULT_EXECUTION_MODE` = 1.
    pub scale_out_default: bool,
    /// Age of LAST_ONLINE_TIME in seconds by the server's clock; Absent: never online.
    pub master_age_seconds: Fact<i64>,
    /// `catalog.worker_agents`.
    pub workers: Fact<Vec<WorkerRow>>,
    /// `internal.tasks` in status 2 (dispatched) and 3 (running).
    pub tasks: Fact<Vec<TaskFacts>>,
    /// `catalog.alwayson_replicas`: replica and state (1 = primary, 2 = secondary).
    pub replicas: Vec<(ReplicaName, u8)>,
    /// Users of SSISDB with their roles (`sys.database_principals`).
    pub users: Fact<Vec<CatalogUser>>,
    /// Whether the failover monitor may do its work: `ssis_failover_monitoring_agent`, or the clean-up login's user, has
    /// EXECUTE on its procedures.
    pub monitor_granted: Fact<bool>,
    /// SHA2_512 of the catalog's assembly (`sys.assembly_files`), upper-case hex.
    pub assembly_hash: Fact<String>,
}

/// A row of `catalog.worker_agents`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkerRow {
    /// WorkerAgentId, lower-case.
    pub agent_id: String,
    /// IsEnabled.
    pub enabled: bool,
    /// MachineName.
    pub machine: String,
    /// UserAccount.
    pub account: String,
    /// Tags.
    pub tags: String,
    /// Age of LastOnlineTime in seconds by the server's clock.
    pub age_seconds: i64,
}

/// A task in flight.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TaskFacts {
    /// WorkerAgentId, lower-case; `None` for none.
    pub agent_id: Option<String>,
    /// Status: 2 or 3.
    pub status: i32,
}

/// A user in SSISDB.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CatalogUser {
    /// The user.
    pub name: LoginName,
    /// Its SID, upper-case hex.
    pub sid: String,
    /// Roles that it is a member of.
    pub roles: Vec<String>,
}

impl CatalogFacts {
    /// A property of the master, if it is set and not empty.
    pub fn property(&self, name: &str) -> Option<&str> {
        self.master_properties.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The newest row of a machine: after a re-installation the old row stays and goes stale.
    pub fn worker_on(&self, machine: &str) -> Fact<&WorkerRow> {
        self.workers.as_ref().and_then(|rows| {
            let newest = rows.iter().filter(|row| row.machine.eq_ignore_ascii_case(machine));
            newest.min_by_key(|row| row.age_seconds).into()
        })
    }
}
