//! Scale Out itself and the master's address (catalog.enable_scaleout, catalog.update_master_address; SSISDB schema 2019).

use super::{
    CATALOG_PRIMARY, NO_REFUSAL, Refuse, build_flag, build_guard, build_look, build_refusal, guard_primary,
};
use crate::errors::Guard;
use crate::escape::quote_text;
use scaleout_model::defaults::LOG_LOGIN;

const ENABLED: &str = "EXISTS (SELECT 1 FROM catalog.master_properties AS p WHERE p.property_name = N'IS_SCALEOUT_ENABLED' \
                       AND p.property_value = N'TRUE')";

/// Whether Scale Out is enabled. Open sessions of the log login refuse: its re-creation would fail half-way.
pub(crate) fn look_at_enabled() -> String {
    let sessions = format!(
        "EXISTS (SELECT 1 FROM sys.dm_exec_sessions AS s WHERE s.login_name = {}) AND NOT {ENABLED}",
        quote_text(LOG_LOGIN)
    );
    build_look(CATALOG_PRIMARY, &build_flag(ENABLED), &build_refusal(&sessions, Refuse::SessionsOpen), &[])
}

/// `catalog.enable_scaleout` once, in one batch that re-checks. Where the Master feature is missing it would first replace
/// the log connection string and then fail (27261), so the registry value that it reads is read before.
pub(crate) fn enable() -> String {
    format!(
        "{}DECLARE @key nvarchar(400) = N'SOFTWARE\\Microsoft\\Microsoft SQL Server\\' + \
         CAST(SERVERPROPERTY(N'ProductMajorVersion') AS nvarchar(4)) + N'0\\DTS\\Setup\\SQL_IS_Master';\nDECLARE @version \
         nvarchar(4000);\nEXEC master.dbo.xp_regread N'HKEY_LOCAL_MACHINE', @key, N'Version', @version OUTPUT;\n{}IF NOT \
         {ENABLED}\nEXEC catalog.enable_scaleout;",
        guard_primary(),
        build_guard("@version IS NULL", Guard::NoMasterFeature)
    )
}

/// Whether the catalog holds this master address.
pub(crate) fn look_at_master_address(address: &str) -> String {
    let holds = format!(
        "EXISTS (SELECT 1 FROM catalog.master_properties AS p WHERE p.property_name = N'MASTER_ADDRESS' AND \
         p.property_value = {})",
        quote_text(address)
    );
    build_look(CATALOG_PRIMARY, &build_flag(&holds), NO_REFUSAL, &[])
}

/// Writes it; succeeds also where no row was changed, so it is read back.
pub(crate) fn update_master_address(address: &str) -> String {
    format!("{}EXEC catalog.update_master_address @MasterAddress = {};", guard_primary(), quote_text(address))
}
