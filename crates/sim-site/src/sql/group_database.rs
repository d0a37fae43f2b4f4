//! Databases of an availability group: ADD and REMOVE DATABASE, and what becomes of the copies (domain §1.1, §1.6).

use super::group::primary;
use super::{instance_mut, instance_of, refuse};
use crate::effect::{Refused, Reply};
use crate::state::{Database, DatabaseState, Instance, RecoveryModel, Site};
use scaleout_model::names::{GroupName, ReplicaName};

/// Copies are left restoring, but on the instance that keeps its own: the online primary.
pub(super) fn release(site: &mut Site, group: &GroupName, database: Option<&str>, keeper: &ReplicaName) {
    let primary = site.groups.get(group).and_then(|group| group.online_primary().cloned());
    let primary = primary.filter(|primary| primary == keeper);
    for name in site.instance_names() {
        let is_primary = primary.as_ref() == Some(&name);
        let Some(instance) = site.instance_mut(&name) else { continue };
        let ours = |key: &String, copy: &Database| {
            copy.group.as_ref() == Some(group)
                && database.is_none_or(|database| database.eq_ignore_ascii_case(key))
        };
        for (_, copy) in instance.databases.iter_mut().filter(|(key, copy)| ours(key, copy)) {
            copy.group = None;
            if !is_primary {
                copy.state = DatabaseState::Restoring;
            }
        }
    }
}
fn bar(database: &Database) -> Option<(i64, &'static str)> {
    if database.state != DatabaseState::Online {
        Some((41_148, "it is not online"))
    } else if database.recovery != RecoveryModel::Full {
        Some((1_465, "it is not in full recovery mode"))
    } else if database.read_only {
        Some((1_466, "it is read-only"))
    } else if database.auto_close {
        Some((1_469, "it is auto-closed"))
    } else if !database.multi_user {
        Some((1_467, "it is in single-user or restricted mode"))
    } else if database.log_chain.is_none() {
        Some((1_475, "it has had no full backup"))
    } else {
        None
    }
}
pub(super) fn check_database(
    site: &Site,
    instance: &ReplicaName,
    group: &GroupName,
    name: &str,
) -> Result<(), Refused> {
    let own: &Instance = instance_of(site, instance)?;
    if ["master", "msdb", "model", "tempdb"].iter().any(|system| system.eq_ignore_ascii_case(name)) {
        return refuse(
            35_249,
            format!(
                "An attempt to add or join a system database, '{name}', to an availability group failed."
            ),
        );
    }
    let Some(database) = own.database(name) else {
        return refuse(
            35_238,
            format!("Database '{name}' cannot be added to the availability group: it does not exist."),
        );
    };
    match &database.group {
        Some(other) if other == group => {
            return refuse(
                35_280,
                format!(
                    "Database '{name}' cannot be added to availability group '{group}'.  The database is already joined to the specified availability group."
                ),
            );
        }
        Some(other) => {
            return refuse(
                35_244,
                format!(
                    "Database '{name}' cannot be added to availability group '{group}'.  The database is currently joined to another availability group '{other}'."
                ),
            );
        }
        None => {}
    }
    match bar(database) {
        None => Ok(()),
        Some((number, why)) => {
            refuse(number, format!("Database \"{name}\" cannot be added to an availability group: {why}."))
        }
    }
}
pub(super) fn add_database(
    site: &mut Site,
    instance: &ReplicaName,
    group: &GroupName,
    name: &str,
) -> Result<Reply, Refused> {
    check_database(site, instance, group, name)?;
    let id = site.new_guid();
    let own = instance_mut(site, instance)?;
    let key = own.databases.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned().unwrap_or_default();
    if let Some(database) = own.databases.get_mut(&key) {
        database.group = Some(group.clone());
    }
    if let Some(group) = site.groups.get_mut(group) {
        group.databases.insert(key, id);
        group.sequence += 1;
    }
    Ok(Reply::Done)
}
pub(super) fn remove_database(
    site: &mut Site,
    instance: &ReplicaName,
    group: &GroupName,
    name: &str,
) -> Result<Reply, Refused> {
    let own = primary(site, instance, group)?;
    let Some(key) = own.databases.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned() else {
        let text = format!(
            "Database '{name}' cannot be removed from availability group '{group}'.  The database is not joined to the specified availability group."
        );
        return refuse(35_281, text);
    };
    release(site, group, Some(&key), instance);
    if let Some(group) = site.groups.get_mut(group) {
        group.databases.remove(&key);
        group.sequence += 1;
    }
    Ok(Reply::Done)
}
