//! Built-in functions that only the site can answer.

mod object;
mod principal;
mod server;

use super::seen::Seen;
use super::sheet::{Cell, moment};
use crate::engine::SiteFunction;
use crate::value::{DateTimeOffset, SqlError, SqlValue};
use scaleout_sim_site::sql::access;

/// An argument as text; NULL is `None`.
fn text(arguments: &[SqlValue], at: usize) -> Option<&str> {
    match arguments.get(at) {
        Some(SqlValue::Text(text)) => Some(text.as_str()),
        _ => None,
    }
}
/// An argument as a number.
fn number(arguments: &[SqlValue], at: usize) -> Option<i64> {
    match arguments.get(at)? {
        SqlValue::BigInt(value) => Some(*value),
        SqlValue::Int(value) => Some(i64::from(*value)),
        SqlValue::SmallInt(value) => Some(i64::from(*value)),
        SqlValue::TinyInt(value) => Some(i64::from(*value)),
        _ => None,
    }
}
/// The instance's clock.
pub(super) fn now(seen: &Seen<'_>) -> DateTimeOffset {
    DateTimeOffset { utc: moment(seen.node.clock_ms(seen.site.now_ms)), offset_minutes: 0 }
}
/// The value of a function.
pub(super) fn scalar(
    seen: &Seen<'_>,
    function: SiteFunction,
    arguments: &[SqlValue],
) -> Result<SqlValue, SqlError> {
    use SiteFunction as F;
    Ok(match function {
        F::ServerName => seen.replica.as_str().cell(),
        F::ServiceName => seen.replica.instance().as_str().cell(),
        F::Version => format!(
            "Microsoft SQL Server - {} (X64)\n\t{} on Windows",
            seen.instance.product_version, seen.instance.edition
        )
        .cell(),
        F::Language => "us_english".cell(),
        F::ServerProperty => {
            text(arguments, 0).map_or(SqlValue::Null, |name| server::server_property(seen, name))
        }
        F::DbName => db_name(seen, arguments),
        F::DbId => {
            let name = text(arguments, 0).map_or(seen.session.database.as_str(), |name| name);
            seen.database(name)
                .filter(|_| arguments.is_empty() || text(arguments, 0).is_some())
                .and_then(|(_, db)| i16::try_from(db.id).ok())
                .cell()
        }
        F::OriginalDbName => seen.session.database.as_str().cell(),
        F::DatabasePropertyEx => server::database_property(seen, arguments),
        F::LoginProperty => server::login_property(seen, arguments),
        F::SuserId | F::SuserSid | F::SuserSname | F::SuserName | F::SystemUser | F::OriginalLogin => {
            principal::login_function(seen, function, arguments)
        }
        F::UserId | F::UserName | F::CurrentUser | F::DatabasePrincipalId => {
            principal::user_function(seen, function, arguments)
        }
        F::IsSrvRoleMember => principal::server_role_member(seen, arguments),
        F::IsRoleMember | F::IsMember => principal::role_member(seen, arguments),
        F::HasPermsByName => super::permission::has_permission(seen, arguments),
        F::HasDbAccess => text(arguments, 0)
            .and_then(|name| seen.database(name).map(|(key, _)| i32::from(seen.enter(key).is_ok())))
            .cell(),
        F::ObjectId | F::ObjectName | F::ObjectSchemaName | F::ObjectProperty | F::ObjectDefinition => {
            object::object_function(seen, function, arguments)
        }
        F::PwdCompare => principal::pwd_compare(arguments),
        F::HadrIsPrimaryReplica => text(arguments, 0)
            .and_then(|name| access::is_primary_replica(seen.site, seen.replica, name))
            .cell(),
        F::SchemaName | F::SchemaId => schema(function, arguments),
        other => return Err(SqlError::not_implemented(other.name())),
    })
}

/// Schemas that matter here, with their ids.
const SCHEMAS: [(&str, i32); 4] = [("dbo", 1), ("sys", 4), ("catalog", 5), ("internal", 6)];

fn schema(function: SiteFunction, arguments: &[SqlValue]) -> SqlValue {
    let found = SCHEMAS.iter().find(|(name, id)| match (text(arguments, 0), number(arguments, 0)) {
        (Some(wanted), _) => name.eq_ignore_ascii_case(wanted),
        (_, Some(wanted)) => i64::from(*id) == wanted,
        _ => arguments.is_empty(),
    });
    match found {
        Some((name, _)) if function == SiteFunction::SchemaName => (*name).cell(),
        Some((_, id)) => (*id).cell(),
        None => SqlValue::Null,
    }
}

fn db_name(seen: &Seen<'_>, arguments: &[SqlValue]) -> SqlValue {
    if arguments.is_empty() {
        return seen.session.database.as_str().cell();
    }
    let id = number(arguments, 0);
    let found = seen.instance.databases.iter().find(|(_, database)| Some(i64::from(database.id)) == id);
    found.map(|(name, _)| name).cell()
}
