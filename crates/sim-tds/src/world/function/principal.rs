//! Logins, users, roles and passwords.

use super::{number, text};
use crate::engine::SiteFunction;
use crate::value::SqlValue;
use crate::world::seen::Seen;
use crate::world::sheet::Cell;
use crate::world::tables::role_id;
use scaleout_model::names::{AccountName, LoginName};
use scaleout_sim_site::sql::rights::{self, Principal};
use scaleout_sim_site::state::Sid;

/// SID of a login, or of a Windows account that is none (SUSER_SID asks Windows then).
fn sid_of(seen: &Seen<'_>, name: &str) -> Option<Sid> {
    let own = seen.instance.logins.get(&LoginName::new(name)).map(|login| login.sid.clone());
    own.or_else(|| {
        let windows = name.contains('\\').then(|| AccountName::new(name))?;
        seen.site.account_sid(&seen.replica.machine(), &windows)
    })
}
pub(super) fn login_function(seen: &Seen<'_>, function: SiteFunction, arguments: &[SqlValue]) -> SqlValue {
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
pub(super) fn user_function(seen: &Seen<'_>, function: SiteFunction, arguments: &[SqlValue]) -> SqlValue {
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
pub(super) fn server_role_member(seen: &Seen<'_>, arguments: &[SqlValue]) -> SqlValue {
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
pub(super) fn role_member(seen: &Seen<'_>, arguments: &[SqlValue]) -> SqlValue {
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
/// `PWDCOMPARE(text, hash)`.
pub(super) fn pwd_compare(arguments: &[SqlValue]) -> SqlValue {
    use scaleout_sim_site::state::{LoginPassword, Secret};
    match (text(arguments, 0), arguments.get(1)) {
        (Some(attempt), Some(SqlValue::Binary(hash))) => {
            let password = LoginPassword::Hash(Secret::new(hex::encode_upper(hash)));
            i32::from(password.accepts(attempt)).cell()
        }
        _ => SqlValue::Null,
    }
}
