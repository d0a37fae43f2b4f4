//! States of databases on replicas ([DMV-DRS], [DMV-DRC]). Log sequence numbers and queues are not modelled: NULL.

use super::group::local_groups;
use super::group_state::{health, health_text, is_primary, known_replicas};
use crate::engine::Table;
use crate::world::seen::Seen;
use crate::world::sheet::{BIG, BIT, DATE, GUID, Guid, INT, LSN, Lsn, Moment, NAME, TINY, sheet, text};
use scaleout_model::names::ReplicaName;
use scaleout_model::sql::{ReplicaRole, SyncState};
use scaleout_sim_site::state::{AvailabilityGroup, Database, DatabaseReplica, DatabaseState, Replica};

pub(super) fn table(seen: &Seen<'_>, object: &str) -> Option<Table> {
    Some(match object {
        "dm_hadr_database_replica_states" => database_replica_states(seen),
        "dm_hadr_database_replica_cluster_states" => database_replica_cluster_states(seen),
        _ => return None,
    })
}

fn state(state: SyncState) -> (u8, &'static str) {
    match state {
        SyncState::NotSynchronizing => (0, "NOT SYNCHRONIZING"),
        SyncState::Synchronizing => (1, "SYNCHRONIZING"),
        SyncState::Synchronized => (2, "SYNCHRONIZED"),
        SyncState::Reverting => (3, "REVERTING"),
        SyncState::Initializing => (4, "INITIALIZING"),
    }
}

/// `suspend_reason` of its text.
fn suspend_reason(text: &str) -> u8 {
    let reasons = ["USER", "PARTNER", "REDO", "CAPTURE", "APPLY", "RESTART", "UNDO", "REVALIDATION"];
    let at = reasons.iter().position(|reason| text.ends_with(reason));
    at.and_then(|at| u8::try_from(at).ok()).unwrap_or(0)
}

struct Row<'a> {
    group: &'a AvailabilityGroup,
    name: &'a ReplicaName,
    replica: &'a Replica,
    id: &'a str,
    key: &'a str,
    state: &'a DatabaseReplica,
    local: Option<&'a Database>,
}

/// One per database and replica that this instance knows, and that has the database.
fn rows<'a>(seen: &Seen<'a>) -> Vec<Row<'a>> {
    let of_replica = |(group, name, replica): (&'a AvailabilityGroup, &'a ReplicaName, &'a Replica)| {
        group.databases.iter().filter_map(move |(key, id)| {
            let state = replica.databases.get(key).filter(|state| state.joined)?;
            let local = seen.instance.database(key).filter(|_| name == seen.replica);
            Some(Row { group, name, replica, id, key, state, local })
        })
    };
    known_replicas(seen).into_iter().flat_map(of_replica).collect()
}

fn database_replica_states(seen: &Seen<'_>) -> Table {
    sheet!(rows(seen), row => {
        database_id: INT => seen.instance.database(row.key).map(|database| database.id),
        group_id: GUID => Guid(&row.group.id),
        replica_id: GUID => Guid(&row.replica.id),
        group_database_id: GUID => Guid(row.id),
        is_local: BIT => row.name == seen.replica,
        is_primary_replica: BIT => row.replica.role == ReplicaRole::Primary,
        synchronization_state: TINY => state(row.state.state).0,
        synchronization_state_desc: text(60) => state(row.state.state).1,
        is_commit_participant: BIT => row.state.state == SyncState::Synchronized,
        synchronization_health: TINY => health(row.group, row.replica),
        synchronization_health_desc: text(60) => health_text(health(row.group, row.replica)),
        database_state: TINY => row.local.map(|database| u8::from(database.state == DatabaseState::Restoring)),
        database_state_desc: text(60) => row.local.map(|database| if database.state == DatabaseState::Restoring { "RESTORING" } else { "ONLINE" }),
        is_suspended: BIT => row.state.suspended.is_some(),
        suspend_reason: TINY => row.state.suspended.as_deref().map(suspend_reason),
        suspend_reason_desc: text(60) => row.state.suspended.as_deref(),
        recovery_lsn: LSN => None::<Lsn>,
        truncation_lsn: LSN => None::<Lsn>,
        last_sent_lsn: LSN => None::<Lsn>,
        last_sent_time: DATE => None::<Moment>,
        last_received_lsn: LSN => None::<Lsn>,
        last_received_time: DATE => None::<Moment>,
        last_hardened_lsn: LSN => None::<Lsn>,
        last_hardened_time: DATE => None::<Moment>,
        last_redone_lsn: LSN => None::<Lsn>,
        last_redone_time: DATE => None::<Moment>,
        log_send_queue_size: BIG => None::<i64>,
        log_send_rate: BIG => None::<i64>,
        redo_queue_size: BIG => None::<i64>,
        redo_rate: BIG => None::<i64>,
        filestream_send_rate: BIG => None::<i64>,
        end_of_log_lsn: LSN => None::<Lsn>,
        last_commit_lsn: LSN => None::<Lsn>,
        last_commit_time: DATE => None::<Moment>,
        low_water_mark_for_ghosts: BIG => None::<i64>,
        secondary_lag_seconds: BIG => None::<i64>,
        quorum_commit_lsn: LSN => None::<Lsn>,
        quorum_commit_time: DATE => None::<Moment>,
    })
}

/// From the cluster's store: every replica, from any replica's instance.
fn database_replica_cluster_states(seen: &Seen<'_>) -> Table {
    let rows = local_groups(seen).flat_map(|(_, group)| {
        group.replicas.values().flat_map(move |replica| {
            group
                .databases
                .iter()
                .filter_map(move |(key, id)| Some((replica, key, id, replica.databases.get(key)?)))
        })
    });
    sheet!(rows, (replica, key, id, state) => {
        replica_id: GUID => Guid(&replica.id),
        group_database_id: GUID => Guid(id),
        database_name: NAME => key,
        is_failover_ready: BIT => state.failover_ready,
        is_pending_secondary_suspend: BIT => false,
        is_database_joined: BIT => state.joined,
        recovery_lsn: LSN => None::<Lsn>,
        truncation_lsn: LSN => None::<Lsn>,
    })
}

/// Whether the listener listens here, for `sys.dm_tcp_listener_states`.
pub(super) fn listens(seen: &Seen<'_>, group: &AvailabilityGroup) -> bool {
    is_primary(seen, group)
}
