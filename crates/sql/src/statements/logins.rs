//! Windows logins, the cluster service's rights and the clean-up login (CREATE LOGIN, GRANT server permissions).

use super::{ANYWHERE, NO_REFUSAL, Refuse, build_flag, build_int, build_look, build_refusal};
use crate::escape::{quote_name, quote_text};
use scaleout_model::defaults::CLEANUP_LOGIN;

/// The cluster service's login: preferred over NT AUTHORITY\SYSTEM (SqlServerDsc, Test-ClusterPermissions).
pub(crate) const CLUSTER_SERVICE: &str = r"NT SERVICE\ClusSvc";

/// What the cluster service needs to watch and move a group.
const CLUSTER_PERMISSIONS: [&str; 3] = ["CONNECT SQL", "ALTER ANY AVAILABILITY GROUP", "VIEW SERVER STATE"];

fn exists(login: &str) -> String {
    format!("EXISTS (SELECT 1 FROM sys.server_principals AS l WHERE l.name = {})", quote_text(login))
}

/// How many of these server permissions a login was granted.
fn count_permissions(login: &str, permissions: &[&str]) -> String {
    let names = crate::escape::join(permissions.iter().map(|name| quote_text(name)));
    format!(
        "(SELECT COUNT(*) FROM sys.server_permissions AS p JOIN sys.server_principals AS g ON g.principal_id = \
         p.grantee_principal_id WHERE g.name = {} AND p.class = 100 AND p.state IN (N'G', N'W') AND p.permission_name IN \
         ({names}))",
        quote_text(login)
    )
}

/// Whether the login exists.
pub(crate) fn look_at_login(login: &str) -> String {
    build_look(ANYWHERE, &build_flag(&exists(login)), NO_REFUSAL, &[])
}

/// `CREATE LOGIN … FROM WINDOWS`, if it is not there.
pub(crate) fn create_windows_login(login: &str) -> String {
    format!("IF NOT {}\nCREATE LOGIN {} FROM WINDOWS;", exists(login), quote_name(login))
}

/// Whether the login exists and is enabled.
pub(crate) fn look_at_enabled(login: &str) -> String {
    let enabled = format!(
        "EXISTS (SELECT 1 FROM sys.server_principals AS l WHERE l.name = {} AND l.is_disabled = 0)",
        quote_text(login)
    );
    build_look(ANYWHERE, &build_flag(&enabled), NO_REFUSAL, &[])
}

/// `ALTER LOGIN … ENABLE`.
pub(crate) fn enable_login(login: &str) -> String {
    format!("ALTER LOGIN {} ENABLE;", quote_name(login))
}

/// Whether the cluster service has all its rights.
pub(crate) fn look_at_cluster_service() -> String {
    let count = count_permissions(CLUSTER_SERVICE, &CLUSTER_PERMISSIONS);
    build_look(ANYWHERE, &build_flag(&format!("{count} = {}", CLUSTER_PERMISSIONS.len())), NO_REFUSAL, &[])
}

/// Its rights.
pub(crate) fn grant_cluster_service() -> String {
    let permissions = CLUSTER_PERMISSIONS.join(", ");
    format!("GRANT {permissions} TO {};", quote_name(CLUSTER_SERVICE))
}

/// Whether the clean-up login is there, disabled, with its right, and with the SID that its user has.
pub(crate) fn look_at_cleanup_login(sid: Option<&str>) -> String {
    let name = quote_text(CLEANUP_LOGIN);
    let of_login = |condition: &str| {
        format!("EXISTS (SELECT 1 FROM sys.server_principals AS l WHERE l.name = {name}{condition})")
    };
    let right = count_permissions(CLEANUP_LOGIN, &["VIEW SERVER STATE"]);
    let done = build_flag(&format!("{} AND {right} = 1", of_login(" AND l.is_disabled = 1")));
    let refuse = sid.map_or_else(
        || NO_REFUSAL.to_owned(),
        |sid| {
            let other = format!(
                "{} OR EXISTS (SELECT 1 FROM sys.server_principals AS l WHERE l.sid = {sid} AND l.name <> {name})",
                of_login(&format!(" AND l.sid <> {sid}"))
            );
            build_refusal(&other, Refuse::Occupied)
        },
    );
    build_look(ANYWHERE, &done, &refuse, &[("present", &build_int(&build_flag(&of_login(""))))])
}

/// `CREATE LOGIN` of the clean-up login; nobody logs in with this password.
pub(crate) fn create_cleanup_login(password: &str, sid: Option<&str>) -> String {
    let sid = sid.map(|sid| format!(", SID = {sid}")).unwrap_or_default();
    format!(
        "IF NOT {}\nCREATE LOGIN {} WITH PASSWORD = {}{sid}, CHECK_POLICY = OFF;",
        exists(CLEANUP_LOGIN),
        quote_name(CLEANUP_LOGIN),
        quote_text(password)
    )
}

/// Disables it and gives it its right.
pub(crate) fn settle_cleanup_login() -> [String; 2] {
    let name = quote_name(CLEANUP_LOGIN);
    [format!("ALTER LOGIN {name} DISABLE;"), format!("GRANT VIEW SERVER STATE TO {name};")]
}
