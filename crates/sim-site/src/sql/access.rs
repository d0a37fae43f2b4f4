//! Whether a database of an instance can be read or written now (976, 978, 983, 927, 942, 911, 3906; domain §1.6).

use super::{instance_mut, instance_of, refuse};
use crate::effect::Refused;
use crate::state::{Catalog, Database, DatabaseContent, DatabaseState, Site};
use scaleout_model::defaults::CATALOG_DATABASE;
use scaleout_model::names::ReplicaName;
use scaleout_model::sql::{ReplicaRole, SecondaryConnections};

/// Role of the local replica for a database; `None`: it is in no group.
pub fn role_of(site: &Site, instance: &ReplicaName, database: &Database) -> Option<ReplicaRole> {
    let group = database.group.as_ref()?;
    let own = site.groups.get(group).and_then(|group| group.replicas.get(instance));
    Some(own.map_or(ReplicaRole::Resolving, |replica| replica.role))
}

/// `sys.fn_hadr_is_primary_replica`: `None` for a database in no group.
pub fn is_primary_replica(site: &Site, instance: &ReplicaName, database: &str) -> Option<bool> {
    let database = site.instance(instance)?.1.database(database)?;
    role_of(site, instance, database).map(|role| role == ReplicaRole::Primary)
}

/// A database that can be read here, or the error that a query gets.
pub fn readable<'a>(site: &'a Site, instance: &ReplicaName, name: &str) -> Result<&'a Database, Refused> {
    let Some(database) = instance_of(site, instance)?.database(name) else {
        let text = format!("Database '{name}' does not exist. Make sure that the name is entered correctly.");
        return refuse(911, text);
    };
    match database.state {
        DatabaseState::Online => {}
        DatabaseState::Restoring => {
            let text = format!("Database '{name}' cannot be opened. It is in the middle of a restore.");
            return refuse(927, text);
        }
        DatabaseState::Offline => {
            return refuse(942, format!("Database '{name}' cannot be opened because it is offline."));
        }
    }
    match role_of(site, instance, database) {
        None | Some(ReplicaRole::Primary) => Ok(database),
        Some(ReplicaRole::Resolving) => {
            let text = format!(
                "Unable to access availability database '{name}' because the database replica is not in the PRIMARY or \
                 SECONDARY role. Connections to an availability database is permitted only when the database replica is in \
                 the PRIMARY or SECONDARY role. Try the operation again later."
            );
            refuse(983, text)
        }
        Some(ReplicaRole::Secondary) => secondary(site, instance, database, name),
    }
}

fn secondary<'a>(
    site: &Site,
    instance: &ReplicaName,
    database: &'a Database,
    name: &str,
) -> Result<&'a Database, Refused> {
    let group = database.group.as_ref().and_then(|group| site.groups.get(group));
    match group.and_then(|group| group.replicas.get(instance)).map(|replica| replica.secondary_connections) {
        Some(SecondaryConnections::All) => Ok(database),
        Some(SecondaryConnections::ReadOnly) => {
            let text = format!(
                "The target database ('{name}') is in an availability group and is currently accessible for connections \
                 when the application intent is set to read only. For more information about application intent, see SQL \
                 Server Books Online."
            );
            refuse(978, text)
        }
        _ => {
            let text = format!(
                "The target database, '{name}', is participating in an availability group and is currently not accessible \
                 for queries. Either data movement is suspended or the availability replica is not enabled for read \
                 access. To allow read-only access to this and other databases in the availability group, enable read \
                 access to one or more secondary availability replicas in the group. For more information, see the ALTER \
                 AVAILABILITY GROUP statement in SQL Server Books Online."
            );
            refuse(976, text)
        }
    }
}

/// A database that can be written here.
pub fn writable(site: &Site, instance: &ReplicaName, name: &str) -> Result<(), Refused> {
    let database = readable(site, instance, name)?;
    if database.read_only
        || role_of(site, instance, database).is_some_and(|role| role != ReplicaRole::Primary)
    {
        return refuse(
            3_906,
            format!("Failed to update database \"{name}\" because the database is read-only."),
        );
    }
    Ok(())
}

/// The contents of a database that can be written here.
pub(crate) fn content_mut<'a>(
    site: &'a mut Site,
    instance: &ReplicaName,
    name: &str,
) -> Result<&'a mut DatabaseContent, Refused> {
    writable(site, instance, name)?;
    match instance_mut(site, instance)?.database_mut(name) {
        Some(database) => Ok(database.content_mut()),
        None => refuse(911, format!("Database '{name}' does not exist.")),
    }
}

/// The catalog, if it can be written here; 27220 where the database is no catalog.
pub(crate) fn catalog_mut<'a>(
    site: &'a mut Site,
    instance: &ReplicaName,
) -> Result<&'a mut Catalog, Refused> {
    match content_mut(site, instance, CATALOG_DATABASE)?.catalog.as_mut() {
        Some(catalog) => Ok(catalog),
        None => refuse(27_220, "The database 'SSISDB' does not contain the SSIS catalog."),
    }
}
