//! Users, roles and grants in SSISDB and msdb (CREATE USER, ALTER ROLE, GRANT object permissions).

use super::guard_primary;
use super::{
    ANYWHERE, CATALOG_PRIMARY, NO_REFUSAL, Refuse, build_flag, build_look, build_refusal, build_select,
    build_text,
};
use crate::escape::{join, quote_name, quote_text};
use scaleout_model::defaults::CLEANUP_LOGIN;

/// The clean-up login's user (SSISDB as shipped).
const CLEANUP_USER: &str = "##MS_SSISServerCleanupJobUser##";

/// Procedures of the maintenance job.
const CLEANUP_PROCEDURES: [&str; 2] =
    ["internal.cleanup_server_retention_window", "internal.cleanup_server_project_version"];

/// Role of the failover monitor, and what it lacks in 2019.
const MONITOR_ROLE: &str = "ssis_failover_monitoring_agent";
const MONITOR_PROCEDURES: [&str; 2] = ["internal.refresh_replica_status", "internal.update_replica_info"];

/// msdb's tables that show jobs, and backups.
const JOB_TABLES: [&str; 5] =
    ["dbo.sysjobs", "dbo.sysjobsteps", "dbo.sysjobschedules", "dbo.sysschedules", "dbo.backupset"];

/// The user of a login's SID, whatever its name.
fn user_of(login: &str, condition: &str) -> String {
    format!(
        "FROM sys.database_principals AS u JOIN sys.server_principals AS l ON l.sid = u.sid WHERE l.name = {}{condition}",
        quote_text(login)
    )
}

fn has_user(login: &str) -> String {
    format!("EXISTS (SELECT 1 {})", user_of(login, ""))
}

/// Condition: the login's user is a member of a role of this database.
fn is_member(login: &str, role: &str) -> String {
    let member = format!(
        " AND EXISTS (SELECT 1 FROM sys.database_role_members AS m JOIN sys.database_principals AS r ON r.principal_id = \
         m.role_principal_id WHERE m.member_principal_id = u.principal_id AND r.name = {})",
        quote_text(role)
    );
    format!("EXISTS (SELECT 1 {})", user_of(login, &member))
}

/// Condition: a principal has a permission (`EX` EXECUTE, `SL` SELECT) on all of these objects. `principal` is a condition
/// on `u`.
fn has_grants(principal: &str, permission: &str, objects: &[&str]) -> String {
    let ids = join(objects.iter().map(|object| format!("OBJECT_ID({})", quote_text(object))));
    format!(
        "(SELECT COUNT(*) FROM sys.database_permissions AS p JOIN sys.database_principals AS u ON u.principal_id = \
         p.grantee_principal_id WHERE {principal} AND p.class = 1 AND p.type = N'{permission}' AND p.state IN (N'G', N'W') \
         AND p.major_id IN ({ids})) = {}",
        objects.len()
    )
}

fn sid_of(login: &str) -> String {
    format!("u.sid = SUSER_SID({})", quote_text(login))
}

/// The name of the login's user, NULL if it has none.
fn user_name(login: &str) -> String {
    format!("(SELECT {} {})", build_text("u.name"), user_of(login, ""))
}

fn quote_object(object: &str) -> String {
    object.split('.').map(quote_name).collect::<Vec<_>>().join(".")
}

fn grants(permission: &str, objects: &[&str], principal: &str) -> String {
    let grant = |object: &&str| {
        format!("GRANT {permission} ON {} TO {};\n", quote_object(object), quote_name(principal))
    };
    objects.iter().map(grant).collect()
}

/// A user of this name for this login, if the login has none.
fn create_user(user: &str, login: &str) -> String {
    format!("IF NOT {}\nCREATE USER {} FOR LOGIN {};\n", has_user(login), quote_name(user), quote_name(login))
}

fn add_member(role: &str, user: &str) -> String {
    format!("ALTER ROLE {} ADD MEMBER {};\n", quote_name(role), quote_name(user))
}

/// Whether an account is in `ssis_admin`, by its SID.
pub(crate) fn look_at_admin(account: &str) -> String {
    let done = build_flag(&is_member(account, "ssis_admin"));
    build_look(CATALOG_PRIMARY, &done, NO_REFUSAL, &[("user_name", &user_name(account))])
}

/// Makes its user and adds it. `user`: the one that it has already.
pub(crate) fn grant_admin(account: &str, user: Option<&str>) -> String {
    let user = user.unwrap_or(account);
    [guard_primary(), create_user(user, account), add_member("ssis_admin", user)].concat()
}

/// Whether the observer sees workers and tasks.
pub(crate) fn look_at_observer(login: &str) -> String {
    let done = format!(
        "{} AND {}",
        is_member(login, "ssis_cluster_executor"),
        has_grants(&sid_of(login), "SL", &["internal.tasks"])
    );
    build_look(CATALOG_PRIMARY, &build_flag(&done), NO_REFUSAL, &[("user_name", &user_name(login))])
}

/// Makes its user with its role and its one grant.
pub(crate) fn grant_observer(login: &str, user: Option<&str>) -> String {
    let user = user.unwrap_or(login);
    [
        guard_primary(),
        create_user(user, login),
        add_member("ssis_cluster_executor", user),
        grants("SELECT", &["internal.tasks"], user),
    ]
    .concat()
}

/// Whether the observer may read the job tables. In `msdb`.
pub(crate) fn look_at_job_observer(login: &str) -> String {
    let done = has_grants(&sid_of(login), "SL", &JOB_TABLES);
    build_look(ANYWHERE, &build_flag(&done), NO_REFUSAL, &[("user_name", &user_name(login))])
}

/// Makes its user with its grants.
pub(crate) fn grant_job_observer(login: &str, user: Option<&str>) -> String {
    let user = user.unwrap_or(login);
    [create_user(user, login), grants("SELECT", &JOB_TABLES, user)].concat()
}

/// Whether the failover monitor may execute its procedures, by its role or by its user. In `SSISDB`.
pub(crate) fn build_monitor_rights() -> String {
    let role = has_grants(&of_monitor_role(), "EX", &MONITOR_PROCEDURES);
    let user = has_grants(&sid_of(CLEANUP_LOGIN), "EX", &MONITOR_PROCEDURES);
    format!("{};\n", build_select("monitor", &[("granted", &build_flag(&format!("{role} OR {user}")))]))
}

fn of_monitor_role() -> String {
    format!("u.name = {}", quote_text(MONITOR_ROLE))
}

/// Whether the clean-up user belongs to the clean-up login and has its rights.
pub(crate) fn look_at_cleanup_user() -> String {
    let login = format!(
        "EXISTS (SELECT 1 FROM sys.server_principals AS l WHERE l.name = {})",
        quote_text(CLEANUP_LOGIN)
    );
    let done = format!(
        "{} AND {} AND {}",
        is_member(CLEANUP_LOGIN, MONITOR_ROLE),
        has_grants(&sid_of(CLEANUP_LOGIN), "EX", &CLEANUP_PROCEDURES),
        has_grants(&of_monitor_role(), "EX", &MONITOR_PROCEDURES),
    );
    let refuse = build_refusal(&format!("NOT {login}"), Refuse::CleanupLoginMissing);
    build_look(CATALOG_PRIMARY, &build_flag(&done), &refuse, &[("user_name", &user_name(CLEANUP_LOGIN))])
}

/// Makes the user or gives it its login, with role and grants.
pub(crate) fn ensure_cleanup_user(user: Option<&str>) -> String {
    let name = user.unwrap_or(CLEANUP_USER);
    let orphan = format!(
        "IF NOT {} AND DATABASE_PRINCIPAL_ID({}) IS NOT NULL\nALTER USER {} WITH LOGIN = {};\n",
        has_user(CLEANUP_LOGIN),
        quote_text(name),
        quote_name(name),
        quote_name(CLEANUP_LOGIN)
    );
    [
        guard_primary(),
        orphan,
        create_user(name, CLEANUP_LOGIN),
        add_member(MONITOR_ROLE, name),
        grants("EXECUTE", &CLEANUP_PROCEDURES, name),
        grants("EXECUTE", &MONITOR_PROCEDURES, MONITOR_ROLE),
    ]
    .concat()
}
