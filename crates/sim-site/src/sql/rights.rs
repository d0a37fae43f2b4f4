//! What a login may do and see: server permissions, databases, roles, objects ("Permissions (Database Engine)",
//! "Metadata Visibility Configuration"; domain §1.7, §4.4).

use crate::catalog::user_of;
use crate::state::{Database, DatabaseUser, Instance, Login};
use scaleout_model::defaults::CATALOG_DATABASE;
use scaleout_model::names::LoginName;
use std::collections::BTreeSet;

/// Server permissions: name, and the version from which on there is one.
const SERVER_PERMISSIONS: [(&str, u32); 34] = [
    ("ADMINISTER BULK OPERATIONS", 9),
    ("ALTER ANY AVAILABILITY GROUP", 11),
    ("ALTER ANY CONNECTION", 9),
    ("ALTER ANY CREDENTIAL", 9),
    ("ALTER ANY DATABASE", 9),
    ("ALTER ANY ENDPOINT", 9),
    ("ALTER ANY EVENT NOTIFICATION", 9),
    ("ALTER ANY LINKED SERVER", 9),
    ("ALTER ANY LOGIN", 9),
    ("ALTER ANY SERVER AUDIT", 9),
    ("ALTER ANY SERVER ROLE", 11),
    ("ALTER RESOURCES", 9),
    ("ALTER SERVER STATE", 9),
    ("ALTER SETTINGS", 9),
    ("ALTER TRACE", 9),
    ("AUTHENTICATE SERVER", 9),
    ("CONNECT ANY DATABASE", 12),
    ("CONNECT SQL", 9),
    ("CONTROL SERVER", 9),
    ("CREATE ANY DATABASE", 9),
    ("CREATE AVAILABILITY GROUP", 11),
    ("CREATE ENDPOINT", 9),
    ("CREATE LOGIN", 16),
    ("CREATE SERVER ROLE", 11),
    ("EXTERNAL ACCESS ASSEMBLY", 9),
    ("IMPERSONATE ANY LOGIN", 12),
    ("SELECT ALL USER SECURABLES", 12),
    ("SHUTDOWN", 9),
    ("UNSAFE ASSEMBLY", 9),
    ("VIEW ANY CRYPTOGRAPHICALLY SECURED DEFINITION", 16),
    ("VIEW ANY DATABASE", 9),
    ("VIEW ANY DEFINITION", 9),
    ("VIEW ANY SECURITY DEFINITION", 16),
    ("VIEW SERVER STATE", 9),
];

/// Permissions of 2022 and later that split VIEW SERVER STATE.
const SPLIT_STATE: [&str; 2] = ["VIEW SERVER PERFORMANCE STATE", "VIEW SERVER SECURITY STATE"];

/// Permissions that imply another, beside CONTROL SERVER.
const IMPLIED: [(&str, &[&str]); 9] = [
    ("VIEW SERVER STATE", &["ALTER SERVER STATE"]),
    ("VIEW SERVER PERFORMANCE STATE", &["VIEW SERVER STATE", "ALTER SERVER STATE"]),
    ("VIEW SERVER SECURITY STATE", &["VIEW SERVER STATE", "ALTER SERVER STATE"]),
    ("VIEW ANY SECURITY DEFINITION", &["VIEW ANY DEFINITION"]),
    ("CREATE ANY DATABASE", &["ALTER ANY DATABASE"]),
    ("VIEW ANY DATABASE", &["ALTER ANY DATABASE", "VIEW ANY DEFINITION"]),
    ("CREATE AVAILABILITY GROUP", &["ALTER ANY AVAILABILITY GROUP"]),
    ("CREATE ENDPOINT", &["ALTER ANY ENDPOINT"]),
    ("CREATE LOGIN", &["ALTER ANY LOGIN"]),
];

/// Permissions of fixed server roles other than sysadmin.
const ROLE_PERMISSIONS: [(&str, &[&str]); 5] = [
    ("securityadmin", &["ALTER ANY LOGIN"]),
    (
        "serveradmin",
        &[
            "ALTER ANY ENDPOINT",
            "ALTER RESOURCES",
            "ALTER SERVER STATE",
            "ALTER SETTINGS",
            "SHUTDOWN",
            "VIEW SERVER STATE",
        ],
    ),
    ("processadmin", &["ALTER ANY CONNECTION", "ALTER SERVER STATE"]),
    ("dbcreator", &["ALTER ANY DATABASE", "CREATE ANY DATABASE"]),
    ("bulkadmin", &["ADMINISTER BULK OPERATIONS"]),
];

/// Whether a version knows a server permission (`HAS_PERMS_BY_NAME` answers NULL otherwise).
pub fn is_server_permission(major: u32, permission: &str) -> bool {
    SERVER_PERMISSIONS.iter().any(|(name, since)| name.eq_ignore_ascii_case(permission) && *since <= major)
        || (major >= 16 && SPLIT_STATE.iter().any(|name| name.eq_ignore_ascii_case(permission)))
}

/// Whether a login has a server permission by role, grant or implication. `public` has VIEW ANY DATABASE.
pub fn has_server_permission(instance: &Instance, name: &LoginName, permission: &str) -> bool {
    let Some(login) = instance.logins.get(name) else { return false };
    if login.is_sysadmin() {
        return true;
    }
    let denied = instance.permissions.iter().any(|row| {
        row.denied
            && row.grantee == *name
            && row.endpoint.is_none()
            && row.permission.eq_ignore_ascii_case(permission)
    });
    if denied {
        return false;
    }
    let direct = |wanted: &str| {
        let by_role = ROLE_PERMISSIONS.iter().any(|(role, permissions)| {
            login.roles.contains(*role) && permissions.iter().any(|own| own.eq_ignore_ascii_case(wanted))
        });
        by_role || instance.granted(name, wanted, None)
    };
    let implied =
        IMPLIED.iter().filter(|(wanted, _)| wanted.eq_ignore_ascii_case(permission)).flat_map(|(_, by)| *by);
    permission.eq_ignore_ascii_case("VIEW ANY DATABASE")
        || direct(permission)
        || direct("CONTROL SERVER")
        || implied.into_iter().any(|by| direct(by))
}

/// Whether a login is sysadmin.
pub fn is_sysadmin(instance: &Instance, name: &LoginName) -> bool {
    instance.logins.get(name).is_some_and(Login::is_sysadmin)
}

/// Whether a login may see the dynamic management views of availability groups.
pub fn sees_state(instance: &Instance, name: &LoginName) -> bool {
    let permission =
        if instance.major() >= 16 { "VIEW SERVER PERFORMANCE STATE" } else { "VIEW SERVER STATE" };
    has_server_permission(instance, name, permission)
}

/// Whether a login may see the definitions of all objects of the server.
pub fn sees_definitions(instance: &Instance, name: &LoginName) -> bool {
    has_server_permission(instance, name, "VIEW ANY DEFINITION")
}

/// Whether a login may see the hashes of passwords (CONTROL SERVER; from 2022 on the cryptographic permission).
pub fn sees_hashes(instance: &Instance, name: &LoginName) -> bool {
    has_server_permission(instance, name, "CONTROL SERVER")
        || (instance.major() >= 16
            && has_server_permission(instance, name, "VIEW ANY CRYPTOGRAPHICALLY SECURED DEFINITION"))
}

/// Who a login is in a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// `dbo`: sysadmin, or the owner.
    Dbo,
    /// A user of its own.
    User(LoginName),
    /// `guest`: in master, msdb and tempdb, or by CONNECT ANY DATABASE.
    Guest,
}

/// Who a login is in a database; `None`: it may not enter (916).
pub fn principal(
    instance: &Instance,
    database_name: &str,
    database: &Database,
    name: &LoginName,
) -> Option<Principal> {
    let login = instance.logins.get(name)?;
    if login.is_sysadmin() || database.owner == login.sid {
        return Some(Principal::Dbo);
    }
    if let Some((user, _)) = user_of(database, login) {
        return Some(Principal::User(user.clone()));
    }
    let open = ["master", "msdb", "tempdb"].iter().any(|system| system.eq_ignore_ascii_case(database_name));
    (open || has_server_permission(instance, name, "CONNECT ANY DATABASE")).then_some(Principal::Guest)
}

/// Roles of a principal in a database, `public` included. dbo is in `db_owner` alone.
pub fn roles_of(database: &Database, principal: &Principal) -> BTreeSet<String> {
    let mut roles: BTreeSet<String> = std::iter::once("public".to_owned()).collect();
    match principal {
        Principal::Dbo => _ = roles.insert("db_owner".to_owned()),
        Principal::Guest => {}
        Principal::User(name) => {
            let own = database
                .content
                .users
                .get(name)
                .map(|user| user.roles.iter().map(|role| role.to_lowercase()));
            roles.extend(own.into_iter().flatten());
        }
    }
    roles
}

/// Permissions that the roles of SSISDB ship with: role, permission, object (`*`: all of that schema); domain §4.4.
const SHIPPED: [(&str, &str, &str); 7] = [
    ("ssis_admin", "EXECUTE", "catalog.*"),
    ("ssis_admin", "EXECUTE", "internal.master_heartbeat"),
    ("ssis_admin", "EXECUTE", "internal.update_master_settings"),
    ("ssis_admin", "EXECUTE", "internal.update_worker_agent_status"),
    ("ssis_admin", "EXECUTE", "internal.get_log_dbconnection"),
    ("ssis_failover_monitoring_agent", "EXECUTE", "catalog.startup"),
    ("public", "SELECT", "catalog.*"),
];

fn is_shipped(role: &str, permission: &str, object: &str) -> bool {
    SHIPPED.iter().any(|(of, name, on)| {
        let covers = on.strip_suffix('*').map_or_else(
            || on.eq_ignore_ascii_case(object),
            |schema| object.to_lowercase().starts_with(schema),
        );
        of.eq_ignore_ascii_case(role) && name.eq_ignore_ascii_case(permission) && covers
    })
}

/// Whether a principal has a permission on an object, `SELECT` on `internal.tasks`.
pub fn has_object_permission(
    database_name: &str,
    database: &Database,
    principal: &Principal,
    permission: &str,
    object: &str,
) -> bool {
    if *principal == Principal::Dbo {
        return true;
    }
    let roles = roles_of(database, principal);
    if roles.contains("db_owner") {
        return true;
    }
    let wanted = format!("{permission} ON {object}");
    let denied = format!("DENY {wanted}");
    let user: Option<&DatabaseUser> = match principal {
        Principal::User(name) => database.content.users.get(name),
        _ => None,
    };
    let of_roles = || {
        let of = |(role, _): &(&String, &BTreeSet<String>)| roles.contains(&role.to_lowercase());
        database.content.role_grants.iter().filter(of).flat_map(|(_, grants)| grants)
    };
    let has = |text: &str| {
        user.is_some_and(|user| user.grants.iter().any(|own| own.eq_ignore_ascii_case(text)))
            || of_roles().any(|own| own.eq_ignore_ascii_case(text))
    };
    if has(&denied) {
        return false;
    }
    let catalog = database_name.eq_ignore_ascii_case(CATALOG_DATABASE) && database.catalog().is_some();
    has(&wanted)
        || (permission.eq_ignore_ascii_case("SELECT") && roles.contains("db_datareader"))
        || (catalog && roles.iter().any(|role| is_shipped(role, permission, object)))
}

#[cfg(test)]
#[path = "rights_tests.rs"]
mod tests;
