//! Automatic seeding ([SEED]).

use crate::state::{Database, DatabaseState, RecoveryModel, Seeding, Site};
use scaleout_model::names::{GroupName, ReplicaName};
use scaleout_model::sql::SeedingMode;

/// `failure_state` 23.
const NAME_EXISTS: (i32, &str) = (23, "Database With Name Already Exists");
/// `failure_state` 6.
const TRANSPORT: (i32, &str) = (6, "Transport Failure");

/// Starts and ends seedings.
pub(super) fn settle(site: &mut Site) {
    for name in site.groups.keys().cloned().collect::<Vec<_>>() {
        end_due(site, &name);
        for (replica, database) in wanting(site, &name) {
            start(site, &name, &replica, &database);
        }
    }
}

/// Databases that a connected, joined replica lacks and seeds by itself, once it was granted CREATE ANY DATABASE
/// (19506 without). A failed one of transport is tried again; any other waits for SEEDING_MODE to be set again.
fn wanting(site: &Site, name: &GroupName) -> Vec<(ReplicaName, String)> {
    let Some(group) = site.groups.get(name).filter(|group| group.online_primary().is_some()) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (replica_name, replica) in &group.replicas {
        let seeds = *replica_name != group.primary
            && replica.joined
            && replica.connected
            && replica.seeding_mode == SeedingMode::Automatic
            && replica.seeding_granted_by.is_some();
        for database in group.databases.keys().filter(|_| seeds) {
            let lacks = replica.databases.get(database).is_some_and(|state| !state.joined);
            let last =
                group.seeding.iter().rev().find(|s| s.replica == *replica_name && s.database == *database);
            let free = last.is_none_or(|s| s.state == "COMPLETED" || s.failure_state == TRANSPORT.0);
            if lacks && free {
                found.push((replica_name.clone(), database.clone()));
            }
        }
    }
    found
}

/// Starts a seeding; a database of that name on the target ends it at once.
pub(crate) fn start(site: &mut Site, name: &GroupName, replica: &ReplicaName, database: &str) {
    let (now, ends) = (site.now_ms, site.now_ms + site.latencies.seeding_ms);
    let operation_id = site.new_guid();
    let exists = site.instance(replica).is_some_and(|(_, instance)| instance.database(database).is_some());
    let Some(group) = site.groups.get_mut(name) else { return };
    let (state, failure) = if exists { ("FAILED", NAME_EXISTS) } else { ("SEEDING", (0, "")) };
    group.seeding.push(Seeding {
        operation_id,
        database: database.to_owned(),
        replica: replica.clone(),
        state: state.to_owned(),
        failure_state: failure.0,
        failure: failure.1.to_owned(),
        started_ms: now,
        ends_ms: if exists { now } else { ends },
    });
}

fn end_due(site: &mut Site, name: &GroupName) {
    let now = site.now_ms;
    let Some(group) = site.groups.get(name) else { return };
    let running: Vec<usize> = group
        .seeding
        .iter()
        .enumerate()
        .filter(|(_, s)| s.state == "SEEDING")
        .map(|(index, _)| index)
        .collect();
    for index in running {
        let Some(group) = site.groups.get(name) else { return };
        let Some(seeding) = group.seeding.get(index).cloned() else { continue };
        let connected = group.replicas.get(&seeding.replica).is_some_and(|replica| replica.connected);
        let (state, failure) = if !connected {
            ("FAILED", TRANSPORT)
        } else if seeding.ends_ms > now {
            continue;
        } else {
            place_copy(site, name, &seeding);
            ("COMPLETED", (0, ""))
        };
        let Some(seeding) = site.groups.get_mut(name).and_then(|group| group.seeding.get_mut(index)) else {
            continue;
        };
        state.clone_into(&mut seeding.state);
        seeding.failure_state = failure.0;
        failure.1.clone_into(&mut seeding.failure);
        seeding.ends_ms = now;
    }
}

/// The copy belongs to the login that ran GRANT CREATE ANY DATABASE there.
fn place_copy(site: &mut Site, name: &GroupName, seeding: &Seeding) {
    let now = site.now_ms;
    let Some(group) = site.groups.get(name) else { return };
    let Some(owner) = group.replicas.get(&seeding.replica).and_then(|r| r.seeding_granted_by.clone()) else {
        return;
    };
    let Some(source) =
        site.instance(&group.primary).and_then(|(_, i)| i.database(&seeding.database)).cloned()
    else {
        return;
    };
    let Some(target) = site.instance_mut(&seeding.replica) else { return };
    let id = target.take_id();
    let copy = Database {
        id,
        state: DatabaseState::Online,
        recovery: RecoveryModel::Full,
        owner,
        created_ms: now,
        trustworthy: false,
        group: Some(name.clone()),
        ..source
    };
    target.databases.insert(seeding.database.clone(), copy);
    if let Some(state) = site
        .groups
        .get_mut(name)
        .and_then(|group| group.replicas.get_mut(&seeding.replica))
        .and_then(|replica| replica.databases.get_mut(&seeding.database))
    {
        state.joined = true;
    }
}
