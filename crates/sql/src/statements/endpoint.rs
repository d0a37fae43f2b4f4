//! The database mirroring endpoint (CREATE ENDPOINT, ALTER ENDPOINT, GRANT endpoint permissions).

use super::{ANYWHERE, NO_REFUSAL, Refuse, build_flag, build_look, build_refusal};
use crate::escape::{quote_name, quote_text};

fn exists(condition: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM sys.database_mirroring_endpoints AS e JOIN sys.tcp_endpoints AS t ON t.endpoint_id = \
         e.endpoint_id WHERE {condition})"
    )
}

/// Whether the endpoint is there; another one refuses, since an instance has only one.
pub(crate) fn look_at_endpoint(name: &str, port: u16) -> String {
    let same = format!("e.name = {} AND t.port = {port} AND e.state = 0", quote_text(name));
    let other = format!("e.name <> {} OR t.port <> {port}", quote_text(name));
    let refuse = build_refusal(&exists(&other), Refuse::Occupied);
    build_look(ANYWHERE, &build_flag(&exists(&same)), &refuse, &[])
}

/// Windows authentication, AES required, started.
pub(crate) fn create_endpoint(name: &str, port: u16) -> String {
    format!(
        "CREATE ENDPOINT {} STATE = STARTED AS TCP (LISTENER_PORT = {port}, LISTENER_IP = ALL) FOR DATABASE_MIRRORING \
         (AUTHENTICATION = WINDOWS NEGOTIATE, ENCRYPTION = REQUIRED ALGORITHM AES, ROLE = ALL);",
        quote_name(name)
    )
}

/// Whether it is started.
pub(crate) fn look_at_started(name: &str) -> String {
    let started = exists(&format!("e.name = {} AND e.state = 0", quote_text(name)));
    build_look(ANYWHERE, &build_flag(&started), NO_REFUSAL, &[])
}

/// Starts it.
pub(crate) fn start_endpoint(name: &str) -> String {
    format!("ALTER ENDPOINT {} STATE = STARTED;", quote_name(name))
}

/// Whether an account may connect to it (class 105 of `sys.server_permissions`).
pub(crate) fn look_at_connect(name: &str, account: &str) -> String {
    let granted = format!(
        "EXISTS (SELECT 1 FROM sys.server_permissions AS p JOIN sys.server_principals AS g ON g.principal_id = \
         p.grantee_principal_id JOIN sys.endpoints AS e ON e.endpoint_id = p.major_id WHERE p.class = 105 AND p.state IN \
         (N'G', N'W') AND p.permission_name = N'CONNECT' AND e.name = {} AND g.name = {})",
        quote_text(name),
        quote_text(account)
    );
    build_look(ANYWHERE, &build_flag(&granted), NO_REFUSAL, &[])
}

/// Lets it connect.
pub(crate) fn grant_connect(name: &str, account: &str) -> String {
    format!("GRANT CONNECT ON ENDPOINT::{} TO {};", quote_name(name), quote_name(account))
}
