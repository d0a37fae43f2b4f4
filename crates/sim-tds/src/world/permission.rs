//! `HAS_PERMS_BY_NAME`: NULL where the securable, its class or the permission does not exist.

use super::seen::Seen;
use super::sheet::Cell;
use super::tables::known_objects;
use crate::engine::split_name;
use crate::value::SqlValue;
use scaleout_sim_site::sql::rights::{has_object_permission, is_server_permission};

fn text(arguments: &[SqlValue], at: usize) -> Option<&str> {
    match arguments.get(at) {
        Some(SqlValue::Text(text)) => Some(text.as_str()),
        _ => None,
    }
}

/// The answer.
pub(super) fn has_permission(seen: &Seen<'_>, arguments: &[SqlValue]) -> SqlValue {
    let Some(permission) = text(arguments, 2).map(str::to_uppercase) else { return SqlValue::Null };
    let securable = text(arguments, 0);
    let answer = match (text(arguments, 1).map(str::to_uppercase).as_deref(), securable) {
        (None | Some("SERVER"), _) => on_server(seen, &permission),
        (Some("DATABASE"), Some(name)) => on_database(seen, name, &permission),
        (Some("OBJECT"), Some(name)) => on_object(seen, name, &permission),
        (Some("ENDPOINT"), Some(name)) => on_endpoint(seen, name, &permission),
        (Some("AVAILABILITY GROUP"), Some(_)) => Some(seen.may("ALTER ANY AVAILABILITY GROUP")),
        _ => None,
    };
    answer.map(i32::from).cell()
}

fn on_server(seen: &Seen<'_>, permission: &str) -> Option<bool> {
    is_server_permission(seen.instance.major(), permission).then(|| seen.may(permission))
}

/// Permissions of a database that a server permission gives as well.
const BY_SERVER: [(&str, &str); 5] = [
    ("VIEW DEFINITION", "VIEW ANY DEFINITION"),
    ("VIEW DATABASE STATE", "VIEW SERVER STATE"),
    ("ALTER", "ALTER ANY DATABASE"),
    ("CONTROL", "CONTROL SERVER"),
    ("CONNECT", "CONNECT ANY DATABASE"),
];

fn on_database(seen: &Seen<'_>, name: &str, permission: &str) -> Option<bool> {
    let name = split_name(name)?.name;
    let (key, _) = seen.database(&name)?;
    let by_server = BY_SERVER.iter().find(|(own, _)| *own == permission).is_some_and(|(_, by)| seen.may(by));
    let enters = permission == "CONNECT" && seen.principal(key).is_some();
    Some(by_server || enters || seen.is_in(key, &[]))
}

fn on_object(seen: &Seen<'_>, name: &str, permission: &str) -> Option<bool> {
    let name = split_name(name)?;
    let database = name.database.unwrap_or_else(|| seen.session.database.clone());
    let full = format!("{}.{}", name.schema.unwrap_or_else(|| "dbo".to_owned()), name.name);
    let (key, found, principal) = seen.enter(&database).ok()?;
    let known =
        known_objects(seen, key).into_iter().find(|known| known.full_name().eq_ignore_ascii_case(&full))?;
    Some(has_object_permission(key, found, &principal, permission, &known.full_name()))
}

fn on_endpoint(seen: &Seen<'_>, name: &str, permission: &str) -> Option<bool> {
    let (key, endpoint) = seen.instance.endpoints.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
    let own = seen.sid().is_ok_and(|sid| sid == endpoint.owner);
    let granted = seen.instance.granted(&seen.login_name(), permission, Some(key));
    Some(own || granted || seen.may("ALTER ANY ENDPOINT"))
}
