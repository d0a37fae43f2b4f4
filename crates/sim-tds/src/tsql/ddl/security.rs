//! Logins, users, roles and permissions: statements as data.

use super::availability_group::words;
use super::{ObjectName, SecretText};
use crate::tsql::cursor::Words;

/// `PASSWORD = …`
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Password {
    /// `'…'`
    Clear(SecretText),
    /// `0x… HASHED`
    Hashed(Vec<u8>),
}

/// Options of a login; None where not given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "each field is the option that its name spells")]
pub struct LoginOptions {
    pub password: Option<Password>,
    /// `MUST_CHANGE`
    pub must_change: bool,
    /// `UNLOCK`
    pub unlock: bool,
    pub old_password: Option<SecretText>,
    pub sid: Option<Vec<u8>>,
    pub default_database: Option<String>,
    pub default_language: Option<String>,
    pub check_policy: Option<bool>,
    pub check_expiration: Option<bool>,
    /// `NAME = …` of ALTER LOGIN
    pub name: Option<String>,
    pub credential: Option<String>,
}

/// Where a login comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginSource {
    /// SQL authentication: `WITH PASSWORD …`
    Password,
    /// `FROM WINDOWS`
    Windows,
    /// `FROM CERTIFICATE c`
    Certificate(String),
    /// `FROM ASYMMETRIC KEY k`
    AsymmetricKey(String),
}

/// `CREATE LOGIN`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateLogin {
    /// Name.
    pub name: String,
    /// Source.
    pub source: LoginSource,
    /// Options.
    pub options: LoginOptions,
}

/// What `ALTER LOGIN` does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginAction {
    /// `ENABLE`
    Enable,
    /// `DISABLE`
    Disable,
    /// `WITH …`
    Set(LoginOptions),
}

/// What a database user stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserSource {
    /// `FOR LOGIN l` (the user's own name if not written)
    Login(String),
    /// `WITHOUT LOGIN`
    WithoutLogin,
    /// `FOR CERTIFICATE c`
    Certificate(String),
}

/// Options of a user; None where not given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "each field is the option that its name spells")]
pub struct UserOptions {
    pub default_schema: Option<String>,
    /// `NAME` of ALTER USER
    pub name: Option<String>,
    /// `LOGIN` of ALTER USER
    pub login: Option<String>,
}

/// `CREATE USER`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateUser {
    /// Name.
    pub name: String,
    /// Source.
    pub source: UserSource,
    /// Options.
    pub options: UserOptions,
}

words!(
    /// Whether a role belongs to the server or to the current database.
    RoleScope { Server = "SERVER ROLE", Database = "ROLE" }
);

/// What `ALTER [SERVER] ROLE` does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoleAction {
    /// `ADD MEMBER`
    AddMember(String),
    /// `DROP MEMBER`
    DropMember(String),
    /// `WITH NAME =`
    Rename(String),
}

words!(
    /// GRANT, DENY or REVOKE.
    PermissionVerb { Grant = "GRANT", Deny = "DENY", Revoke = "REVOKE" }
);

impl PermissionVerb {
    /// The verb as messages write it.
    pub fn title(self) -> &'static str {
        self.word()
    }
}

/// What a permission or an owner is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Securable {
    /// Nothing named: the server or the current database, by the permission's kind.
    Scope,
    /// `ON [OBJECT::]name`
    Object(ObjectName),
    /// `ON SCHEMA::name`
    Schema(String),
    /// `ON DATABASE::name`
    Database(String),
    /// `ON ENDPOINT::name`
    Endpoint(String),
    /// `ON LOGIN::name`
    Login(String),
    /// `ON USER::name`
    User(String),
    /// `ON ROLE::name`
    Role(String),
    /// `ON SERVER ROLE::name`
    ServerRole(String),
    /// `ON AVAILABILITY GROUP::name`
    AvailabilityGroup(String),
    /// `ON CERTIFICATE::name`
    Certificate(String),
    /// `ON SYMMETRIC KEY::name`
    SymmetricKey(String),
}

/// `GRANT`, `DENY` or `REVOKE`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// The verb.
    pub verb: PermissionVerb,
    /// Permissions in capitals with single blanks, for example `VIEW SERVER STATE`.
    pub permissions: Vec<String>,
    /// What they are about.
    pub securable: Securable,
    /// Who gets them.
    pub principals: Vec<String>,
    /// `WITH GRANT OPTION`, `GRANT OPTION FOR`
    pub grant_option: bool,
    /// `CASCADE`
    pub cascade: bool,
}

/// `CREATE`, `ALTER` or `CREATE OR ALTER`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefinitionMode {
    /// `CREATE`
    Create,
    /// `ALTER`
    Alter,
    /// `CREATE OR ALTER`
    CreateOrAlter,
}
