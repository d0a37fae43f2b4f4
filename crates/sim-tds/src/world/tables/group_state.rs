//! States of availability groups and replicas ([DMV-AGS], [DMV-ARS], [DMV-ARC], [DMV-SEED]). All replicas only on the
//! primary, the own one elsewhere.

use super::group::local_groups;
use crate::engine::Table;
use crate::world::seen::Seen;
use crate::world::sheet::{BIG, BIT, DATE, GUID, Guid, INT, Moment, TINY, sheet, text};
use scaleout_model::names::ReplicaName;
use scaleout_model::sql::{AvailabilityMode, ReplicaRole, SyncState};
use scaleout_sim_site::state::{AvailabilityGroup, Replica, Seeding};

pub(super) fn table(seen: &Seen<'_>, object: &str) -> Option<Table> {
    Some(match object {
        "dm_hadr_availability_group_states" => group_states(seen),
        "dm_hadr_availability_replica_states" => replica_states(seen),
        "dm_hadr_availability_replica_cluster_states" => replica_cluster_states(seen),
        "dm_hadr_automatic_seeding" => automatic_seeding(seen),
        "dm_hadr_physical_seeding_stats" => physical_seeding(seen),
        _ => return None,
    })
}

/// Whether the local replica is primary.
pub(super) fn is_primary(seen: &Seen<'_>, group: &AvailabilityGroup) -> bool {
    group.online_primary() == Some(seen.replica)
}

/// Replicas whose state this instance knows.
pub(super) fn known_replicas<'a>(
    seen: &Seen<'a>,
) -> Vec<(&'a AvailabilityGroup, &'a ReplicaName, &'a Replica)> {
    let of_group = |group: &'a AvailabilityGroup| {
        let all = is_primary(seen, group);
        group
            .replicas
            .iter()
            .filter(move |(name, _)| all || *name == seen.replica)
            .map(move |(name, r)| (group, name, r))
    };
    local_groups(seen).flat_map(|(_, group)| of_group(group)).collect()
}

/// `synchronization_health` of a replica: 2 where every database is in the state that its mode wants.
pub(super) fn health(group: &AvailabilityGroup, replica: &Replica) -> u8 {
    let wanted = |state: SyncState| match replica.availability_mode {
        AvailabilityMode::Synchronous => state == SyncState::Synchronized,
        AvailabilityMode::Asynchronous => state != SyncState::NotSynchronizing,
    };
    let states: Vec<bool> =
        group.databases.keys().map(|db| replica.databases.get(db).is_some_and(|s| wanted(s.state))).collect();
    if !replica.connected && replica.role != ReplicaRole::Primary {
        0
    } else if states.iter().all(|good| *good) {
        2
    } else {
        u8::from(states.iter().any(|good| *good))
    }
}

pub(super) fn health_text(health: u8) -> &'static str {
    match health {
        2 => "HEALTHY",
        1 => "PARTIALLY_HEALTHY",
        _ => "NOT_HEALTHY",
    }
}

fn group_health(group: &AvailabilityGroup) -> u8 {
    let all: Vec<u8> = group.replicas.values().map(|replica| health(group, replica)).collect();
    if all.iter().all(|health| *health == 2) { 2 } else { u8::from(all.contains(&2)) }
}

fn group_states(seen: &Seen<'_>) -> Table {
    sheet!(local_groups(seen), (_, group) => {
        group_id: GUID => Guid(&group.id),
        primary_replica: text(128) => group.online_primary().map(ReplicaName::as_str),
        primary_recovery_health: TINY => is_primary(seen, group).then_some(1_u8),
        primary_recovery_health_desc: text(60) => is_primary(seen, group).then_some("ONLINE"),
        secondary_recovery_health: TINY => (!is_primary(seen, group)).then_some(1_u8),
        secondary_recovery_health_desc: text(60) => (!is_primary(seen, group)).then_some("ONLINE"),
        synchronization_health: TINY => group_health(group),
        synchronization_health_desc: text(60) => health_text(group_health(group)),
    })
}

fn role(replica: &Replica) -> (u8, &'static str) {
    match replica.role {
        ReplicaRole::Resolving => (0, "RESOLVING"),
        ReplicaRole::Primary => (1, "PRIMARY"),
        ReplicaRole::Secondary => (2, "SECONDARY"),
    }
}

fn replica_states(seen: &Seen<'_>) -> Table {
    let online = |replica: &Replica| replica.role != ReplicaRole::Resolving;
    sheet!(known_replicas(seen), (group, name, replica) => {
        replica_id: GUID => Guid(&replica.id),
        group_id: GUID => Guid(&group.id),
        is_local: BIT => name == seen.replica,
        role: TINY => role(replica).0,
        role_desc: text(60) => role(replica).1,
        operational_state: TINY => (name == seen.replica).then_some(if online(replica) { 2_u8 } else { 1 }),
        operational_state_desc: text(60) => (name == seen.replica).then_some(if online(replica) { "ONLINE" } else { "PENDING" }),
        recovery_health: TINY => (name == seen.replica).then_some(u8::from(online(replica))),
        recovery_health_desc: text(60) => (name == seen.replica).then_some(if online(replica) { "ONLINE" } else { "ONLINE_IN_PROGRESS" }),
        synchronization_health: TINY => health(group, replica),
        synchronization_health_desc: text(60) => health_text(health(group, replica)),
        connected_state: TINY => u8::from(replica.connected || replica.role == ReplicaRole::Primary),
        connected_state_desc: text(60) => if replica.connected || replica.role == ReplicaRole::Primary { "CONNECTED" } else { "DISCONNECTED" },
        last_connect_error_number: INT => replica.connect_error.as_ref().map(|error| error.number),
        last_connect_error_description: text(1024) => replica.connect_error.as_ref().map(|error| error.description.clone()),
        last_connect_error_timestamp: DATE => replica.connect_error.as_ref().map(|error| Moment(error.at_ms)),
    })
}

/// Every replica of every group of the cluster, from any node.
fn replica_cluster_states(seen: &Seen<'_>) -> Table {
    let member = seen.instance.hadr_in_use
        && seen
            .site
            .cluster
            .as_ref()
            .is_some_and(|cluster| cluster.nodes.contains_key(&seen.replica.machine()));
    let groups = seen.site.groups.values().filter(|_| member);
    let rows =
        groups.flat_map(|group| group.replicas.iter().map(move |(name, replica)| (group, name, replica)));
    sheet!(rows, (group, name, replica) => {
        replica_id: GUID => Guid(&replica.id),
        replica_server_name: text(256) => name.as_str(),
        group_id: GUID => Guid(&group.id),
        join_state: TINY => u8::from(replica.joined),
        join_state_desc: text(60) => if replica.joined { "JOINED_STANDALONE_INSTANCE" } else { "NOT_JOINED" },
    })
}

/// Seedings that this instance takes part in: all as source, its own as target.
fn seedings<'a>(seen: &Seen<'a>) -> Vec<(&'a AvailabilityGroup, &'a Seeding, bool)> {
    let of_group = |group: &'a AvailabilityGroup| {
        let source = is_primary(seen, group);
        let ours = move |seeding: &&Seeding| source || seeding.replica == *seen.replica;
        group.seeding.iter().filter(ours).map(move |seeding| (group, seeding, source))
    };
    local_groups(seen).flat_map(|(_, group)| of_group(group)).collect()
}

fn remote<'a>(group: &'a AvailabilityGroup, seeding: &Seeding, source: bool) -> Option<&'a str> {
    let name = if source { &seeding.replica } else { &group.primary };
    group.replicas.get(name).map(|replica| replica.id.as_str())
}

fn automatic_seeding(seen: &Seen<'_>) -> Table {
    sheet!(seedings(seen), (group, seeding, source) => {
        start_time: DATE => Moment(seeding.started_ms),
        completion_time: DATE => (seeding.state != "SEEDING").then_some(Moment(seeding.ends_ms)),
        ag_id: GUID => Guid(&group.id),
        ag_db_id: GUID => group.databases.get(&seeding.database).map(|id| Guid(id)),
        ag_remote_replica_id: GUID => remote(group, seeding, source).map(Guid),
        operation_id: GUID => Guid(&seeding.operation_id),
        is_source: BIT => source,
        current_state: text(60) => &seeding.state,
        performed_seeding: BIT => seeding.state == "COMPLETED",
        failure_state: INT => seeding.failure_state,
        failure_state_desc: text(120) => (!seeding.failure.is_empty()).then_some(seeding.failure.as_str()),
        error_code: INT => None::<i32>,
        number_of_attempts: INT => 1,
    })
}

/// Live seedings only; the size is not modelled (0).
fn physical_seeding(seen: &Seen<'_>) -> Table {
    let live = seedings(seen).into_iter().filter(|(_, seeding, _)| seeding.state == "SEEDING");
    sheet!(live, (_, seeding, source) => {
        local_physical_seeding_id: GUID => Guid(&seeding.operation_id),
        remote_physical_seeding_id: GUID => Guid(&seeding.operation_id),
        local_database_id: INT => seen.instance.database(&seeding.database).map(|database| database.id),
        local_database_name: text(128) => &seeding.database,
        remote_machine_name: text(256) => seeding.replica.machine().as_str(),
        role_desc: text(60) => if source { "Source" } else { "Destination" },
        internal_state_desc: text(60) => "ReadingAndSendingData",
        transfer_rate_bytes_per_second: BIG => 0_i64,
        transfered_size_bytes: BIG => 0_i64,
        database_size_bytes: BIG => 0_i64,
        start_time_utc: DATE => Moment(seeding.started_ms),
        end_time_utc: DATE => None::<Moment>,
        estimate_time_complete_utc: DATE => Moment(seeding.ends_ms),
        total_disk_io_wait_time_ms: BIG => 0_i64,
        total_network_wait_time_ms: BIG => 0_i64,
        failure_code: INT => None::<i32>,
        failure_message: text(1024) => None::<&str>,
        failure_time_utc: DATE => None::<Moment>,
        is_compression_enabled: BIT => false,
    })
}
