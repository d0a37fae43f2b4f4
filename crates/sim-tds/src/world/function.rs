//! Built-in functions that only the site can answer.

use super::seen::Seen;
use super::sheet::{Cell, moment};
use super::tables::{Known, known_objects, object_id, role_id};
use crate::engine::{SiteFunction, split_name};
use crate::value::{DateTimeOffset, SqlError, SqlValue};
use scaleout_model::names::{AccountName, LoginName};
use scaleout_sim_site::sql::access;
use scaleout_sim_site::sql::rights::{self, Principal};
use scaleout_sim_site::state::{LoginKind, Sid};

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
        F::ServerProperty => text(arguments, 0).map_or(SqlValue::Null, |name| server_property(seen, name)),
        F::DbName => db_name(seen, arguments),
        F::DbId => {
            let name = text(arguments, 0).map_or(seen.session.database.as_str(), |name| name);
            seen.database(name)
                .filter(|_| arguments.is_empty() || text(arguments, 0).is_some())
                .and_then(|(_, db)| i16::try_from(db.id).ok())
                .cell()
        }
        F::OriginalDbName => seen.session.database.as_str().cell(),
        F::DatabasePropertyEx => database_property(seen, arguments),
        F::LoginProperty => login_property(seen, arguments),
        F::SuserId | F::SuserSid | F::SuserSname | F::SuserName | F::SystemUser | F::OriginalLogin => {
            login_function(seen, function, arguments)
        }
        F::UserId | F::UserName | F::CurrentUser | F::DatabasePrincipalId => {
            user_function(seen, function, arguments)
        }
        F::IsSrvRoleMember => server_role_member(seen, arguments),
        F::IsRoleMember | F::IsMember => role_member(seen, arguments),
        F::HasPermsByName => super::permission::has_permission(seen, arguments),
        F::HasDbAccess => text(arguments, 0)
            .and_then(|name| seen.database(name).map(|(key, _)| i32::from(seen.enter(key).is_ok())))
            .cell(),
        F::ObjectId | F::ObjectName | F::ObjectSchemaName | F::ObjectProperty | F::ObjectDefinition => {
            object_function(seen, function, arguments)
        }
        F::PwdCompare => pwd_compare(arguments),
        F::HadrIsPrimaryReplica => text(arguments, 0)
            .and_then(|name| access::is_primary_replica(seen.site, seen.replica, name))
            .cell(),
        F::SchemaName => number(arguments, 0)
            .map(|id| match id {
                5 => "catalog",
                6 => "internal",
                4 => "sys",
                _ => "dbo",
            })
            .or(Some("dbo").filter(|_| arguments.is_empty()))
            .cell(),
        F::SchemaId => text(arguments, 0)
            .map(|name| match name.to_lowercase().as_str() {
                "catalog" => 5,
                "internal" => 6,
                "sys" => 4,
                _ => 1,
            })
            .or(Some(1).filter(|_| arguments.is_empty()))
            .cell(),
        other => return Err(SqlError::not_implemented(other.name())),
    })
}

/// The folder of an instance, `C:\Program Files\Microsoft SQL Server\MSSQL15.PROD\MSSQL\`.
fn root(seen: &Seen<'_>) -> String {
    format!(
        r"C:\Program Files\Microsoft SQL Server\MSSQL{}.{}\MSSQL\",
        seen.instance.major(),
        seen.replica.instance()
    )
}

fn server_property(seen: &Seen<'_>, name: &str) -> SqlValue {
    let instance = seen.instance;
    let version = |at: usize| instance.product_version.split('.').nth(at).map(str::to_owned);
    let is_default = !seen.replica.as_str().contains('\\');
    match name.to_lowercase().as_str() {
        "servername" => seen.replica.as_str().cell(),
        "machinename" | "computernamephysicalnetbios" => seen.replica.machine().as_str().cell(),
        "instancename" => (!is_default).then(|| seen.replica.instance().as_str().to_owned()).cell(),
        "productversion" | "resourceversion" => (&instance.product_version).cell(),
        "productmajorversion" => version(0).cell(),
        "productminorversion" => version(1).cell(),
        "productbuild" => version(2).cell(),
        "productlevel" => "RTM".cell(),
        "edition" => (&instance.edition).cell(),
        "engineedition" => instance.engine_edition.cell(),
        "collation" => (&instance.collation).cell(),
        "isclustered" => i32::from(instance.clustered).cell(),
        "ishadrenabled" => i32::from(instance.hadr_in_use).cell(),
        "hadrmanagerstatus" => i32::from(instance.hadr_in_use).cell(),
        "isintegratedsecurityonly" => i32::from(instance.windows_only_in_use).cell(),
        "issingleuser" | "isxtpsupported" => 0.cell(),
        "isfulltextinstalled" => 0.cell(),
        "instancedefaultdatapath" | "instancedefaultlogpath" => format!(r"{}DATA\", root(seen)).cell(),
        "instancedefaultbackuppath" => format!("{}Backup", root(seen)).cell(),
        "licensetype" => "DISABLED".cell(),
        _ => SqlValue::Null,
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

fn database_property(seen: &Seen<'_>, arguments: &[SqlValue]) -> SqlValue {
    use scaleout_sim_site::state::{DatabaseState, RecoveryModel};
    let (Some(name), Some(property)) = (text(arguments, 0), text(arguments, 1)) else {
        return SqlValue::Null;
    };
    let Some((_, database)) = seen.database(name) else { return SqlValue::Null };
    match property.to_lowercase().as_str() {
        "status" => match database.state {
            DatabaseState::Online => "ONLINE".cell(),
            DatabaseState::Restoring => "RESTORING".cell(),
            DatabaseState::Offline => "OFFLINE".cell(),
        },
        "recovery" => match database.recovery {
            RecoveryModel::Full => "FULL".cell(),
            RecoveryModel::BulkLogged => "BULK_LOGGED".cell(),
            RecoveryModel::Simple => "SIMPLE".cell(),
        },
        "updateability" => {
            (if access::writable(seen.site, seen.replica, name).is_ok() { "READ_WRITE" } else { "READ_ONLY" })
                .cell()
        }
        "useraccess" => (if database.multi_user { "MULTI_USER" } else { "SINGLE_USER" }).cell(),
        "collation" => (&seen.instance.collation).cell(),
        _ => SqlValue::Null,
    }
}

fn login_property(seen: &Seen<'_>, arguments: &[SqlValue]) -> SqlValue {
    let (Some(name), Some(property)) = (text(arguments, 0), text(arguments, 1)) else {
        return SqlValue::Null;
    };
    let Some(login) = seen.instance.logins.get(&LoginName::new(name)) else { return SqlValue::Null };
    match (property.to_lowercase().as_str(), &login.kind) {
        ("passwordhash", LoginKind::Sql(password))
            if rights::sees_hashes(seen.instance, &seen.login_name()) =>
        {
            hex::decode(password.hash()).unwrap_or_default().cell()
        }
        ("islocked" | "isexpired" | "ismustchange", LoginKind::Sql(_)) => 0.cell(),
        ("defaultdatabase", _) => (&login.default_database).cell(),
        _ => SqlValue::Null,
    }
}

/// SID of a login, or of a Windows account that is none (SUSER_SID asks Windows then).
fn sid_of(seen: &Seen<'_>, name: &str) -> Option<Sid> {
    let own = seen.instance.logins.get(&LoginName::new(name)).map(|login| login.sid.clone());
    own.or_else(|| {
        let windows = name.contains('\\').then(|| AccountName::new(name))?;
        seen.site.account_sid(&seen.replica.machine(), &windows)
    })
}

fn login_function(seen: &Seen<'_>, function: SiteFunction, arguments: &[SqlValue]) -> SqlValue {
    use SiteFunction as F;
    let named = text(arguments, 0);
    match function {
        F::SuserId if arguments.is_empty() => seen.login().map(|login| login.id).cell(),
        F::SuserId => named
            .and_then(|name| seen.instance.logins.get(&LoginName::new(name)))
            .map(|login| login.id)
            .cell(),
        F::SuserSid if arguments.is_empty() => seen.login().map(|login| login.sid.to_bytes()).cell(),
        F::SuserSid => named.and_then(|name| sid_of(seen, name)).map(|sid| sid.to_bytes()).cell(),
        F::SuserSname if !arguments.is_empty() => match arguments.first() {
            Some(SqlValue::Binary(bytes)) => {
                seen.instance.login_of_sid(&Sid::from_bytes(bytes)).map(|(name, _)| name.as_str()).cell()
            }
            _ => SqlValue::Null,
        },
        F::SuserName if !arguments.is_empty() => {
            let id = number(arguments, 0);
            let found = seen.instance.logins.iter().find(|(_, login)| Some(i64::from(login.id)) == id);
            found.map(|(name, _)| name.as_str()).cell()
        }
        _ => seen.session.login.as_str().cell(),
    }
}

fn user_function(seen: &Seen<'_>, function: SiteFunction, arguments: &[SqlValue]) -> SqlValue {
    use SiteFunction as F;
    let database = seen.session.database.as_str();
    let Some((_, found)) = seen.database(database) else { return SqlValue::Null };
    let principal = seen.principal(database);
    let own_name = match &principal {
        Some(Principal::Dbo) => "dbo".to_owned(),
        Some(Principal::User(name)) => name.to_string(),
        _ => "guest".to_owned(),
    };
    let id_of = |name: &str| match name.to_lowercase().as_str() {
        "dbo" => Some(1),
        "guest" => Some(2),
        _ => {
            let user = found.content.users.get(&LoginName::new(name)).map(|user| user.id);
            user.or_else(|| role_id(found, name).filter(|_| function == F::DatabasePrincipalId))
        }
    };
    match function {
        F::UserId | F::DatabasePrincipalId if arguments.is_empty() => id_of(&own_name).cell(),
        F::UserId | F::DatabasePrincipalId => text(arguments, 0).and_then(id_of).cell(),
        F::UserName if !arguments.is_empty() => {
            let id = number(arguments, 0);
            let user = found.content.users.iter().find(|(_, user)| Some(i64::from(user.id)) == id);
            match id {
                Some(1) => "dbo".cell(),
                Some(2) => "guest".cell(),
                _ => user.map(|(name, _)| name.as_str()).cell(),
            }
        }
        _ => own_name.cell(),
    }
}

/// NULL for a role that does not exist, or a login that does not.
fn server_role_member(seen: &Seen<'_>, arguments: &[SqlValue]) -> SqlValue {
    let Some(role) = text(arguments, 0).map(str::to_lowercase) else { return SqlValue::Null };
    let known = [
        "sysadmin",
        "securityadmin",
        "serveradmin",
        "setupadmin",
        "processadmin",
        "diskadmin",
        "dbcreator",
        "bulkadmin",
        "public",
    ];
    if !known.contains(&role.as_str()) {
        return SqlValue::Null;
    }
    let login = match text(arguments, 1) {
        Some(name) => seen.instance.logins.get(&LoginName::new(name)),
        None => seen.login(),
    };
    login
        .map(|login| i32::from(login.is_sysadmin() || role == "public" || login.roles.contains(&role)))
        .cell()
}

/// dbo is in `db_owner` alone; NULL for a role that does not exist.
fn role_member(seen: &Seen<'_>, arguments: &[SqlValue]) -> SqlValue {
    let (Some(role), Some((key, database))) = (text(arguments, 0), seen.database(&seen.session.database))
    else {
        return SqlValue::Null;
    };
    if role_id(database, role).is_none() {
        return SqlValue::Null;
    }
    let principal = match text(arguments, 1) {
        Some(name) => {
            database.content.users.get(&LoginName::new(name)).map(|_| Principal::User(LoginName::new(name)))
        }
        None => seen.principal(key),
    };
    principal
        .map(|principal| i32::from(rights::roles_of(database, &principal).contains(&role.to_lowercase())))
        .cell()
}

/// The object of a name, or of an id in the current database, that the session may know of.
fn object<'a>(seen: &Seen<'a>, argument: Option<&SqlValue>) -> Option<(String, Known)> {
    let (database, wanted): (String, Box<dyn Fn(&str, &Known) -> bool>) = match argument? {
        SqlValue::Text(name) => {
            let name = split_name(name)?;
            let database = name.database.clone().unwrap_or_else(|| seen.session.database.clone());
            let schema = name.schema.unwrap_or_else(|| "dbo".to_owned());
            let full = format!("{schema}.{}", name.name);
            (database, Box::new(move |_, known| known.full_name().eq_ignore_ascii_case(&full)))
        }
        SqlValue::Int(id) => {
            let id = *id;
            (seen.session.database.clone(), Box::new(move |database, known| object_id(database, known) == id))
        }
        _ => return None,
    };
    let (key, _, _) = seen.enter(&database).ok()?;
    let found = known_objects(seen, key).into_iter().find(|known| wanted(key, known))?;
    let full = found.full_name();
    let visible = seen.sees_database_definitions(key)
        || ["SELECT", "EXECUTE"].iter().any(|right| seen.may_object(key, right, &full));
    visible.then(|| (key.clone(), found))
}

fn object_function(seen: &Seen<'_>, function: SiteFunction, arguments: &[SqlValue]) -> SqlValue {
    use SiteFunction as F;
    let Some((database, known)) = object(seen, arguments.first()) else { return SqlValue::Null };
    let procedure = known.procedure.as_ref();
    match function {
        F::ObjectId => {
            let fits = text(arguments, 1).is_none_or(|kind| kind.trim().eq_ignore_ascii_case(known.kind));
            fits.then(|| object_id(&database, &known)).cell()
        }
        F::ObjectName => (&known.name).cell(),
        F::ObjectSchemaName => (&known.schema).cell(),
        F::ObjectDefinition => procedure.map(|procedure| &procedure.definition).cell(),
        _ => match text(arguments, 1).unwrap_or_default().to_lowercase().as_str() {
            "execisstartup" => procedure.map_or(0, |procedure| i32::from(procedure.at_startup)).cell(),
            "isprocedure" => i32::from(known.kind == "P").cell(),
            "istable" | "isusertable" => i32::from(known.kind == "U").cell(),
            "isview" => i32::from(known.kind == "V").cell(),
            _ => SqlValue::Null,
        },
    }
}

/// `PWDCOMPARE(text, hash)`.
fn pwd_compare(arguments: &[SqlValue]) -> SqlValue {
    use scaleout_sim_site::state::{LoginPassword, Secret};
    match (text(arguments, 0), arguments.get(1)) {
        (Some(attempt), Some(SqlValue::Binary(hash))) => {
            let password = LoginPassword::Hash(Secret::new(hex::encode_upper(hash)));
            i32::from(password.accepts(attempt)).cell()
        }
        _ => SqlValue::Null,
    }
}
