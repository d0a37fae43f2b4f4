//! What runs on a replica itself: JOIN, GRANT CREATE ANY DATABASE, SET HADR (domain §1.5, §1.6).

use super::group::local;
use super::{instance_mut, instance_of, refuse};
use crate::effect::{Refused, Reply};
use crate::explain::{HealthRefusal, endpoint_refusal, health_refusal};
use crate::state::{DatabaseState, Sid, Site};
use scaleout_model::names::{GroupName, ReplicaName};
use scaleout_model::sql::ReplicaRole;

pub(super) fn join(site: &mut Site, instance: &ReplicaName, group: &GroupName) -> Result<Reply, Refused> {
    let Some(found) = site.groups.get(group) else {
        return local(site, instance, group).map(|_| Reply::Unchanged);
    };
    let Some(own) = found.replicas.get(instance) else {
        return local(site, instance, group).map(|_| Reply::Unchanged);
    };
    if own.joined {
        let text = format!(
            "Cannot create an availability replica for availability group '{group}'.  An availability replica of the specified availability group already exists on this instance of SQL Server."
        );
        return refuse(41_106, text);
    }
    let Some(primary) = found.online_primary() else {
        return refuse(
            41_136,
            format!(
                "Failed to join the availability replica to availability group '{group}' because the group is not online."
            ),
        );
    };
    let inner = health_refusal(site, instance)
        .map(HealthRefusal::text)
        .or_else(|| endpoint_refusal(site, group, instance, primary).map(|refusal| refusal.text()));
    if let Some(inner) = inner {
        let text = format!(
            "Failed to join local availability replica to availability group '{group}'.  The operation encountered SQL Server error 35250 and has been rolled back. ({inner})"
        );
        return refuse(41_158, text);
    }
    if let Some(found) = site.groups.get_mut(group)
        && let Some(own) = found.replicas.get_mut(instance)
    {
        own.joined = true;
        found.sequence += 1;
    }
    Ok(Reply::Done)
}
pub(super) fn grant_seeding(
    site: &mut Site,
    instance: &ReplicaName,
    group: &GroupName,
    by: Option<&Sid>,
) -> Result<Reply, Refused> {
    local(site, instance, group)?;
    let own = site.groups.get_mut(group).and_then(|group| group.replicas.get_mut(instance));
    let Some(own) = own else { return refuse(41_101, "there is no local replica") };
    let differs = own.seeding_granted_by.as_ref() != by;
    own.seeding_granted_by = by.cloned();
    Ok(super::changed(differs))
}
/// The local role in a database's group; 35240 on the primary.
fn secondary_of(
    site: &Site,
    instance: &ReplicaName,
    database: &str,
    group: &GroupName,
) -> Result<(), Refused> {
    let found = local(site, instance, group)?;
    match found.replicas.get(instance).map(|replica| (replica.role, replica.connected)) {
        Some((ReplicaRole::Primary, _)) => {
            let text = format!(
                "Database '{database}' cannot be joined to or unjoined from availability group '{group}'. This operation is not supported on the primary replica of the availability group."
            );
            refuse(35_240, text)
        }
        Some((ReplicaRole::Secondary, true)) => Ok(()),
        _ => refuse(
            35_250,
            "The connection to the primary replica is not active.  The command cannot be processed.",
        ),
    }
}
pub(super) fn join_database(
    site: &mut Site,
    instance: &ReplicaName,
    group: &GroupName,
    database: &str,
) -> Result<Reply, Refused> {
    secondary_of(site, instance, database, group)?;
    let found = local(site, instance, group)?;
    let Some(key) = found.databases.keys().find(|key| key.eq_ignore_ascii_case(database)).cloned() else {
        return refuse(
            35_242,
            format!(
                "Cannot complete this ALTER DATABASE <database-name> SET HADR operation on database '{database}'.  The database is not joined to an availability group."
            ),
        );
    };
    let source = site.instance(&found.primary).and_then(|(_, primary)| primary.database(&key)).cloned();
    let Some(copy) = instance_of(site, instance)?.database(&key) else {
        return refuse(
            35_238,
            format!("Database '{database}' does not exist on this instance of SQL Server."),
        );
    };
    let family = source.as_ref().map(|source| &source.family_guid);
    if copy.group.is_some() {
        return refuse(
            41_145,
            format!(
                "Cannot join database '{database}' to availability group '{group}'.  The database has already joined the availability group."
            ),
        );
    }
    if copy.state != DatabaseState::Restoring || family != Some(&copy.family_guid) {
        return refuse(
            1_464,
            format!(
                "Database \"{database}\" is not in a recovering state which is required for a mirror database or secondary database."
            ),
        );
    }
    if let (Some(copy), Some(source)) = (instance_mut(site, instance)?.database_mut(&key), source) {
        copy.group = Some(group.clone());
        copy.state = DatabaseState::Online;
        copy.content = source.content;
    }
    Ok(Reply::Done)
}
pub(super) fn leave(site: &mut Site, instance: &ReplicaName, database: &str) -> Result<Reply, Refused> {
    let group = group_of(site, instance, database)?;
    let role = local(site, instance, &group)?.replicas.get(instance).map(|replica| replica.role);
    if role == Some(ReplicaRole::Primary) {
        return secondary_of(site, instance, database, &group).map(|()| Reply::Unchanged);
    }
    if let Some(copy) = instance_mut(site, instance)?.database_mut(database) {
        copy.group = None;
        copy.state = DatabaseState::Restoring;
    }
    Ok(Reply::Done)
}
fn group_of(site: &Site, instance: &ReplicaName, database: &str) -> Result<GroupName, Refused> {
    match instance_of(site, instance)?.database(database).map(|copy| copy.group.clone()) {
        Some(Some(group)) => Ok(group),
        Some(None) => refuse(
            35_242,
            format!(
                "Cannot complete this ALTER DATABASE <database-name> SET HADR operation on database '{database}'.  The database is not joined to an availability group."
            ),
        ),
        None => refuse(
            911,
            format!("Database '{database}' does not exist. Make sure that the name is entered correctly."),
        ),
    }
}
/// On the primary it concerns every secondary, else the own copy.
pub(super) fn suspend_database(
    site: &mut Site,
    instance: &ReplicaName,
    database: &str,
    suspend: bool,
) -> Result<Reply, Refused> {
    let group = group_of(site, instance, database)?;
    let Some(found) = site.groups.get_mut(&group) else {
        return refuse(41_044, format!("there is no group {group}"));
    };
    let everywhere = found.online_primary() == Some(instance);
    let mut differs = false;
    let reason = suspend.then(|| "SUSPEND_FROM_USER".to_owned());
    for (name, replica) in &mut found.replicas {
        for (key, state) in &mut replica.databases {
            if key.eq_ignore_ascii_case(database) && (everywhere || name == instance) {
                differs |= state.suspended != reason;
                state.suspended.clone_from(&reason);
            }
        }
    }
    Ok(super::changed(differs))
}
