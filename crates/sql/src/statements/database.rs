//! SSISDB as a database: restored where it is absent, its recovery model, first backup and owner (RESTORE, ALTER DATABASE,
//! BACKUP, ALTER AUTHORIZATION). Never WITH REPLACE: that would skip the checks against overwriting.

use super::{ANYWHERE, CATALOG_PRIMARY, NO_REFUSAL, build_flag, build_look, build_text, guard_primary};
use crate::escape::{quote_name, quote_text};

fn database_is(condition: &str) -> String {
    build_flag(&format!("EXISTS (SELECT 1 FROM sys.databases AS d WHERE d.name = N'SSISDB' AND {condition})"))
}

/// Whether SSISDB exists, and where its shipped backup and its files belong: `DTSPath` of this version's Integration
/// Services (registry, default value) and the instance's default paths.
pub(crate) fn look_at_presence() -> String {
    let look = build_look(
        ANYWHERE,
        &build_flag("DB_ID(N'SSISDB') IS NOT NULL"),
        NO_REFUSAL,
        &[
            ("dts_path", &build_text("@path")),
            ("data_path", &build_text("SERVERPROPERTY(N'InstanceDefaultDataPath')")),
            ("log_path", &build_text("SERVERPROPERTY(N'InstanceDefaultLogPath')")),
        ],
    );
    format!(
        "DECLARE @key nvarchar(400) = N'SOFTWARE\\Microsoft\\Microsoft SQL Server\\' + \
         CAST(SERVERPROPERTY(N'ProductMajorVersion') AS nvarchar(4)) + N'0\\SSIS\\Setup\\DTSPath';\nDECLARE @path \
         nvarchar(4000);\nEXEC master.dbo.xp_regread N'HKEY_LOCAL_MACHINE', @key, N'', @path OUTPUT;\n{look}"
    )
}

fn join_path(folder: &str, file: &str) -> String {
    format!("{}\\{file}", folder.trim_end_matches('\\'))
}

/// Restores the shipped backup (logical files `data` and `log`), if SSISDB is absent.
pub(crate) fn restore(dts_path: &str, data_path: &str, log_path: &str) -> String {
    format!(
        "IF DB_ID(N'SSISDB') IS NULL\nRESTORE DATABASE [SSISDB] FROM DISK = {} WITH MOVE N'data' TO {}, MOVE N'log' TO {};",
        quote_text(&join_path(dts_path, "Binn\\SSISDBBackup.bak")),
        quote_text(&join_path(data_path, "SSISDB.mdf")),
        quote_text(&join_path(log_path, "SSISDB.ldf")),
    )
}

/// Whether SSISDB can be written.
pub(crate) fn look_at_read_write() -> String {
    build_look(ANYWHERE, &database_is("d.is_read_only = 0"), NO_REFUSAL, &[])
}

/// Makes it writable.
pub(crate) fn set_read_write() -> String {
    "ALTER DATABASE [SSISDB] SET READ_WRITE;".to_owned()
}

/// Whether the recovery model is FULL.
pub(crate) fn look_at_recovery() -> String {
    build_look(CATALOG_PRIMARY, &database_is("d.recovery_model = 1"), NO_REFUSAL, &[])
}

/// Sets it.
pub(crate) fn set_recovery_full() -> String {
    format!("{}ALTER DATABASE [SSISDB] SET RECOVERY FULL;", guard_primary())
}

/// Whether a full backup has started the log chain.
pub(crate) fn look_at_log_chain() -> String {
    let chain = "EXISTS (SELECT 1 FROM sys.database_recovery_status AS r WHERE r.database_id = DB_ID(N'SSISDB') AND \
                 r.last_log_backup_lsn IS NOT NULL)";
    build_look(CATALOG_PRIMARY, &build_flag(chain), NO_REFUSAL, &[])
}

/// One full backup, added to what the file may hold already. `NUL` throws it away but starts the chain.
pub(crate) fn backup(directory: &str) -> String {
    let discard = directory.eq_ignore_ascii_case("NUL");
    let file = if discard { "NUL".to_owned() } else { join_path(directory, "SSISDB-initial.bak") };
    format!("BACKUP DATABASE [SSISDB] TO DISK = {} WITH CHECKSUM;", quote_text(&file))
}

/// Whether SSISDB belongs to the login that asks.
pub(crate) fn look_at_owner() -> String {
    build_look(CATALOG_PRIMARY, &database_is("d.owner_sid = SUSER_SID()"), NO_REFUSAL, &[])
}

/// Makes `login` its owner.
pub(crate) fn own(login: &str) -> String {
    format!("ALTER AUTHORIZATION ON DATABASE::[SSISDB] TO {};", quote_name(login))
}
