//! Users, roles, object permissions and procedures of a database (CREATE USER, ALTER ROLE, GRANT, CREATE PROCEDURE).

use super::access::content_mut;
use super::permission::Grant;
use super::{changed, instance_mut, instance_of, missing, refuse};
use crate::effect::{Refused, Reply};
use crate::state::{DatabaseContent, DatabaseUser, LoginKind, Procedure, Sid, Site};
use scaleout_model::names::{LoginName, ReplicaName};
use std::collections::BTreeSet;

/// Fixed database roles.
pub(crate) const DATABASE_ROLES: [&str; 9] = [
    "db_owner",
    "db_accessadmin",
    "db_securityadmin",
    "db_ddladmin",
    "db_backupoperator",
    "db_datareader",
    "db_datawriter",
    "db_denydatareader",
    "db_denydatawriter",
];

/// A change inside of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the parts of the statement")]
pub enum UserChange {
    /// `CREATE USER … FOR LOGIN | WITHOUT LOGIN`.
    CreateUser { database: String, name: LoginName, login: Option<LoginName> },
    /// `ALTER USER … WITH LOGIN`.
    SetUserLogin { database: String, name: LoginName, login: LoginName },
    /// `DROP USER`.
    DropUser { database: String, name: LoginName },
    /// `CREATE ROLE`.
    CreateRole { database: String, role: String },
    /// `DROP ROLE`.
    DropRole { database: String, role: String },
    /// `ALTER ROLE … ADD | DROP MEMBER`.
    SetRoleMember { database: String, role: String, member: LoginName, add: bool },
    /// `GRANT | DENY | REVOKE permission ON schema.object TO principal`; `permission` is `SELECT ON internal.tasks`.
    SetObjectPermission { database: String, verb: Grant, principal: String, permission: String },
    /// `CREATE | ALTER PROCEDURE`; `name` is `dbo.p`.
    CreateProcedure { database: String, name: String, definition: String, replace: Option<bool> },
    /// `DROP PROCEDURE`.
    DropProcedure { database: String, name: String },
}

impl UserChange {
    pub(crate) fn apply(&self, site: &mut Site, instance: &ReplicaName) -> Result<Reply, Refused> {
        match self {
            Self::CreateUser { database, name, login } => {
                create(site, instance, database, name, login.as_ref())
            }
            Self::SetUserLogin { database, name, login } => {
                let (sid, windows) = login_of(site, instance, login)?;
                let content = content_mut(site, instance, database)?;
                if content.users.iter().any(|(other, user)| user.sid == sid && other != name) {
                    return refuse(15_063, "The login already has an account under a different user name.");
                }
                let Some(user) = content.users.get_mut(name) else {
                    return missing("alter", "user", name.as_str());
                };
                let differs = user.sid != sid;
                (user.sid, user.windows) = (sid, windows);
                Ok(changed(differs))
            }
            Self::DropUser { database, name } => {
                match content_mut(site, instance, database)?.users.remove(name) {
                    Some(_) => Ok(Reply::Done),
                    None => missing("drop", "user", name.as_str()),
                }
            }
            Self::CreateRole { database, role } => {
                let content = content_mut(site, instance, database)?;
                if is_role(content, role) || content.users.contains_key(&LoginName::new(role)) {
                    let text =
                        format!("User, group, or role '{role}' already exists in the current database.");
                    return refuse(15_023, text);
                }
                content.roles.insert(role.clone());
                Ok(Reply::Done)
            }
            Self::DropRole { database, role } => drop_role(site, instance, database, role),
            Self::SetRoleMember { database, role, member, add } => {
                set_member(site, instance, database, role, member, *add)
            }
            Self::SetObjectPermission { database, verb, principal, permission } => {
                let content = content_mut(site, instance, database)?;
                set_permission(content, *verb, principal, permission)
            }
            Self::CreateProcedure { database, name, definition, replace } => {
                create_procedure(site, instance, database, name, definition, *replace)
            }
            Self::DropProcedure { database, name } => drop_procedure(site, instance, database, name),
        }
    }
}

fn is_role(content: &DatabaseContent, role: &str) -> bool {
    role.eq_ignore_ascii_case("public")
        || DATABASE_ROLES.iter().any(|fixed| fixed.eq_ignore_ascii_case(role))
        || content.roles.iter().any(|own| own.eq_ignore_ascii_case(role))
}

fn login_of(site: &Site, instance: &ReplicaName, login: &LoginName) -> Result<(Sid, bool), Refused> {
    match instance_of(site, instance)?.logins.get(login) {
        Some(known) => {
            Ok((known.sid.clone(), matches!(known.kind, LoginKind::Windows | LoginKind::WindowsGroup)))
        }
        None => refuse(15_007, format!("'{login}' is not a valid login or you do not have permission.")),
    }
}

fn create(
    site: &mut Site,
    instance: &ReplicaName,
    database: &str,
    name: &LoginName,
    login: Option<&LoginName>,
) -> Result<Reply, Refused> {
    let (sid, windows) = match login {
        Some(login) => login_of(site, instance, login)?,
        None => (site.new_sid(), false),
    };
    let owner = instance_of(site, instance)?.database(database).map(|database| database.owner.clone());
    let id = instance_mut(site, instance)?.take_id();
    let content = content_mut(site, instance, database)?;
    if content.users.contains_key(name) || is_role(content, name.as_str()) {
        return refuse(
            15_023,
            format!("User, group, or role '{name}' already exists in the current database."),
        );
    }
    if owner.as_ref() == Some(&sid) || content.users.values().any(|user| user.sid == sid) {
        return refuse(15_063, "The login already has an account under a different user name.");
    }
    let user = DatabaseUser { id, sid, windows, roles: BTreeSet::new(), grants: BTreeSet::new() };
    content.users.insert(name.clone(), user);
    Ok(Reply::Done)
}

fn drop_role(site: &mut Site, instance: &ReplicaName, database: &str, role: &str) -> Result<Reply, Refused> {
    let content = content_mut(site, instance, database)?;
    let Some(own) = content.roles.iter().find(|own| own.eq_ignore_ascii_case(role)).cloned() else {
        return missing("drop", "role", role);
    };
    if content.users.values().any(|user| user.roles.contains(&own)) {
        return refuse(15_144, "The role has members. It must be empty before it can be dropped.");
    }
    content.roles.remove(&own);
    content.role_grants.remove(&own);
    Ok(Reply::Done)
}

fn set_member(
    site: &mut Site,
    instance: &ReplicaName,
    database: &str,
    role: &str,
    member: &LoginName,
    add: bool,
) -> Result<Reply, Refused> {
    let content = content_mut(site, instance, database)?;
    if !is_role(content, role) {
        return missing("alter", "role", role);
    }
    let own = content.roles.iter().find(|own| own.eq_ignore_ascii_case(role));
    let role = own.cloned().unwrap_or_else(|| role.to_lowercase());
    let Some(user) = content.users.get_mut(member) else {
        return missing("add", "principal", member.as_str());
    };
    Ok(changed(if add { user.roles.insert(role) } else { user.roles.remove(&role) }))
}

fn set_permission(
    content: &mut DatabaseContent,
    verb: Grant,
    principal: &str,
    permission: &str,
) -> Result<Reply, Refused> {
    let role = content.roles.iter().find(|own| own.eq_ignore_ascii_case(principal)).cloned();
    let role = role.or_else(|| principal.eq_ignore_ascii_case("public").then(|| "public".to_owned()));
    let grants = match role {
        Some(role) => content.role_grants.entry(role).or_default(),
        None => match content.users.get_mut(&LoginName::new(principal)) {
            Some(user) => &mut user.grants,
            None => return missing("find", "user", principal),
        },
    };
    let before = grants.clone();
    let denied = format!("DENY {permission}");
    grants.retain(|own| !own.eq_ignore_ascii_case(permission) && !own.eq_ignore_ascii_case(&denied));
    match verb {
        Grant::Grant => _ = grants.insert(permission.to_owned()),
        Grant::Deny => _ = grants.insert(denied),
        Grant::Revoke => {}
    }
    Ok(changed(*grants != before))
}

/// `replace`: `None` CREATE, `Some(false)` ALTER, `Some(true)` CREATE OR ALTER.
fn create_procedure(
    site: &mut Site,
    instance: &ReplicaName,
    database: &str,
    name: &str,
    definition: &str,
    replace: Option<bool>,
) -> Result<Reply, Refused> {
    let content = content_mut(site, instance, database)?;
    let key = content.procedures.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned();
    match (key, replace) {
        (Some(_), None) => {
            refuse(2_714, format!("There is already an object named '{name}' in the database."))
        }
        (None, Some(false)) => refuse(208, format!("Invalid object name '{name}'.")),
        (Some(key), _) => {
            let Some(procedure) = content.procedures.get_mut(&key) else { return Ok(Reply::Unchanged) };
            let differs = procedure.definition != definition;
            definition.clone_into(&mut procedure.definition);
            Ok(changed(differs))
        }
        (None, _) => {
            let procedure = Procedure { definition: definition.to_owned(), at_startup: false };
            content.procedures.insert(name.to_owned(), procedure);
            Ok(Reply::Done)
        }
    }
}

fn drop_procedure(
    site: &mut Site,
    instance: &ReplicaName,
    database: &str,
    name: &str,
) -> Result<Reply, Refused> {
    let content = content_mut(site, instance, database)?;
    let key = content.procedures.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned();
    if key.and_then(|key| content.procedures.remove(&key)).is_some() {
        return Ok(Reply::Done);
    }
    let text = format!(
        "Cannot drop the procedure '{name}', because it does not exist or you do not have permission."
    );
    refuse(3_701, text)
}
