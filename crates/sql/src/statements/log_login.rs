//! The login with which workers write execution logs: the SID of its user in SSISDB and one password on every replica, and
//! the connection string that hands it out (change-logdb-account; catalog.update_logdb_info; PWDCOMPARE).

use super::instance_read::build_login;
use super::{
    ANYWHERE, CATALOG_PRIMARY, CLOCK, NO_REFUSAL, Refuse, build_flag, build_int, build_look, build_refusal,
    build_sid, guard_primary,
};
use crate::escape::{quote_connection_value, quote_name, quote_text};
use scaleout_model::defaults::{CATALOG_DATABASE, LOG_LOGIN};

/// The login's user in SSISDB (catalog.enable_scaleout).
const LOG_USER: &str = "##MS_SSISLogDBWorkerAgentUser##";

fn exists(condition: &str) -> String {
    format!("EXISTS (SELECT 1 FROM sys.sql_logins AS s WHERE s.name = {}{condition})", quote_text(LOG_LOGIN))
}

/// Condition: enabled, with this password.
fn has_password(password: &str) -> String {
    format!(" AND s.is_disabled = 0 AND PWDCOMPARE({}, s.password_hash) = 1", quote_text(password))
}

/// The login's own row, for the evidence.
fn build_own_row() -> String {
    build_login(&format!(" AND l.name = {}", quote_text(LOG_LOGIN)))
}

/// Whether the primary's login has this password.
pub(crate) fn look_at_password(password: &str) -> String {
    let done = build_flag(&exists(&has_password(password)));
    let refuse = build_refusal(&format!("NOT {}", exists("")), Refuse::LogLoginMissing);
    let look = build_look(CATALOG_PRIMARY, &done, &refuse, &[("clock_ms", CLOCK)]);
    format!("{look}\n{}", build_own_row())
}

/// Sets the password and enables the login.
pub(crate) fn set_password(password: &str) -> String {
    let name = quote_name(LOG_LOGIN);
    format!(
        "{}ALTER LOGIN {name} WITH PASSWORD = {};\nALTER LOGIN {name} ENABLE;",
        guard_primary(),
        quote_text(password)
    )
}

/// Whether the login has this SID and this password. A SID that another login has refuses.
pub(crate) fn look_at_copy(sid: &str, password: &str) -> String {
    let right = format!(" AND s.sid = {sid}");
    let done = build_flag(&exists(&format!("{right}{}", has_password(password))));
    let taken = format!(
        "EXISTS (SELECT 1 FROM sys.server_principals AS o WHERE o.sid = {sid} AND o.name <> {})",
        quote_text(LOG_LOGIN)
    );
    let refuse = build_refusal(&taken, Refuse::Occupied);
    let present = build_int(&build_flag(&exists("")));
    let same_sid = build_int(&build_flag(&exists(&right)));
    let more = [("present", present.as_str()), ("same_sid", same_sid.as_str()), ("clock_ms", CLOCK)];
    format!("{}\n{}", build_look(ANYWHERE, &done, &refuse, &more), build_own_row())
}

/// Drops a login with another SID; a SID cannot be altered (ALTER LOGIN).
pub(crate) fn drop_copy(sid: &str) -> String {
    format!("IF {}\nDROP LOGIN {};", exists(&format!(" AND s.sid <> {sid}")), quote_name(LOG_LOGIN))
}

/// Creates it with the SID of its user in SSISDB.
pub(crate) fn create_copy(sid: &str, password: &str) -> String {
    format!(
        "CREATE LOGIN {} WITH PASSWORD = {}, SID = {sid}, CHECK_POLICY = OFF;",
        quote_name(LOG_LOGIN),
        quote_text(password)
    )
}

/// Sets the password of a login that has the right SID.
pub(crate) fn set_copy_password(password: &str) -> String {
    let name = quote_name(LOG_LOGIN);
    format!("ALTER LOGIN {name} WITH PASSWORD = {};\nALTER LOGIN {name} ENABLE;", quote_text(password))
}

/// `Data Source=…;Initial Catalog=SSISDB;User Id=…;Password='…';`, as `catalog.enable_scaleout` writes it.
pub(crate) fn build_connection_string(server: &str, password: &str) -> String {
    format!(
        "Data Source={server};Initial Catalog={CATALOG_DATABASE};User Id={LOG_LOGIN};Password={};",
        quote_connection_value(password)
    )
}

/// Whether the catalog hands out this server and string. They are compared in SQL Server, byte by byte, so the decrypted
/// string never leaves it. In `SSISDB`.
pub(crate) fn look_at_log_database(server: &str, password: &str) -> String {
    let wanted = quote_text(&build_connection_string(server, password));
    let shown = format!(
        "EXISTS (SELECT 1 FROM catalog.master_properties AS p WHERE p.property_name = N'CLUSTER_LOGDB_SERVER' AND \
         p.property_value = {})",
        quote_text(server)
    );
    let done = build_flag(&format!(
        "{shown} AND CAST(@string AS varbinary(8000)) = CAST(CAST({wanted} AS nvarchar(max)) AS varbinary(8000))"
    ));
    let sid = format!(
        "(SELECT {} FROM sys.database_principals AS u WHERE u.name = {})",
        build_sid("u.sid"),
        quote_text(LOG_USER)
    );
    let more = [("server", quote_text(server)), ("user_sid", sid), ("clock_ms", CLOCK.to_owned())];
    let more: Vec<(&str, &str)> = more.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let look = build_look(CATALOG_PRIMARY, &done, NO_REFUSAL, &more);
    format!(
        "DECLARE @string nvarchar(max);\nEXEC internal.get_log_dbconnection @connection_string = @string OUTPUT;\n{look}"
    )
}

/// Writes server and string.
pub(crate) fn update_log_database(server: &str, password: &str) -> String {
    format!(
        "{}EXEC catalog.update_logdb_info @server_name = {}, @connection_string = {};",
        guard_primary(),
        quote_text(server),
        quote_text(&build_connection_string(server, password))
    )
}
