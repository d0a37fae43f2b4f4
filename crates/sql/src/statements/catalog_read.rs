//! Reads of the SSIS catalog (SSISDB schema 2019: catalog.master_properties, catalog_properties, worker_agents,
//! alwayson_replicas, internal.tasks). Sent only where SSISDB can be read.

use super::instance_read::build_catalog_rights;
use super::users::build_monitor_rights;
use super::{build_flag, build_guid, build_int, build_select, build_sid, build_text};

/// Whether SSISDB is here and can be read, in `master`.
pub(crate) fn build_access() -> String {
    let of_database =
        |expression: &str| format!("(SELECT {expression} FROM sys.databases AS d WHERE d.name = N'SSISDB')");
    let row = build_select(
        "access",
        &[
            ("present", &build_flag("DB_ID(N'SSISDB') IS NOT NULL")),
            ("any_database", &build_int("ISNULL(HAS_PERMS_BY_NAME(NULL, NULL, N'VIEW ANY DATABASE'), 0)")),
            ("state", &build_text(&of_database("d.state_desc"))),
            ("access", &build_int("ISNULL(HAS_DBACCESS(N'SSISDB'), 0)")),
            ("is_primary", &build_int("sys.fn_hadr_is_primary_replica(N'SSISDB')")),
        ],
    );
    format!("{row};\n")
}

fn build_properties() -> String {
    let columns = [("name", build_text("p.property_name")), ("value", build_text("p.property_value"))];
    let columns: Vec<(&str, &str)> = columns.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let master = build_select("property", &columns);
    let catalog = build_select("catalog_property", &columns);
    format!(
        "{master}\nFROM catalog.master_properties AS p;\n{catalog}\nFROM catalog.catalog_properties AS p WHERE \
         p.property_name IN (N'IS_SCALEOUT_ENABLED', N'DEFAULT_EXECUTION_MODE');\n"
    )
}

/// LAST_ONLINE_TIME is the text of a datetimeoffset; empty before the first heartbeat.
fn build_master_age() -> String {
    let age = "DATEDIFF_BIG(SECOND, TRY_CONVERT(datetimeoffset, NULLIF(p.property_value, N'')), SYSDATETIMEOFFSET())";
    let row = build_select("master_age", &[("seconds", age)]);
    format!("{row}\nFROM catalog.master_properties AS p WHERE p.property_name = N'LAST_ONLINE_TIME';\n")
}

fn build_workers() -> String {
    let id = format!("LOWER({})", build_guid("w.WorkerAgentId"));
    let row = build_select(
        "worker",
        &[
            ("agent_id", &id),
            ("enabled", &build_int("w.IsEnabled")),
            ("machine", &build_text("w.MachineName")),
            ("account", &build_text("w.UserAccount")),
            ("tags", &build_text("w.Tags")),
            ("age_seconds", "DATEDIFF_BIG(SECOND, w.LastOnlineTime, SYSDATETIMEOFFSET())"),
        ],
    );
    format!("{row}\nFROM catalog.worker_agents AS w;\n")
}

fn build_tasks() -> String {
    let id = format!("LOWER({})", build_guid("t.WorkerAgentId"));
    let row = build_select("task", &[("agent_id", &id), ("status", &build_int("t.Status"))]);
    format!(
        "IF HAS_PERMS_BY_NAME(N'internal.tasks', N'OBJECT', N'SELECT') = 1\n{row}\nFROM internal.tasks AS t WHERE t.Status \
         IN (2, 3);\n"
    )
}

fn build_replicas() -> String {
    let row = build_select(
        "registered",
        &[("name", &build_text("a.server_name")), ("state", &build_int("a.state"))],
    );
    format!("{row}\nFROM catalog.alwayson_replicas AS a;\n")
}

/// One row per user and role; a user without a role has one row with NULL.
fn build_users() -> String {
    let row = build_select(
        "user",
        &[("name", &build_text("u.name")), ("sid", &build_sid("u.sid")), ("role", &build_text("r.name"))],
    );
    format!(
        "{row}\nFROM sys.database_principals AS u LEFT JOIN sys.database_role_members AS m ON m.member_principal_id = \
         u.principal_id\nLEFT JOIN sys.database_principals AS r ON r.principal_id = m.role_principal_id\nWHERE u.type IN \
         (N'S', N'U', N'G') AND u.sid IS NOT NULL\nORDER BY u.principal_id;\n"
    )
}

/// The catalog's own assembly: the bytes that `sys.trusted_assemblies` must know.
fn build_assembly() -> String {
    let hash = "CONVERT(nvarchar(130), HASHBYTES(N'SHA2_512', f.content), 2)";
    let row = build_select("assembly", &[("name", &build_text("a.name")), ("hash", hash)]);
    format!(
        "{row}\nFROM sys.assemblies AS a JOIN sys.assembly_files AS f ON f.assembly_id = a.assembly_id AND f.file_id = \
         1\nWHERE a.is_user_defined = 1\nORDER BY a.assembly_id;\n"
    )
}

/// The whole batch, in `SSISDB`.
pub(crate) fn build_catalog_batch() -> String {
    [
        build_catalog_rights(),
        build_properties(),
        build_master_age(),
        build_workers(),
        build_tasks(),
        build_replicas(),
        build_users(),
        build_monitor_rights(),
        build_assembly(),
    ]
    .concat()
}
