//! Facts of one instance, read through its own endpoint with the observer's login.

use super::GroupFacts;
use crate::fact::Fact;
use crate::names::{AccountName, LoginName, ReplicaName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One instance. What a login may not see is Unknown(NotPermitted), never Absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InstanceFacts {
    /// `@@SERVERNAME`.
    pub server_name: ReplicaName,
    /// `SERVERPROPERTY('MachineName')`.
    pub machine_name: String,
    /// `SERVERPROPERTY('ProductVersion')`.
    pub product_version: String,
    /// `SERVERPROPERTY('ProductMajorVersion')`.
    pub major: u32,
    /// `SERVERPROPERTY('EngineEdition')`: 2 Standard, 3 Enterprise or Developer, 4 Express.
    pub engine_edition: u32,
    /// `SERVERPROPERTY('Collation')`.
    pub collation: String,
    /// `SERVERPROPERTY('IsClustered')`: a failover cluster instance.
    pub clustered: bool,
    /// `SERVERPROPERTY('IsHadrEnabled')`: as the running process sees it.
    pub hadr_enabled: bool,
    /// `SERVERPROPERTY('IsIntegratedSecurityOnly')`: SQL logins cannot log in.
    pub windows_only: bool,
    /// `SYSUTCDATETIME()`, unix milliseconds.
    pub clock_unix_ms: i64,
    /// What the observer may see here.
    pub rights: ObserverRights,
    /// `sys.server_principals` of types S, U, G with `sys.sql_logins` flags.
    pub logins: Fact<Vec<LoginFacts>>,
    /// Server permissions granted (`sys.server_permissions`).
    pub permissions: Fact<Vec<PermissionFacts>>,
    /// The database mirroring endpoint, of any name.
    pub endpoint: Fact<EndpointFacts>,
    /// The availability group of this name, as this instance sees it.
    pub group: Fact<GroupFacts>,
    /// SSISDB on this instance.
    pub catalog_database: Fact<CatalogDatabase>,
    /// What the catalog needs on this instance outside of SSISDB.
    pub support: SupportFacts,
}

/// Rights of the observer's login.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ObserverRights {
    /// VIEW SERVER STATE (to 2019), VIEW SERVER PERFORMANCE STATE (2022 and later).
    pub server_state: bool,
    /// VIEW ANY DEFINITION.
    pub any_definition: bool,
    /// SELECT on msdb's job tables.
    pub jobs: bool,
    /// A user in SSISDB with `ssis_cluster_executor` and SELECT on `internal.tasks`; false also where no
    /// SSISDB can be read.
    pub catalog: bool,
}

/// A login.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LoginFacts {
    /// Name.
    pub name: LoginName,
    /// SID, upper-case hex without prefix.
    pub sid: String,
    /// Whether it is a SQL login.
    pub sql: bool,
    /// Whether it is disabled.
    pub disabled: bool,
    /// `modify_date`, as SQL Server prints it; changes with each change of the login.
    pub modified: String,
    /// Whether it is a member of sysadmin.
    pub sysadmin: bool,
}

/// A server-level permission that was granted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PermissionFacts {
    /// To whom.
    pub grantee: LoginName,
    /// Name, `ALTER ANY AVAILABILITY GROUP`.
    pub permission: String,
    /// Endpoint for class ENDPOINT, else `None`.
    pub endpoint: Option<String>,
}

/// The database mirroring endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EndpointFacts {
    /// Name.
    pub name: String,
    /// TCP port.
    pub port: u16,
    /// Whether it is STARTED.
    pub started: bool,
    /// `connection_auth_desc`.
    pub authentication: String,
    /// `encryption_algorithm_desc`.
    pub encryption: String,
    /// Whether its role is ALL or PARTNER.
    pub partner: bool,
}

/// SSISDB on one instance, from `sys.databases` and what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CatalogDatabase {
    /// `state_desc`.
    pub state: String,
    /// `recovery_model_desc`.
    pub recovery_model: String,
    /// Whether a full backup started its log chain (`sys.database_recovery_status.last_log_backup_lsn`).
    pub log_chain: Fact<bool>,
    /// `create_date`, as SQL Server prints it.
    pub created: String,
    /// Whether it belongs to an availability group (`group_database_id`).
    pub in_group: bool,
    /// `owner_sid`, upper-case hex.
    pub owner_sid: String,
    /// Login of that SID here; Absent = none.
    pub owner: Fact<LoginName>,
    /// `is_read_only`, `user_access`, `is_auto_close_on` that bar it from a group.
    pub bars: Vec<String>,
    /// `sys.database_recovery_status.family_guid`.
    pub family_guid: Fact<String>,
}

/// What the catalog needs on each instance, outside of SSISDB (it does not travel with the database).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SupportFacts {
    /// `clr enabled` in use.
    pub clr_enabled: Fact<bool>,
    /// Hashes of `sys.trusted_assemblies`, upper-case hex.
    pub trusted_assemblies: Fact<Vec<String>>,
    /// Whether `master.dbo.sp_ssis_startup` is there and runs at startup.
    pub startup_procedure: Fact<bool>,
    /// The failover monitor job.
    pub failover_job: Fact<JobFacts>,
    /// The maintenance job.
    pub maintenance_job: Fact<JobFacts>,
    /// Age of the newest log backup of SSISDB that was taken here, by msdb's history; Absent: none.
    pub log_backup_age_seconds: Fact<i64>,
    /// Age of the newest full backup of SSISDB that was taken here; Absent: none.
    pub full_backup_age_seconds: Fact<i64>,
    /// Credentials for SSISDB's master key: `credential_id:create_date` of each of its family
    /// (`sys.master_key_passwords`).
    pub master_key_credentials: Fact<Vec<String>>,
}

/// An Agent job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobFacts {
    /// Whether it is enabled.
    pub enabled: bool,
    /// Owner's login.
    pub owner: Fact<AccountName>,
    /// Whether it has at least one enabled schedule.
    pub scheduled: bool,
    /// Number of its steps.
    pub steps: u32,
}

impl InstanceFacts {
    /// The login of this name; Absent only if the observer may see all logins.
    pub fn login(&self, name: &LoginName) -> Fact<&LoginFacts> {
        self.logins.as_ref().and_then(|logins| logins.iter().find(|login| login.name == *name).into())
    }

    /// Whether `grantee` was granted a server permission.
    pub fn granted(&self, grantee: &LoginName, permission: &str) -> Fact<bool> {
        self.permissions.as_ref().map(|all| {
            all.iter().any(|p| {
                p.grantee == *grantee && p.endpoint.is_none() && p.permission.eq_ignore_ascii_case(permission)
            })
        })
    }
}
