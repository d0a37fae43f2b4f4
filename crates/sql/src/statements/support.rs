//! What SSIS Always On support needs on each instance, and the registered replicas (sp_configure, sp_add_trusted_assembly,
//! sp_procoption, internal.add_replica_info).

use super::{ANYWHERE, CATALOG_PRIMARY, NO_REFUSAL, build_flag, build_int, build_look, guard_primary};
use crate::escape::quote_text;

/// `master.dbo.sp_ssis_startup`: after a start of the instance the catalog mends its operations. Returns silently where
/// SSISDB, or its procedure, is not to be seen. The product's own does the same with dynamic text.
pub(crate) const STARTUP_PROCEDURE: &str = "CREATE PROCEDURE dbo.sp_ssis_startup
AS
SET NOCOUNT ON;
IF DB_ID(N'SSISDB') IS NULL RETURN;
IF OBJECT_ID(N'SSISDB.catalog.startup', N'P') IS NULL RETURN;
EXEC (N'EXEC SSISDB.catalog.startup');
";

/// Whether CLR is enabled.
pub(crate) fn look_at_clr() -> String {
    let on = "EXISTS (SELECT 1 FROM sys.configurations AS c WHERE c.name = N'clr enabled' AND CAST(c.value_in_use AS int) = 1)";
    build_look(ANYWHERE, &build_flag(on), NO_REFUSAL, &[])
}

/// Enables it; takes effect without a restart.
pub(crate) fn enable_clr() -> String {
    "EXEC sys.sp_configure N'clr enabled', 1;\nRECONFIGURE;".to_owned()
}

/// Whether the assembly is trusted. `hash` is a binary literal.
pub(crate) fn look_at_assembly(hash: &str) -> String {
    let trusted = format!("EXISTS (SELECT 1 FROM sys.trusted_assemblies AS a WHERE a.hash = {hash})");
    build_look(ANYWHERE, &build_flag(&trusted), NO_REFUSAL, &[])
}

/// Trusts it.
pub(crate) fn trust_assembly(hash: &str) -> String {
    format!("EXEC sys.sp_add_trusted_assembly @hash = {hash}, @description = N'SSIS catalog';")
}

/// Whether the start-up procedure is there and runs at startup. In `master`.
pub(crate) fn look_at_startup() -> String {
    let present = "OBJECT_ID(N'master.dbo.sp_ssis_startup', N'P') IS NOT NULL";
    let on = "OBJECTPROPERTY(OBJECT_ID(N'master.dbo.sp_ssis_startup'), N'ExecIsStartup') = 1";
    build_look(ANYWHERE, &build_flag(on), NO_REFUSAL, &[("present", &build_int(&build_flag(present)))])
}

/// Makes it run at startup.
pub(crate) fn set_startup() -> String {
    "EXEC sys.sp_procoption @ProcName = N'sp_ssis_startup', @OptionName = N'startup', @OptionValue = N'on';"
        .to_owned()
}

/// Whether the replica is registered. In `SSISDB`.
pub(crate) fn look_at_registration(replica: &str) -> String {
    let there = format!(
        "EXISTS (SELECT 1 FROM catalog.alwayson_replicas AS a WHERE a.server_name = {})",
        quote_text(replica)
    );
    build_look(CATALOG_PRIMARY, &build_flag(&there), NO_REFUSAL, &[])
}

/// Registers it: 1 = primary, 2 = secondary.
pub(crate) fn register(replica: &str, state: u8) -> String {
    format!(
        "{}EXEC internal.add_replica_info @server_name = {}, @state = {state};",
        guard_primary(),
        quote_text(replica)
    )
}
