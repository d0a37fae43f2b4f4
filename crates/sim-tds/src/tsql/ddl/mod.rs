//! DDL and administration statements as data: what the site executes.

mod availability_group;
mod database;
mod security;

use std::fmt;

pub use availability_group::*;
pub use database::*;
pub use security::*;

/// A password as written in a statement; never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(String);

impl SecretText {
    /// Wraps the text.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText")
    }
}

/// A name of one to three parts as written; parts that were left out are `None`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ObjectName {
    /// Linked server; the simulator has none.
    pub server: Option<String>,
    /// Database.
    pub database: Option<String>,
    /// Schema.
    pub schema: Option<String>,
    /// The object itself.
    pub name: String,
}

impl ObjectName {
    /// A bare name.
    pub fn bare(name: impl Into<String>) -> Self {
        Self { server: None, database: None, schema: None, name: name.into() }
    }

    /// A name from its parts, the object last; an empty part counts as left out. None for 0 or more than 4 parts.
    pub fn from_parts(parts: &[String]) -> Option<Self> {
        let mut parts = parts.iter().rev();
        let name = parts.next().filter(|name| !name.is_empty())?.clone();
        let mut next = || parts.next().filter(|part| !part.is_empty()).cloned();
        let (schema, database, server) = (next(), next(), next());
        parts.next().is_none().then_some(Self { server, database, schema, name })
    }
}

/// As written: `a.b.c`, with nothing between the points where a part was left out.
impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [&self.server, &self.database, &self.schema];
        let mut started = false;
        for part in parts {
            if let Some(part) = part {
                f.write_str(part)?;
                started = true;
            }
            if started {
                f.write_str(".")?;
            }
        }
        f.write_str(&self.name)
    }
}

/// A statement that changes the site.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    missing_docs,
    reason = "each variant is the statement that its name spells; its content is documented"
)]
pub enum Ddl {
    CreateAvailabilityGroup(CreateAvailabilityGroup),
    AlterAvailabilityGroup {
        name: String,
        action: GroupAction,
    },
    DropAvailabilityGroup {
        name: String,
    },
    CreateDatabase {
        name: String,
    },
    DropDatabase {
        names: Vec<String>,
        if_exists: bool,
    },
    /// `database` is None for `CURRENT`.
    AlterDatabaseHadr {
        database: Option<String>,
        action: HadrAction,
    },
    /// `database` is None for `CURRENT`.
    AlterDatabaseSet {
        database: Option<String>,
        options: Vec<DatabaseOption>,
        termination: Option<Termination>,
    },
    AlterDatabaseName {
        database: String,
        name: String,
    },
    CreateEndpoint(Endpoint),
    AlterEndpoint(Endpoint),
    DropEndpoint {
        name: String,
    },
    CreateLogin(CreateLogin),
    AlterLogin {
        name: String,
        action: LoginAction,
    },
    DropLogin {
        name: String,
    },
    CreateUser(CreateUser),
    AlterUser {
        name: String,
        options: UserOptions,
    },
    DropUser {
        name: String,
        if_exists: bool,
    },
    CreateRole {
        scope: RoleScope,
        name: String,
        owner: Option<String>,
    },
    AlterRole {
        scope: RoleScope,
        name: String,
        action: RoleAction,
    },
    DropRole {
        scope: RoleScope,
        name: String,
        if_exists: bool,
    },
    Permission(Permission),
    AlterAuthorization {
        securable: Securable,
        owner: Option<String>,
    },
    CreateCredential {
        name: String,
        identity: String,
        secret: Option<SecretText>,
    },
    DropCredential {
        name: String,
    },
    MasterKey(MasterKeyAction),
    Backup(Backup),
    Restore(Restore),
    CreateProcedure {
        name: ObjectName,
        definition: String,
        mode: DefinitionMode,
    },
    DropProcedure {
        names: Vec<ObjectName>,
        if_exists: bool,
    },
    CreateSchema {
        name: String,
        owner: Option<String>,
    },
}

/// Where a statement may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placement {
    /// It must be the only statement of its batch.
    pub alone: bool,
    /// Only with `master` as the current database (error 35208).
    pub master_only: bool,
    /// The error number with which it is refused inside a user transaction.
    pub refused_in_transaction: Option<i32>,
}

impl Ddl {
    /// Where the statement may run ("CREATE AVAILABILITY GROUP", "ALTER DATABASE SET HADR", "Transactions"; 574, 226 and
    /// 3021 are SQL Server's refusals inside a transaction).
    pub fn placement(&self) -> Placement {
        let in_transaction =
            |number| Placement { alone: false, master_only: false, refused_in_transaction: number };
        match self {
            Self::CreateAvailabilityGroup(_)
            | Self::AlterAvailabilityGroup { .. }
            | Self::DropAvailabilityGroup { .. }
            | Self::AlterDatabaseHadr { .. } => {
                Placement { alone: true, master_only: true, refused_in_transaction: Some(574) }
            }
            Self::CreateEndpoint(_) | Self::AlterEndpoint(_) | Self::DropEndpoint { .. } => {
                in_transaction(Some(574))
            }
            Self::CreateDatabase { .. }
            | Self::DropDatabase { .. }
            | Self::AlterDatabaseSet { .. }
            | Self::AlterDatabaseName { .. } => in_transaction(Some(226)),
            Self::Backup(_) | Self::Restore(_) => in_transaction(Some(3021)),
            _ => in_transaction(None),
        }
    }

    /// The statement's first words, as SQL Server's messages name it.
    pub fn title(&self) -> &'static str {
        match self {
            Self::CreateAvailabilityGroup(_) => "CREATE AVAILABILITY GROUP",
            Self::AlterAvailabilityGroup { .. } => "ALTER AVAILABILITY GROUP",
            Self::DropAvailabilityGroup { .. } => "DROP AVAILABILITY GROUP",
            Self::CreateDatabase { .. } => "CREATE DATABASE",
            Self::DropDatabase { .. } => "DROP DATABASE",
            Self::AlterDatabaseHadr { .. } => "ALTER DATABASE SET HADR",
            Self::AlterDatabaseSet { .. } | Self::AlterDatabaseName { .. } => "ALTER DATABASE",
            Self::CreateEndpoint(_) => "CREATE ENDPOINT",
            Self::AlterEndpoint(_) => "ALTER ENDPOINT",
            Self::DropEndpoint { .. } => "DROP ENDPOINT",
            Self::CreateLogin(_) => "CREATE LOGIN",
            Self::AlterLogin { .. } => "ALTER LOGIN",
            Self::DropLogin { .. } => "DROP LOGIN",
            Self::CreateUser(_) => "CREATE USER",
            Self::AlterUser { .. } => "ALTER USER",
            Self::DropUser { .. } => "DROP USER",
            Self::CreateRole { .. } => "CREATE ROLE",
            Self::AlterRole { .. } => "ALTER ROLE",
            Self::DropRole { .. } => "DROP ROLE",
            Self::Permission(permission) => permission.verb.title(),
            Self::AlterAuthorization { .. } => "ALTER AUTHORIZATION",
            Self::CreateCredential { .. } => "CREATE CREDENTIAL",
            Self::DropCredential { .. } => "DROP CREDENTIAL",
            Self::MasterKey(_) => "MASTER KEY",
            Self::Backup(backup) if backup.log => "BACKUP LOG",
            Self::Backup(_) => "BACKUP DATABASE",
            Self::Restore(restore) if restore.log => "RESTORE LOG",
            Self::Restore(_) => "RESTORE DATABASE",
            Self::CreateProcedure { .. } => "CREATE PROCEDURE",
            Self::DropProcedure { .. } => "DROP PROCEDURE",
            Self::CreateSchema { .. } => "CREATE SCHEMA",
        }
    }
}
