//! Views and tables with all columns that are documented, as the session may see their rows ("System views",
//! learn.microsoft.com; domain §2; SSISDB schema 2019).

mod catalog;
mod cluster;
mod database;
mod group;
mod group_state;
mod internal;
mod job;
mod object;
mod principal;
mod replica_state;
mod server;
mod session;

pub(super) use object::{Known, known_objects, object_id};
pub(super) use principal::role_id;

use super::seen::Seen;
use crate::engine::{Table, TableName};
use crate::value::SqlError;

/// A table by name; `None` where there is none (208), as in a database that does not exist.
pub(super) fn table(seen: &Seen<'_>, name: &TableName) -> Result<Option<Table>, SqlError> {
    if seen.database(&name.database).is_none() {
        return Ok(None);
    }
    let (key, _, _) = seen.enter(&name.database)?;
    let schema = name.schema.as_deref().unwrap_or("dbo").to_lowercase();
    let object = name.name.to_lowercase();
    match schema.as_str() {
        "sys" => sys(seen, key, &object),
        "dbo" if key.eq_ignore_ascii_case("msdb") => job::table(seen, key, &object),
        "catalog" => catalog::table(seen, key, &object),
        "internal" => internal::table(seen, key, &object),
        _ => Ok(None),
    }
}

/// Views of the schema `sys`: of the server, then of the database.
fn sys(seen: &Seen<'_>, database: &str, object: &str) -> Result<Option<Table>, SqlError> {
    if let Some(table) = server::table(seen, object) {
        return Ok(Some(table));
    }
    if object.starts_with("dm_hadr") || object.starts_with("dm_tcp") {
        let found = group_state::table(seen, object)
            .or_else(|| replica_state::table(seen, object))
            .or_else(|| cluster::table(seen, object));
        if found.is_some() {
            seen.require_state()?;
        }
        return Ok(found);
    }
    Ok(session::table(seen, object)
        .or_else(|| database::table(seen, object))
        .or_else(|| group::table(seen, object))
        .or_else(|| principal::table(seen, database, object))
        .or_else(|| object::table(seen, database, object)))
}
