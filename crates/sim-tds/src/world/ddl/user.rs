//! Users, roles, permissions and procedures.

use super::unsupported;
use crate::tsql::{
    CreateUser, Ddl, DefinitionMode, ObjectName, Permission, PermissionVerb, RoleAction, RoleScope,
    Securable, UserSource,
};
use crate::value::SqlError;
use crate::world::seen::{Seen, no_permission};
use crate::world::tables::known_objects;
use scaleout_model::names::LoginName;
use scaleout_sim_site::sql::{Grant, LoginChange, PermissionChange, UserChange};
use scaleout_sim_site::sql_effect::SqlChange;

pub(super) fn plan(seen: &Seen<'_>, ddl: &Ddl) -> Result<Vec<SqlChange>, SqlError> {
    let database = seen.session.database.clone();
    let of_user = |change: UserChange| Ok(vec![SqlChange::User(change)]);
    match ddl {
        Ddl::CreateUser(user) => {
            require(seen, &["db_accessadmin"])?;
            of_user(create_user(database, user)?)
        }
        Ddl::AlterUser { name, options } => {
            require(seen, &["db_accessadmin"])?;
            unsupported(options.name.as_ref(), "ALTER USER … NAME")?;
            let Some(login) = &options.login else {
                return Err(SqlError::not_implemented("ALTER USER without LOGIN"));
            };
            let (name, login) = (LoginName::new(name), LoginName::new(login));
            of_user(UserChange::SetUserLogin { database, name, login })
        }
        Ddl::DropUser { name, if_exists } => {
            require(seen, &["db_accessadmin"])?;
            let name = LoginName::new(name);
            let there =
                seen.database(&database).is_some_and(|(_, found)| found.content.users.contains_key(&name));
            if *if_exists && !there {
                Ok(Vec::new())
            } else {
                of_user(UserChange::DropUser { database, name })
            }
        }
        Ddl::CreateRole { scope: RoleScope::Database, name, .. } => {
            require(seen, &["db_securityadmin"])?;
            of_user(UserChange::CreateRole { database, role: name.clone() })
        }
        Ddl::DropRole { scope: RoleScope::Database, name, if_exists } => {
            require(seen, &["db_securityadmin"])?;
            let there = seen
                .database(&database)
                .is_some_and(|(_, d)| d.content.roles.iter().any(|r| r.eq_ignore_ascii_case(name)));
            if *if_exists && !there {
                Ok(Vec::new())
            } else {
                of_user(UserChange::DropRole { database, role: name.clone() })
            }
        }
        Ddl::AlterRole { scope, name, action } => alter_role(seen, *scope, name, action),
        Ddl::Permission(permission) => self::permission(seen, permission),
        Ddl::CreateProcedure { name, definition, mode } => create_procedure(seen, name, definition, *mode),
        Ddl::DropProcedure { names, if_exists } => drop_procedures(seen, names, *if_exists),
        _ => Err(SqlError::not_implemented(ddl.title())),
    }
}

/// dbo or one of these roles of the current database, or 15247.
fn require(seen: &Seen<'_>, roles: &[&str]) -> Result<(), SqlError> {
    if seen.is_in(&seen.session.database, roles) { Ok(()) } else { Err(no_permission()) }
}

fn create_user(database: String, user: &CreateUser) -> Result<UserChange, SqlError> {
    let login = match &user.source {
        UserSource::Login(login) => Some(LoginName::new(login)),
        UserSource::WithoutLogin => None,
        UserSource::Certificate(_) => return Err(SqlError::not_implemented("CREATE USER FOR CERTIFICATE")),
    };
    Ok(UserChange::CreateUser { database, name: LoginName::new(&user.name), login })
}

fn alter_role(
    seen: &Seen<'_>,
    scope: RoleScope,
    role: &str,
    action: &RoleAction,
) -> Result<Vec<SqlChange>, SqlError> {
    let (member, add) = match action {
        RoleAction::AddMember(member) => (LoginName::new(member), true),
        RoleAction::DropMember(member) => (LoginName::new(member), false),
        RoleAction::Rename(_) => return Err(SqlError::not_implemented("ALTER ROLE … WITH NAME")),
    };
    let role = role.to_owned();
    match scope {
        RoleScope::Server => {
            // A member of a fixed role may add others to it.
            let own = seen.login().is_some_and(|login| login.roles.contains(&role.to_lowercase()));
            if !seen.is_sysadmin() && !own {
                return Err(no_permission());
            }
            Ok(vec![SqlChange::Login(LoginChange::SetServerRole { role, member, add })])
        }
        RoleScope::Database => {
            require(seen, &["db_securityadmin"])?;
            let database = seen.session.database.clone();
            Ok(vec![SqlChange::User(UserChange::SetRoleMember { database, role, member, add })])
        }
    }
}

fn verb(verb: PermissionVerb) -> Grant {
    match verb {
        PermissionVerb::Grant => Grant::Grant,
        PermissionVerb::Deny => Grant::Deny,
        PermissionVerb::Revoke => Grant::Revoke,
    }
}

fn permission(seen: &Seen<'_>, permission: &Permission) -> Result<Vec<SqlChange>, SqlError> {
    unsupported(permission.grant_option.then_some(&()), "GRANT OPTION")?;
    let mut changes = Vec::new();
    for principal in &permission.principals {
        for name in &permission.permissions {
            changes.push(match &permission.securable {
                Securable::Scope => on_server(seen, permission.verb, name, principal, None)?,
                Securable::Endpoint(endpoint) => {
                    on_server(seen, permission.verb, name, principal, Some(endpoint))?
                }
                Securable::Object(object) => on_object(seen, permission.verb, name, principal, object)?,
                _ => return Err(SqlError::not_implemented("GRANT on this kind of securable")),
            });
        }
    }
    Ok(changes)
}

fn on_server(
    seen: &Seen<'_>,
    given: PermissionVerb,
    name: &str,
    principal: &str,
    endpoint: Option<&String>,
) -> Result<SqlChange, SqlError> {
    let major = seen.instance.major();
    if endpoint.is_none() && !scaleout_sim_site::sql::rights::is_server_permission(major, name) {
        return Err(SqlError::not_implemented(format!("GRANT {name} in a database")));
    }
    if endpoint.is_none() && !seen.session.database.eq_ignore_ascii_case("master") {
        let text = "Permissions at the server scope can only be granted when the current database is master";
        return Err(SqlError::new(4_621, text));
    }
    seen.require(if endpoint.is_some() { "ALTER ANY ENDPOINT" } else { "CONTROL SERVER" })?;
    Ok(SqlChange::Permission(PermissionChange::SetServerPermission {
        verb: verb(given),
        grantee: LoginName::new(principal),
        permission: name.to_owned(),
        endpoint: endpoint.cloned(),
    }))
}

fn on_object(
    seen: &Seen<'_>,
    given: PermissionVerb,
    name: &str,
    principal: &str,
    object: &ObjectName,
) -> Result<SqlChange, SqlError> {
    let database = object.database.clone().unwrap_or_else(|| seen.session.database.clone());
    let full = format!("{}.{}", object.schema.as_deref().unwrap_or("dbo"), object.name);
    let known = known_objects(seen, &database)
        .into_iter()
        .find(|known| known.full_name().eq_ignore_ascii_case(&full));
    let Some(known) = known.filter(|_| seen.is_in(&database, &["db_securityadmin"])) else {
        let text = format!(
            "Cannot find the object '{}', because it does not exist or you do not have permission.",
            object.name
        );
        return Err(SqlError::new(15_151, text));
    };
    Ok(SqlChange::User(UserChange::SetObjectPermission {
        database,
        verb: verb(given),
        principal: principal.to_owned(),
        permission: format!("{} ON {}", name.to_uppercase(), known.full_name()),
    }))
}

/// `schema.name` of an object in the current database.
fn full_name(name: &ObjectName) -> String {
    format!("{}.{}", name.schema.as_deref().unwrap_or("dbo"), name.name)
}

fn create_procedure(
    seen: &Seen<'_>,
    name: &ObjectName,
    definition: &str,
    mode: DefinitionMode,
) -> Result<Vec<SqlChange>, SqlError> {
    let database = seen.session.database.clone();
    if !seen.is_in(&database, &["db_ddladmin"]) {
        let text = format!("CREATE PROCEDURE permission denied in database '{database}'.");
        return Err(SqlError::new(262, text).with_class(14));
    }
    let change = UserChange::CreateProcedure {
        database,
        name: full_name(name),
        definition: definition.to_owned(),
        replace: match mode {
            DefinitionMode::Create => None,
            DefinitionMode::Alter => Some(false),
            DefinitionMode::CreateOrAlter => Some(true),
        },
    };
    Ok(vec![SqlChange::User(change)])
}

fn drop_procedures(
    seen: &Seen<'_>,
    names: &[ObjectName],
    if_exists: bool,
) -> Result<Vec<SqlChange>, SqlError> {
    require(seen, &["db_ddladmin"])?;
    let database = &seen.session.database;
    let own = seen.database(database).map(|(_, found)| &found.content.procedures);
    let there = |name: &String| own.is_some_and(|own| own.keys().any(|key| key.eq_ignore_ascii_case(name)));
    let names = names.iter().map(full_name).filter(|name| !if_exists || there(name));
    Ok(names
        .map(|name| SqlChange::User(UserChange::DropProcedure { database: database.clone(), name }))
        .collect())
}
