//! Reads of an instance: one batch with the rights in it, so that a missing row can be told from a hidden one.

use super::{CLOCK, build_date, build_flag, build_guid, build_int, build_select, build_sid, build_text};

/// `VIEW SERVER PERFORMANCE STATE` exists since 2022 and is enough there; before, HAS_PERMS_BY_NAME answers NULL for it
/// ("sys.dm_hadr_availability_replica_states", Permissions).
pub(crate) const SERVER_STATE: &str = "ISNULL(HAS_PERMS_BY_NAME(NULL, NULL, N'VIEW SERVER PERFORMANCE STATE'), \
     HAS_PERMS_BY_NAME(NULL, NULL, N'VIEW SERVER STATE'))";

fn server_property(name: &str) -> String {
    format!("SERVERPROPERTY(N'{name}')")
}

fn server_permission(name: &str) -> String {
    build_int(&format!("ISNULL(HAS_PERMS_BY_NAME(NULL, NULL, N'{name}'), 0)"))
}

fn select_permission(table: &str) -> String {
    format!("ISNULL(HAS_PERMS_BY_NAME(N'{table}', N'OBJECT', N'SELECT'), 0) = 1")
}

/// The instance itself, its clock, and what this login may see.
fn build_instance() -> String {
    let property = |name: &str| build_text(&server_property(name));
    let number = |name: &str| build_int(&server_property(name));
    let jobs = ["sysjobs", "sysjobsteps", "sysjobschedules", "sysschedules"]
        .map(|table| select_permission(&format!("msdb.dbo.{table}")))
        .join(" AND ");
    let row = build_select(
        "instance",
        &[
            ("server_name", &build_text("@@SERVERNAME")),
            ("machine_name", &property("MachineName")),
            ("product_version", &property("ProductVersion")),
            ("major", &number("ProductMajorVersion")),
            ("engine_edition", &number("EngineEdition")),
            ("collation", &property("Collation")),
            ("is_clustered", &number("IsClustered")),
            ("hadr_enabled", &number("IsHadrEnabled")),
            ("windows_only", &number("IsIntegratedSecurityOnly")),
            ("clock_ms", CLOCK),
            ("server_state", &build_int(&format!("ISNULL({SERVER_STATE}, 0)"))),
            ("any_definition", &server_permission("VIEW ANY DEFINITION")),
            ("any_database", &server_permission("VIEW ANY DATABASE")),
            ("jobs", &build_flag(&jobs)),
            ("catalog_access", &build_int("ISNULL(HAS_DBACCESS(N'SSISDB'), 0)")),
            ("catalog_primary", &build_int("sys.fn_hadr_is_primary_replica(N'SSISDB')")),
        ],
    );
    format!("{row};\n")
}

/// Columns of a login; `l` is `sys.server_principals`. Also what an op reads of the log login.
pub(crate) fn build_login(filter: &str) -> String {
    let sysadmin = build_flag(
        "EXISTS (SELECT 1 FROM sys.server_role_members AS m JOIN sys.server_principals AS r \
         ON r.principal_id = m.role_principal_id WHERE m.member_principal_id = l.principal_id AND r.name = N'sysadmin')",
    );
    let row = build_select(
        "login",
        &[
            ("name", &build_text("l.name")),
            ("sid", &build_sid("l.sid")),
            ("sql_login", &build_flag("l.type = N'S'")),
            ("disabled", &build_int("l.is_disabled")),
            ("modified", &build_date("l.modify_date")),
            ("sysadmin", &sysadmin),
        ],
    );
    format!("{row}\nFROM sys.server_principals AS l WHERE l.type IN (N'S', N'U', N'G'){filter};\n")
}

/// Granted permissions on the server (class 100) and on endpoints (class 105).
fn build_permissions() -> String {
    let row = build_select(
        "permission",
        &[
            ("grantee", &build_text("g.name")),
            ("permission", &build_text("p.permission_name")),
            ("class", &build_int("p.class")),
            ("endpoint", &build_text("e.name")),
        ],
    );
    format!(
        "{row}\nFROM sys.server_permissions AS p JOIN sys.server_principals AS g ON g.principal_id = \
         p.grantee_principal_id\nLEFT JOIN sys.endpoints AS e ON p.class = 105 AND e.endpoint_id = p.major_id\nWHERE \
         p.state IN (N'G', N'W') AND p.class IN (100, 105);\n"
    )
}

fn build_endpoint() -> String {
    let row = build_select(
        "endpoint",
        &[
            ("name", &build_text("e.name")),
            ("port", &build_int("t.port")),
            ("state", &build_int("e.state")),
            ("authentication", &build_text("e.connection_auth_desc")),
            ("encryption", &build_text("e.encryption_algorithm_desc")),
            ("role", &build_int("e.role")),
        ],
    );
    format!(
        "{row}\nFROM sys.database_mirroring_endpoints AS e JOIN sys.tcp_endpoints AS t ON t.endpoint_id = e.endpoint_id;\n"
    )
}

/// SSISDB on this instance, with its owner's login and its recovery status.
fn build_database() -> String {
    let row = build_select(
        "database",
        &[
            ("state", &build_text("d.state_desc")),
            ("recovery_model", &build_text("d.recovery_model_desc")),
            ("log_chain", &build_flag("r.last_log_backup_lsn IS NOT NULL")),
            ("created", &build_date("d.create_date")),
            ("in_group", &build_flag("d.group_database_id IS NOT NULL")),
            ("owner_sid", &build_sid("d.owner_sid")),
            ("owner", &build_text("p.name")),
            ("read_only", &build_int("d.is_read_only")),
            ("user_access", &build_int("d.user_access")),
            ("auto_close", &build_int("d.is_auto_close_on")),
            ("family_guid", &build_guid("r.family_guid")),
        ],
    );
    format!(
        "{row}\nFROM sys.databases AS d LEFT JOIN sys.database_recovery_status AS r ON r.database_id = \
         d.database_id\nLEFT JOIN sys.server_principals AS p ON p.sid = d.owner_sid\nWHERE d.name = N'SSISDB';\n"
    )
}

/// What the catalog needs outside of SSISDB; `OBJECTPROPERTY` looks in the current database, `master`.
fn build_support() -> String {
    let row = build_select(
        "support",
        &[
            ("clr", &build_int("c.value_in_use")),
            (
                "startup",
                &build_int("OBJECTPROPERTY(OBJECT_ID(N'master.dbo.sp_ssis_startup'), N'ExecIsStartup')"),
            ),
        ],
    );
    format!("{row}\nFROM sys.configurations AS c WHERE c.name = N'clr enabled';\n")
}

fn build_assemblies() -> String {
    let row = build_select("assembly", &[("hash", "CONVERT(nvarchar(130), a.hash, 2)")]);
    format!("{row}\nFROM sys.trusted_assemblies AS a;\n")
}

/// Credentials for the master key of SSISDB's family (`sys.master_key_passwords`).
pub(crate) fn build_credentials() -> String {
    let row = build_select(
        "credential",
        &[("credential_id", &build_int("m.credential_id")), ("created", &build_date("c.create_date"))],
    );
    format!(
        "{row}\nFROM sys.master_key_passwords AS m JOIN sys.credentials AS c ON c.credential_id = m.credential_id\nJOIN \
         sys.database_recovery_status AS r ON r.family_guid = m.family_guid\nWHERE r.database_id = DB_ID(N'SSISDB');\n"
    )
}

/// The whole batch, in `master`.
pub(crate) fn build_instance_batch() -> String {
    [
        build_instance(),
        build_login(""),
        build_permissions(),
        build_endpoint(),
        build_database(),
        build_support(),
        build_assemblies(),
        build_credentials(),
    ]
    .concat()
}

/// Whether this login sees what the catalog shows: in `SSISDB`.
pub(crate) fn build_catalog_rights() -> String {
    let row = build_select(
        "catalog_rights",
        &[
            ("executor", &build_int("ISNULL(IS_ROLEMEMBER(N'ssis_cluster_executor'), 0)")),
            ("admin", &build_int("ISNULL(IS_ROLEMEMBER(N'ssis_admin'), 0)")),
            ("sysadmin", &build_int("ISNULL(IS_SRVROLEMEMBER(N'sysadmin'), 0)")),
            ("tasks", &build_int("ISNULL(HAS_PERMS_BY_NAME(N'internal.tasks', N'OBJECT', N'SELECT'), 0)")),
            (
                "definition",
                &build_int("ISNULL(HAS_PERMS_BY_NAME(N'SSISDB', N'DATABASE', N'VIEW DEFINITION'), 0)"),
            ),
        ],
    );
    format!("{row};\n")
}
