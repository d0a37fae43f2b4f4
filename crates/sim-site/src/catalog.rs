//! What procedures of SSISDB do that `tick` and SQL statements share. Source: a 2019 schema (domain §4.2, §7.3).

use crate::effect::Refused;
use crate::state::{Catalog, Database, DatabaseState, Instance, Login, Site};
use scaleout_model::defaults::CATALOG_DATABASE;
use scaleout_model::names::{LoginName, ReplicaName};
use scaleout_model::sql::ReplicaRole;
use sha2::{Digest as _, Sha512};

/// 27228: the server is not registered as a replica.
const NOT_REGISTERED: i32 = 27_228;
/// CLR is off; an assembly can't be loaded.
const CLR_DISABLED: i64 = 6263;
const ASSEMBLY_LOAD: i64 = 10_314;

/// Whether SSISDB on an instance can be written: it runs, the database is there, online, and in no group or
/// on its primary.
pub fn is_writable(site: &Site, replica: &ReplicaName) -> bool {
    let Some((_, instance)) = site.instance(replica) else { return false };
    let Some(database) = instance.database(CATALOG_DATABASE) else { return false };
    site.instance_runs(replica)
        && database.state == DatabaseState::Online
        && is_primary_copy(site, replica, database)
}

/// Whether a copy of a database is in no group or that of the online primary
/// (`sys.fn_hadr_is_primary_replica` answers 1 for the latter).
pub fn is_primary_copy(site: &Site, replica: &ReplicaName, database: &Database) -> bool {
    let Some(name) = &database.group else { return true };
    site.groups
        .get(name)
        .and_then(|group| group.replicas.get(replica))
        .is_some_and(|own| own.role == ReplicaRole::Primary)
}

/// The catalog on an instance, if it can be written.
pub fn catalog_mut<'a>(site: &'a mut Site, replica: &ReplicaName) -> Option<&'a mut Catalog> {
    if !is_writable(site, replica) {
        return None;
    }
    site.instance_mut(replica)?.database_mut(CATALOG_DATABASE)?.content_mut().catalog.as_mut()
}

/// The catalog on an instance, whatever its role.
pub fn catalog<'a>(site: &'a Site, replica: &ReplicaName) -> Option<&'a Catalog> {
    site.instance(replica)?.1.database(CATALOG_DATABASE)?.catalog()
}

/// `catalog.startup`: executions in status 2 or 5 without a process of this server end as 6; a Scale Out
/// execution never has one (domain §4.6).
pub fn startup(site: &mut Site, replica: &ReplicaName) {
    let now = site.now_ms;
    let Some(catalog) = catalog_mut(site, replica) else { return };
    for execution in catalog.executions.values_mut().filter(|e| matches!(e.status, 2 | 5 | 8)) {
        execution.status = 6;
        execution.ended_ms = Some(now);
    }
}

/// `internal.refresh_replica_status`: whether a failover was detected; 27228 for an unknown server.
pub fn refresh_replica_status(catalog: &mut Catalog, server: &str) -> Result<bool, i32> {
    let key = server_key(catalog, server).ok_or(NOT_REGISTERED)?;
    let detected = catalog.alwayson_support_state.get(&key) == Some(&2);
    if detected {
        update_replica_info(catalog, server)?;
    }
    Ok(detected)
}

/// `internal.update_replica_info`: the named server gets 1, all others 2; 27228 for an unknown server.
pub fn update_replica_info(catalog: &mut Catalog, server: &str) -> Result<(), i32> {
    let key = server_key(catalog, server).ok_or(NOT_REGISTERED)?;
    for (name, state) in &mut catalog.alwayson_support_state {
        *state = if *name == key { 1 } else { 2 };
    }
    Ok(())
}

fn server_key(catalog: &Catalog, server: &str) -> Option<String> {
    catalog.alwayson_support_state.keys().find(|name| name.eq_ignore_ascii_case(server)).cloned()
}

/// Why the catalog's CLR part is dead on an instance: CLR is off (6263), its assembly is not trusted there, or the
/// owner of this copy is no login with its rights there (10314; DBATEST, SKILLS, domain §7.1). Views go on.
pub(crate) fn clr_refusal(site: &Site, replica: &ReplicaName) -> Option<Refused> {
    let (_, instance) = site.instance(replica)?;
    let database = instance.database(CATALOG_DATABASE)?;
    if instance.configuration.get("clr enabled").is_none_or(|clr| clr.in_use == 0) {
        let text = "Execution of user code in the .NET Framework is disabled. Enable \"clr enabled\" configuration option.";
        return Some(Refused::new(CLR_DISABLED, text));
    }
    let hash = hex::encode_upper(Sha512::digest(database.catalog()?.assembly.as_slice()));
    let trusted = instance.trusted_assemblies.contains_key(&hash);
    let owned = instance.login_of_sid(&database.owner).is_some_and(|(_, login)| login.is_sysadmin());
    (!trusted || !owned).then(|| {
        let text = "An error occurred in the Microsoft .NET Framework while trying to load the catalog's assembly: the \
                    server may be running out of resources, or the assembly may not be trusted.";
        Refused::new(ASSEMBLY_LOAD, text)
    })
}

/// Whether SSISDB's master key opens by itself on an instance: encrypted by its service master key, or a
/// credential there holds its password ([DBMKEY]). Else 15581.
pub fn master_key_opens(instance: &Instance, database: &Database) -> bool {
    let Some(key) = database.catalog().and_then(|catalog| catalog.master_key.as_ref()) else { return false };
    key.encrypted_by.as_deref() == Some(&instance.service_master_key) || credential_opens(instance, database)
}

/// Whether a credential for the database's family holds the master key's password.
pub fn credential_opens(instance: &Instance, database: &Database) -> bool {
    let Some(key) = database.catalog().and_then(|catalog| catalog.master_key.as_ref()) else { return false };
    key.password.is_some()
        && instance.credentials.values().any(|credential| {
            credential
                .family_guid
                .as_deref()
                .is_some_and(|guid| guid.eq_ignore_ascii_case(&database.family_guid))
                && key.password.as_ref() == Some(&credential.secret)
        })
}

/// Whether a login acts as `ssis_admin` in SSISDB: by its user's role, or as sysadmin.
pub fn is_catalog_admin(database: &Database, login: &Login) -> bool {
    login.is_sysadmin() || has_role(database, login, "ssis_admin")
}

/// Whether the user of a login's SID is a member of a role.
pub fn has_role(database: &Database, login: &Login, role: &str) -> bool {
    user_of(database, login).is_some_and(|(_, roles)| roles.iter().any(|own| own.eq_ignore_ascii_case(role)))
}

/// The user that a login has in a database, by SID, with its roles.
pub fn user_of<'a>(
    database: &'a Database,
    login: &Login,
) -> Option<(&'a LoginName, &'a std::collections::BTreeSet<String>)> {
    database
        .content
        .users
        .iter()
        .find(|(_, user)| user.sid == login.sid)
        .map(|(name, user)| (name, &user.roles))
}
