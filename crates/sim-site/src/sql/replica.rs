//! Replicas of an availability group: ADD, MODIFY, REMOVE, JOIN, seeding, and a database on a replica (domain §1.4 to
//! §1.6).

use super::group::{primary, primary_mut, require_manager, touch};
use super::refuse;
use super::replica_join::{grant_seeding, join, join_database, leave, suspend_database};
use crate::effect::{Refused, Reply};
use crate::state::{AvailabilityGroup, DatabaseState, Replica, Sid, Site};
use scaleout_model::names::{GroupName, ReplicaName};
use scaleout_model::sql::{AvailabilityMode, FailoverMode, ReplicaRole, SecondaryConnections, SeedingMode};
use std::collections::BTreeMap;

/// Replicas that a group may have, the primary included.
const MAX_REPLICAS: usize = 9;

/// Options of a replica; `None` where not given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each field is the option that its name spells")]
pub struct ReplicaOptions {
    pub endpoint_url: Option<String>,
    pub availability_mode: Option<AvailabilityMode>,
    pub failover_mode: Option<FailoverMode>,
    pub seeding_mode: Option<SeedingMode>,
    pub session_timeout: Option<u32>,
    pub backup_priority: Option<u32>,
    pub secondary_connections: Option<SecondaryConnections>,
}

/// A change of a replica.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the parts of the statement")]
pub enum ReplicaChange {
    /// `ADD REPLICA ON`; the caller owns it.
    AddReplica { group: GroupName, replica: ReplicaName, options: ReplicaOptions, owner: Sid },
    /// `MODIFY REPLICA ON`.
    ModifyReplica { group: GroupName, replica: ReplicaName, options: ReplicaOptions },
    /// `REMOVE REPLICA ON`.
    RemoveReplica { group: GroupName, replica: ReplicaName },
    /// `JOIN`, on the secondary.
    JoinGroup { group: GroupName },
    /// `GRANT | DENY CREATE ANY DATABASE`: by whom, or nobody.
    GrantSeeding { group: GroupName, by: Option<Sid> },
    /// `SET HADR AVAILABILITY GROUP =`, on the secondary.
    JoinDatabase { group: GroupName, database: String },
    /// `SET HADR OFF`, on the secondary.
    LeaveGroup { database: String },
    /// `SET HADR SUSPEND | RESUME`.
    SuspendDatabase { database: String, suspend: bool },
}

impl ReplicaChange {
    pub(crate) fn apply(&self, site: &mut Site, instance: &ReplicaName) -> Result<Reply, Refused> {
        require_manager(site, instance)?;
        match self {
            Self::AddReplica { group, replica, options, owner } => {
                primary(site, instance, group)?;
                insert(site, group, replica, options, owner, false)?;
                Ok(Reply::Done)
            }
            Self::ModifyReplica { group, replica, options } => {
                modify(site, instance, group, replica, options)
            }
            Self::RemoveReplica { group, replica } => remove(site, instance, group, replica),
            Self::JoinGroup { group } => join(site, instance, group),
            Self::GrantSeeding { group, by } => grant_seeding(site, instance, group, by.as_ref()),
            Self::JoinDatabase { group, database } => join_database(site, instance, group, database),
            Self::LeaveGroup { database } => leave(site, instance, database),
            Self::SuspendDatabase { database, suspend } => {
                suspend_database(site, instance, database, *suspend)
            }
        }
    }
}

/// Adds a replica to a group whose primary was checked; `joined` for the local one of CREATE.
pub(crate) fn insert(
    site: &mut Site,
    group: &GroupName,
    name: &ReplicaName,
    options: &ReplicaOptions,
    owner: &Sid,
    joined: bool,
) -> Result<(), Refused> {
    let replica = build(site, name, options, owner, joined)?;
    let Some(found) = site.groups.get(group) else {
        return refuse(41_044, format!("there is no group {group}"));
    };
    if found.replicas.contains_key(name) {
        let text = format!(
            "Availability replica '{name}' cannot be added to availability group '{group}'.  The availability group already contains an availability replica with the specified name."
        );
        return refuse(35_282, text);
    }
    if found.replicas.keys().any(|other| other.machine() == name.machine()) {
        let text = format!("The node of '{name}' hosts a replica of availability group '{group}' already.");
        return refuse(41_039, text);
    }
    if found.replicas.len() >= MAX_REPLICAS {
        let text =
            format!("The specified number of availability replicas exceeds the limit of {MAX_REPLICAS}.");
        return refuse(35_233, text);
    }
    let member = site.cluster.as_ref().is_some_and(|cluster| cluster.nodes.contains_key(&name.machine()));
    if !member {
        let text = format!(
            "The node of '{name}' is not part of the Windows Server Failover Cluster (error code 5042)."
        );
        return refuse(41_047, text);
    }
    let mut built = found.clone();
    built.replicas.insert(name.clone(), replica);
    check_limits(site, &built)?;
    built.sequence += 1;
    site.groups.insert(group.clone(), built);
    Ok(())
}

fn build(
    site: &mut Site,
    name: &ReplicaName,
    options: &ReplicaOptions,
    owner: &Sid,
    joined: bool,
) -> Result<Replica, Refused> {
    let Some(endpoint_url) = options.endpoint_url.clone() else {
        return refuse(
            35_236,
            format!("The endpoint URL specified for the availability replica '{name}' is invalid."),
        );
    };
    let Some(availability_mode) = options.availability_mode else {
        let text = format!("Failed to create the replica '{name}': the AVAILABILITY_MODE option is missing.");
        return refuse(41_198, text);
    };
    let Some(failover_mode) = options.failover_mode else {
        return refuse(
            41_197,
            format!("Failed to create the replica '{name}': the FAILOVER_MODE option is missing."),
        );
    };
    let (id, now) = (site.new_guid(), site.now_ms);
    let replica = Replica {
        id,
        metadata_id: 65_536 + i32::try_from(site.counter % 100_000).unwrap_or_default(),
        owner: owner.clone(),
        endpoint_url,
        availability_mode,
        failover_mode,
        seeding_mode: options.seeding_mode.unwrap_or(SeedingMode::Manual),
        session_timeout: options.session_timeout.unwrap_or(10),
        backup_priority: options.backup_priority.unwrap_or(50),
        secondary_connections: options.secondary_connections.unwrap_or(SecondaryConnections::No),
        joined,
        seeding_granted_by: None,
        created_ms: now,
        modified_ms: now,
        role: ReplicaRole::Resolving,
        connected: false,
        connect_error: None,
        databases: BTreeMap::new(),
    };
    check_options(site, name, &replica)?;
    Ok(replica)
}

/// 35236 for a URL that is none, 35211 for AUTOMATIC with asynchronous commit, 35215 for AUTOMATIC on a failover
/// cluster instance.
fn check_options(site: &Site, name: &ReplicaName, replica: &Replica) -> Result<(), Refused> {
    let url =
        replica.endpoint_url.get(6..).filter(|_| replica.endpoint_url.to_uppercase().starts_with("TCP://"));
    let valid = url
        .and_then(|rest| rest.rsplit_once(':'))
        .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
    if !valid {
        return refuse(
            35_236,
            format!("The endpoint URL specified for the availability replica '{name}' is invalid."),
        );
    }
    if replica.failover_mode == FailoverMode::Automatic {
        if replica.availability_mode == AvailabilityMode::Asynchronous {
            let text = format!(
                "The automatic failover mode of replica '{name}' requires the synchronous-commit availability mode."
            );
            return refuse(35_211, text);
        }
        if site.instance(name).is_some_and(|(_, instance)| instance.clustered) {
            let text = format!(
                "The FAILOVER_MODE option of '{name}' cannot be AUTOMATIC: it is hosted by a failover cluster instance."
            );
            return refuse(35_215, text);
        }
    }
    Ok(())
}

/// 35212 and 35213: too many synchronous, too many automatic replicas (3 in 2017, 5 since 2019).
fn check_limits(site: &Site, group: &AvailabilityGroup) -> Result<(), Refused> {
    let major = site.instance(&group.primary).map(|(_, instance)| instance.major()).unwrap_or_default();
    let most = if major >= 15 { 5 } else { 3 };
    let count = |is: fn(&Replica) -> bool| group.replicas.values().filter(|replica| is(replica)).count();
    if count(|replica| replica.availability_mode == AvailabilityMode::Synchronous) > most {
        return refuse(
            35_212,
            format!("The availability group may have {most} synchronous-commit replicas at most."),
        );
    }
    if count(|replica| replica.failover_mode == FailoverMode::Automatic) > most {
        return refuse(
            35_213,
            format!("The availability group may have {most} automatic failover replicas at most."),
        );
    }
    Ok(())
}

fn modify(
    site: &mut Site,
    instance: &ReplicaName,
    group: &GroupName,
    name: &ReplicaName,
    options: &ReplicaOptions,
) -> Result<Reply, Refused> {
    let now = site.now_ms;
    let found = primary(site, instance, group)?;
    let Some(replica) = found.replicas.get(name) else { return not_there(name, group) };
    let mut next = replica.clone();
    next.endpoint_url = options.endpoint_url.clone().unwrap_or(next.endpoint_url);
    next.availability_mode = options.availability_mode.unwrap_or(next.availability_mode);
    next.failover_mode = options.failover_mode.unwrap_or(next.failover_mode);
    next.seeding_mode = options.seeding_mode.unwrap_or(next.seeding_mode);
    next.session_timeout = options.session_timeout.unwrap_or(next.session_timeout);
    next.backup_priority = options.backup_priority.unwrap_or(next.backup_priority);
    next.secondary_connections = options.secondary_connections.unwrap_or(next.secondary_connections);
    check_options(site, name, &next)?;
    let differs = next != *replica;
    let restarted =
        options.seeding_mode == Some(SeedingMode::Automatic) && restart_seeding(site, group, name);
    let mut built = primary(site, instance, group)?.clone();
    next.modified_ms = if differs { now } else { next.modified_ms };
    built.replicas.insert(name.clone(), next);
    check_limits(site, &built)?;
    site.groups.insert(group.clone(), built);
    Ok(touch(primary_mut(site, instance, group)?, |_| differs || restarted))
}

/// A failed seeding starts again where SEEDING_MODE = AUTOMATIC is given once more (19495).
fn restart_seeding(site: &mut Site, group: &GroupName, replica: &ReplicaName) -> bool {
    let Some(found) = site.groups.get(group) else { return false };
    let failed: Vec<String> = found
        .databases
        .keys()
        .filter(|database| {
            let last = found.seeding.iter().rev().find(|s| s.replica == *replica && s.database == **database);
            last.is_some_and(|seeding| seeding.state == "FAILED")
        })
        .cloned()
        .collect();
    for database in &failed {
        crate::tick::seeding::start(site, group, replica, database);
    }
    !failed.is_empty()
}

fn not_there<T>(name: &ReplicaName, group: &GroupName) -> Result<T, Refused> {
    let text = format!("Availability replica '{name}' cannot be found in availability group '{group}'.");
    refuse(35_283, text)
}

/// A copy here leaves the group and is restoring.
fn release_copies(site: &mut Site, name: &ReplicaName, group: &GroupName) {
    let Some(instance) = site.instance_mut(name) else { return };
    for copy in instance.databases.values_mut().filter(|copy| copy.group.as_ref() == Some(group)) {
        copy.group = None;
        copy.state = DatabaseState::Restoring;
    }
}

fn remove(
    site: &mut Site,
    instance: &ReplicaName,
    group: &GroupName,
    name: &ReplicaName,
) -> Result<Reply, Refused> {
    let found = primary(site, instance, group)?;
    if !found.replicas.contains_key(name) {
        return not_there(name, group);
    }
    if name == instance {
        let text = format!(
            "Availability replica '{name}' cannot be removed from availability group '{group}', because this replica is on the local instance of SQL Server."
        );
        return refuse(35_284, text);
    }
    release_copies(site, name, group);
    let own = primary_mut(site, instance, group)?;
    own.replicas.remove(name);
    Ok(touch(own, |_| true))
}
