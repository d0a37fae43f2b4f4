//! A SQL Server instance: what is outside of the catalog.

use super::{Catalog, Job, Login, Secret, ServerPermission, Sid};
use scaleout_model::names::{DnsName, GroupName, LoginName};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A SQL Server instance. Whether it runs is the state of its service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Instance {
    /// `ProductVersion`, `15.0.4355.3`.
    pub product_version: String,
    /// `Edition`, `Enterprise Edition (64-bit)`.
    pub edition: String,
    /// `EngineEdition`.
    pub engine_edition: u32,
    /// `Collation`.
    pub collation: String,
    /// `IsClustered`: a failover cluster instance.
    pub clustered: bool,
    /// TCP port.
    pub port: u16,
    /// Names in the certificate of its TLS endpoint.
    pub certificate_names: Vec<DnsName>,
    /// Whether Windows authentication only is configured (registry `LoginMode`), from the next start on.
    pub windows_only: bool,
    /// Whether the running process allows Windows authentication only.
    pub windows_only_in_use: bool,
    /// Whether Always On is switched on in its configuration.
    pub hadr_enabled: bool,
    /// Whether the running process has it on (`IsHadrEnabled`).
    pub hadr_in_use: bool,
    /// Name of its service master key; two instances never share one.
    pub service_master_key: String,
    /// Logins by name.
    pub logins: BTreeMap<LoginName, Login>,
    /// Server permissions granted and denied.
    pub permissions: Vec<ServerPermission>,
    /// Endpoints for database mirroring by name; one at most.
    pub endpoints: BTreeMap<String, Endpoint>,
    /// Databases by name, `master` and `msdb` included.
    pub databases: BTreeMap<String, Database>,
    /// Agent jobs by name (msdb).
    pub jobs: BTreeMap<String, Job>,
    /// Credentials by name, those for master keys included.
    pub credentials: BTreeMap<String, Credential>,
    /// Trusted assemblies by SHA2_512, upper-case hex.
    pub trusted_assemblies: BTreeMap<String, TrustedAssembly>,
    /// `sp_configure` options by name.
    pub configuration: BTreeMap<String, Setting>,
    /// Backups taken here.
    pub backups: Vec<Backup>,
    /// Newest lines of the error log.
    pub error_log: Vec<ErrorLogLine>,
    /// Next numeric id (principals, credentials, databases, endpoints).
    pub next_id: i32,
}

/// An endpoint for database mirroring.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Endpoint {
    /// `endpoint_id`.
    pub id: i32,
    /// TCP port.
    pub port: u16,
    /// State.
    pub state: EndpointState,
    /// `connection_auth_desc`, `NEGOTIATE`, `CERTIFICATE`, ….
    pub authentication: String,
    /// `encryption_algorithm_desc`, `AES`, ….
    pub encryption: String,
    /// `role_desc`: `ALL`, `PARTNER`, `WITNESS`.
    pub role: String,
    /// SID of its owner.
    pub owner: Sid,
}

/// State of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EndpointState {
    /// STARTED.
    Started,
    /// STOPPED.
    Stopped,
    /// DISABLED.
    Disabled,
}

/// A database of an instance. A copy on a secondary has its own, too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Database {
    /// `database_id`.
    pub id: i32,
    /// State apart from its role in an availability group.
    pub state: DatabaseState,
    /// `recovery_model_desc`.
    pub recovery: RecoveryModel,
    /// SID of its owner on this instance.
    pub owner: Sid,
    /// `create_date` on this instance, unix ms.
    pub created_ms: i64,
    /// `is_read_only`.
    pub read_only: bool,
    /// Whether `user_access` is MULTI_USER.
    pub multi_user: bool,
    /// `is_auto_close_on`.
    pub auto_close: bool,
    /// `is_trustworthy_on`.
    pub trustworthy: bool,
    /// `family_guid`, lower-case.
    pub family_guid: String,
    /// Newest backup of its log chain (`last_log_backup_lsn`); `None`: no full backup since it is FULL.
    pub log_chain: Option<u64>,
    /// The availability group that it belongs to.
    pub group: Option<GroupName>,
    /// Contents; shared with the copies that are synchronized with it.
    pub content: Arc<DatabaseContent>,
}

/// `state_desc` of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DatabaseState {
    /// ONLINE.
    Online,
    /// RESTORING.
    Restoring,
    /// OFFLINE.
    Offline,
}

/// Recovery model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RecoveryModel {
    /// FULL.
    Full,
    /// BULK_LOGGED.
    BulkLogged,
    /// SIMPLE.
    Simple,
}

/// Contents of a database: what an availability group carries to the other replicas.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DatabaseContent {
    /// Users by name.
    pub users: BTreeMap<LoginName, DatabaseUser>,
    /// Permissions granted to roles, by role: `EXECUTE ON internal.refresh_replica_status`.
    #[serde(default)]
    pub role_grants: BTreeMap<String, BTreeSet<String>>,
    /// Roles that are not fixed ones.
    pub roles: BTreeSet<String>,
    /// Procedures made by DDL, by `schema.name`.
    pub procedures: BTreeMap<String, Procedure>,
    /// The SSIS catalog, in SSISDB.
    pub catalog: Option<Catalog>,
}

/// A user of a database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DatabaseUser {
    /// `principal_id`.
    pub id: i32,
    /// Its SID.
    pub sid: Sid,
    /// Whether its type is a Windows principal.
    pub windows: bool,
    /// Roles that it is a member of.
    pub roles: BTreeSet<String>,
    /// Permissions granted, `SELECT ON internal.tasks`.
    pub grants: BTreeSet<String>,
}

/// A procedure made by DDL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Procedure {
    /// Text.
    pub definition: String,
    /// Whether it runs at startup (`ExecIsStartup`).
    pub at_startup: bool,
}

/// A credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Credential {
    /// `credential_id`.
    pub id: i32,
    /// Identity.
    pub identity: String,
    /// Its secret.
    pub secret: Secret,
    /// `create_date`, unix ms.
    pub created_ms: i64,
    /// Family of the database whose master key it opens (`sys.master_key_passwords`), lower-case.
    pub family_guid: Option<String>,
}

/// A trusted assembly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TrustedAssembly {
    /// Description.
    pub description: String,
    /// `create_date`, unix ms.
    pub created_ms: i64,
}

/// An `sp_configure` option.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Setting {
    /// Configured value.
    pub value: i32,
    /// Value in use.
    pub in_use: i32,
}

/// A backup that was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Backup {
    /// Database.
    pub database: String,
    /// `D` full, `L` log.
    pub kind: String,
    /// File.
    pub path: String,
    /// When, unix ms.
    pub at_ms: i64,
}

/// A line of the error log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ErrorLogLine {
    /// When, unix ms.
    pub at_ms: i64,
    /// Text.
    pub text: String,
}

/// Lines that the error log keeps.
const ERROR_LOG_LINES: usize = 50;

impl Database {
    /// The catalog, if it is SSISDB.
    pub fn catalog(&self) -> Option<&Catalog> {
        self.content.catalog.as_ref()
    }

    /// The contents, to change them.
    pub fn content_mut(&mut self) -> &mut DatabaseContent {
        Arc::make_mut(&mut self.content)
    }
}

impl Instance {
    /// Major version, `15`.
    pub fn major(&self) -> u32 {
        self.product_version.split('.').next().and_then(|major| major.parse().ok()).unwrap_or_default()
    }

    /// The login of a SID.
    pub fn login_of_sid(&self, sid: &Sid) -> Option<(&LoginName, &Login)> {
        self.logins.iter().find(|(_, login)| login.sid == *sid)
    }

    /// A database by name, without case.
    pub fn database(&self, name: &str) -> Option<&Database> {
        self.databases.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, database)| database)
    }

    /// A database to change, by name, without case.
    pub fn database_mut(&mut self, name: &str) -> Option<&mut Database> {
        self.databases
            .iter_mut()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, database)| database)
    }

    /// Whether a permission was granted to a login by name and not denied (roles are not looked at).
    pub fn granted(&self, grantee: &LoginName, permission: &str, endpoint: Option<&str>) -> bool {
        let rows = || {
            self.permissions.iter().filter(|row| {
                row.grantee == *grantee
                    && row.permission.eq_ignore_ascii_case(permission)
                    && row.endpoint.as_deref().map(str::to_lowercase) == endpoint.map(str::to_lowercase)
            })
        };
        rows().next().is_some() && !rows().any(|row| row.denied)
    }

    /// The next numeric id.
    pub fn take_id(&mut self) -> i32 {
        self.next_id += 1;
        self.next_id
    }

    /// Adds a line to the error log, and drops the oldest beyond 50. A repeated line only gets its new time.
    pub fn log(&mut self, at_ms: i64, text: impl Into<String>) {
        let text = text.into();
        if let Some(last) = self.error_log.iter_mut().find(|line| line.text == text) {
            last.at_ms = at_ms;
            return;
        }
        if self.error_log.len() >= ERROR_LOG_LINES {
            self.error_log.remove(0);
        }
        self.error_log.push(ErrorLogLine { at_ms, text });
    }
}
