//! The site as one session sees it: its instance, its login's rights, the databases that it may enter.

use super::session::Sessions;
use crate::engine::SessionInfo;
use crate::value::SqlError;
use scaleout_model::names::{LoginName, ReplicaName};
use scaleout_sim_site::Refused;
use scaleout_sim_site::sql::access;
use scaleout_sim_site::sql::rights::{self, Principal};
use scaleout_sim_site::state::{Database, Instance, Login, Node, Sid, Site};

/// What a statement sees.
#[derive(Clone, Copy)]
pub(super) struct Seen<'a> {
    pub(super) site: &'a Site,
    pub(super) replica: &'a ReplicaName,
    pub(super) node: &'a Node,
    pub(super) instance: &'a Instance,
    pub(super) session: &'a SessionInfo,
    pub(super) sessions: &'a Sessions,
}

/// A refusal as SQL Server's error, with the severity of "Database Engine events and errors".
pub(super) fn error(refused: &Refused) -> SqlError {
    let number = i32::try_from(refused.code).unwrap_or(50_000);
    let class = match number {
        229 | 300 | 916 | 927 | 942 | 976 | 978 | 983 => 14,
        4_060 => 11,
        _ => 16,
    };
    SqlError::new(number, refused.message.clone()).with_class(class)
}

/// 15247.
pub(super) fn no_permission() -> SqlError {
    SqlError::new(15_247, "User does not have permission to perform this action.")
}

/// 229.
pub(super) fn denied(permission: &str, object: &str, database: &str, schema: &str) -> SqlError {
    let text = format!(
        "The {permission} permission was denied on the object '{object}', database '{database}', schema '{schema}'."
    );
    SqlError::new(229, text).with_class(14).with_state(5)
}

impl<'a> Seen<'a> {
    /// The site for a session; 17142 where the instance does not run.
    pub(super) fn new(
        site: &'a Site,
        replica: &'a ReplicaName,
        session: &'a SessionInfo,
        sessions: &'a Sessions,
    ) -> Result<Self, SqlError> {
        let (node, instance) = site
            .instance(replica)
            .filter(|_| site.instance_runs(replica))
            .ok_or_else(|| SqlError::new(17_142, "SQL Server service does not run.").with_class(14))?;
        Ok(Self { site, replica, node, instance, session, sessions })
    }

    /// The name of the session's login.
    pub(super) fn login_name(&self) -> LoginName {
        LoginName::new(&self.session.login)
    }

    /// The session's login, unless it was dropped meanwhile.
    pub(super) fn login(&self) -> Option<&'a Login> {
        self.instance.logins.get(&self.login_name())
    }

    /// Its SID.
    pub(super) fn sid(&self) -> Result<Sid, SqlError> {
        self.login().map(|login| login.sid.clone()).ok_or_else(no_permission)
    }

    pub(super) fn is_sysadmin(&self) -> bool {
        rights::is_sysadmin(self.instance, &self.login_name())
    }

    /// A server permission.
    pub(super) fn may(&self, permission: &str) -> bool {
        rights::has_server_permission(self.instance, &self.login_name(), permission)
    }

    /// A server permission, or 15247.
    pub(super) fn require(&self, permission: &str) -> Result<(), SqlError> {
        if self.may(permission) { Ok(()) } else { Err(no_permission()) }
    }

    /// sysadmin, or 15247.
    pub(super) fn require_sysadmin(&self) -> Result<(), SqlError> {
        if self.is_sysadmin() { Ok(()) } else { Err(no_permission()) }
    }

    pub(super) fn sees_definitions(&self) -> bool {
        rights::sees_definitions(self.instance, &self.login_name())
    }

    pub(super) fn sees_state(&self) -> bool {
        rights::sees_state(self.instance, &self.login_name())
    }

    /// Error 300 without the right to see the server's state.
    pub(super) fn require_state(&self) -> Result<(), SqlError> {
        if self.sees_state() {
            return Ok(());
        }
        let right =
            if self.instance.major() >= 16 { "VIEW SERVER PERFORMANCE STATE" } else { "VIEW SERVER STATE" };
        let text = format!("{right} permission was denied on object 'server', database 'master'.");
        Err(SqlError::new(300, text).with_class(14))
    }

    /// A database by name, with its spelling, whether it can be entered or not.
    pub(super) fn database(&self, name: &str) -> Option<(&'a String, &'a Database)> {
        self.instance.databases.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))
    }

    /// Who the session is in a database; `None`: it may not enter.
    pub(super) fn principal(&self, name: &str) -> Option<Principal> {
        let (key, database) = self.database(name)?;
        rights::principal(self.instance, key, database, &self.login_name())
    }

    /// A database that the session enters: 911, 916, 927, 942, 976, 978, 983.
    pub(super) fn enter(&self, name: &str) -> Result<(&'a String, &'a Database, Principal), SqlError> {
        let database = access::readable(self.site, self.replica, name).map_err(|refused| error(&refused))?;
        let key = self.database(name).map(|(key, _)| key);
        if let (Some(key), Some(principal)) = (key, self.principal(name)) {
            return Ok((key, database, principal));
        }
        let text = format!(
            "The server principal \"{}\" is not able to access the database \"{name}\" under the current security context.",
            self.session.login
        );
        Err(SqlError::new(916, text).with_class(14))
    }

    /// Whether the session's principal has a permission on `schema.object`.
    pub(super) fn may_object(&self, database: &str, permission: &str, object: &str) -> bool {
        self.enter(database).is_ok_and(|(key, database, principal)| {
            rights::has_object_permission(key, database, &principal, permission, object)
        })
    }

    /// The same, or 229.
    pub(super) fn require_object(
        &self,
        database: &str,
        permission: &str,
        object: &str,
    ) -> Result<(), SqlError> {
        let (key, found, principal) = self.enter(database)?;
        if rights::has_object_permission(key, found, &principal, permission, object) {
            return Ok(());
        }
        let (schema, name) = object.split_once('.').unwrap_or(("dbo", object));
        Err(denied(permission, name, key, schema))
    }

    /// Whether the session is `dbo` there or in one of these roles.
    pub(super) fn is_in(&self, database: &str, roles: &[&str]) -> bool {
        let Some((_, found)) = self.database(database) else { return false };
        self.principal(database).is_some_and(|principal| {
            let own = rights::roles_of(found, &principal);
            own.contains("db_owner") || roles.iter().any(|role| own.contains(&role.to_lowercase()))
        })
    }

    /// Whether the session sees all definitions in a database (VIEW DEFINITION).
    pub(super) fn sees_database_definitions(&self, database: &str) -> bool {
        self.sees_definitions() || self.is_in(database, &[])
    }
}
