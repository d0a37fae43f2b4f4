//! Administration statements to effects: rights here, roles and states in the effects (`scaleout_sim_site::sql`).

mod database;
mod group;
mod login;
mod user;

use super::seen::{Seen, no_permission};
use crate::tsql::Ddl;
use crate::value::SqlError;
use scaleout_model::defaults::CATALOG_DATABASE;
use scaleout_sim_site::sql_effect::SqlChange;

/// The effects of a statement.
pub(super) fn plan(seen: &Seen<'_>, ddl: &Ddl) -> Result<Vec<SqlChange>, SqlError> {
    match ddl {
        Ddl::CreateAvailabilityGroup(_)
        | Ddl::AlterAvailabilityGroup { .. }
        | Ddl::DropAvailabilityGroup { .. }
        | Ddl::AlterDatabaseHadr { .. } => group::plan(seen, ddl),
        Ddl::CreateDatabase { .. }
        | Ddl::DropDatabase { .. }
        | Ddl::AlterDatabaseSet { .. }
        | Ddl::AlterAuthorization { .. }
        | Ddl::Backup(_)
        | Ddl::Restore(_)
        | Ddl::MasterKey(_) => database::plan(seen, ddl),
        Ddl::CreateLogin(_)
        | Ddl::AlterLogin { .. }
        | Ddl::DropLogin { .. }
        | Ddl::CreateEndpoint(_)
        | Ddl::AlterEndpoint(_)
        | Ddl::DropEndpoint { .. }
        | Ddl::CreateCredential { .. }
        | Ddl::DropCredential { .. } => login::plan(seen, ddl),
        Ddl::CreateUser(_)
        | Ddl::AlterUser { .. }
        | Ddl::DropUser { .. }
        | Ddl::CreateRole { .. }
        | Ddl::AlterRole { .. }
        | Ddl::DropRole { .. }
        | Ddl::Permission(_)
        | Ddl::CreateProcedure { .. }
        | Ddl::DropProcedure { .. } => user::plan(seen, ddl),
        Ddl::AlterDatabaseName { .. } | Ddl::CreateSchema { .. } => {
            Err(SqlError::not_implemented(ddl.title()))
        }
    }
}

/// CONTROL on SSISDB, which must be the current database: no other database's master key is modelled.
pub(super) fn require_key_control(seen: &Seen<'_>) -> Result<(), SqlError> {
    let database = &seen.session.database;
    if !database.eq_ignore_ascii_case(CATALOG_DATABASE) {
        return Err(SqlError::not_implemented(format!("the master key of {database}")));
    }
    seen.enter(database)?;
    if seen.is_in(database, &[]) { Ok(()) } else { Err(no_permission()) }
}

/// What the parser took and the site has no place for.
fn unsupported<T>(option: Option<&T>, name: &str) -> Result<(), SqlError> {
    option.map_or(Ok(()), |_| Err(SqlError::not_implemented(name)))
}
