//! Statements of the documentation and of the product are understood, and no query overflows or panics.

use proptest::prelude::*;

use super::test_world::{errors, run};

/// Probes and repairs that the Scale Out and availability group documentation gives. The tables are not in the test's
/// world: 208 says that everything else was understood.
const SCRIPTS: &[&str] = &[
    "SELECT property_name, property_value FROM SSISDB.catalog.master_properties;",
    "SELECT property_value FROM SSISDB.catalog.catalog_properties WHERE property_name IN (N'IS_SCALEOUT_ENABLED',N'SCHEMA_BUILD');",
    "SELECT WorkerAgentId, MachineName, IsEnabled, LastOnlineTime, DATEDIFF(SECOND, LastOnlineTime, SYSDATETIMEOFFSET()) AS age_s FROM SSISDB.catalog.worker_agents;",
    "SELECT DATEDIFF(SECOND, TRY_CONVERT(datetimeoffset, property_value), SYSDATETIMEOFFSET()) AS age FROM SSISDB.catalog.master_properties WHERE property_name=N'LAST_ONLINE_TIME';",
    "SELECT ag.name, l.dns_name, l.port FROM sys.availability_group_listeners l JOIN sys.availability_groups ag ON ag.group_id=l.group_id;",
    "SELECT sys.fn_hadr_is_primary_replica(N'SSISDB') AS is_primary, SERVERPROPERTY('IsIntegratedSecurityOnly') AS windows_only, @@SERVERNAME AS name;",
    "SELECT name FROM msdb.dbo.sysjobs WHERE name IN (N'SSIS Failover Monitor Job', N'SSIS Server Maintenance Job');",
    "SELECT OBJECTPROPERTY(OBJECT_ID(N'master.dbo.sp_ssis_startup'),'ExecIsStartup') AS startup_on; SELECT value_in_use FROM sys.configurations WHERE name='clr enabled';",
    "SELECT SUSER_SNAME(owner_sid) AS owner, owner_sid FROM sys.databases WHERE name=N'SSISDB';",
    "USE SSISDB; SELECT OBJECT_DEFINITION(OBJECT_ID(N'catalog.enable_scaleout'));",
    "SELECT CONVERT(varchar(514), sid, 1) AS sid_hex, CONVERT(varchar(514), password_hash, 1) AS pwd_hash FROM sys.sql_logins WHERE name = N'##MS_SSISLogDBWorkerAgentLogin##';",
    "IF SUSER_ID(N'CORP\\svc') IS NULL CREATE LOGIN [CORP\\svc] FROM WINDOWS;",
    "USE SSISDB; IF USER_ID(N'CORP\\svc') IS NULL CREATE USER [CORP\\svc] FOR LOGIN [CORP\\svc]; ALTER ROLE ssis_admin ADD MEMBER [CORP\\svc];",
    "SELECT PWDCOMPARE(N'x', password_hash), is_disabled FROM sys.sql_logins WHERE name=N'l';",
    "SELECT HAS_PERMS_BY_NAME(NULL, NULL, 'VIEW SERVER STATE'), IS_SRVROLEMEMBER('sysadmin'), IS_ROLEMEMBER('ssis_admin')",
    "IF DB_ID(N'SSISDB') IS NULL RESTORE DATABASE [SSISDB] FROM DISK = N'C:\\SSISDBBackup.bak' WITH MOVE N'data' TO N'C:\\a.mdf', MOVE N'log' TO N'C:\\a.ldf'",
    "DECLARE @s tinyint; EXEC SSISDB.internal.answer @server_name = N'A', @status = @s OUTPUT; IF @s = 1 EXEC SSISDB.catalog.answer",
    "SET ARITHABORT ON;SET CONCAT_NULL_YIELDS_NULL ON;SET ANSI_NULLS ON;SET ANSI_NULL_DFLT_ON ON;SET ANSI_PADDING ON;SET ANSI_WARNINGS ON;SET CURSOR_CLOSE_ON_COMMIT ON;SET QUOTED_IDENTIFIER ON;SET TEXTSIZE 2147483647;",
    "SELECT drs.database_id, ars.role_desc FROM sys.dm_hadr_database_replica_states AS drs INNER JOIN sys.dm_hadr_availability_replica_states AS ars ON ars.replica_id = drs.replica_id AND ars.is_local = 1 WHERE drs.is_suspended = 0",
];

#[test]
fn documented_scripts_are_understood() {
    for script in SCRIPTS {
        let errors = errors(&run(script));
        assert!(errors.iter().all(|number| *number == 208), "{script}: {errors:?}");
    }
}

#[test]
fn long_chains_are_answered() {
    assert_eq!(errors(&run(&format!("SELECT 1{}", " + 1".repeat(300)))), Vec::<i32>::new());
    for chain in [" + 1", " AND 1 = 1", " OR 1 = 0"] {
        let text = format!("SELECT 1 WHERE 1 = 1{}", chain.repeat(450));
        assert_eq!(errors(&run(&text)), [191], "{chain}");
    }
    let unions = format!("SELECT 1{}", " UNION ALL SELECT 1".repeat(300));
    assert_eq!(errors(&run(&unions)), [191]);
}

#[test]
fn deep_recursion_through_blocks_ends() {
    let open = "IF 1 = 1 BEGIN ".repeat(20);
    let close = " END".repeat(20);
    let inner = format!("{open}EXEC sp_executesql @s, N''@s nvarchar(max)'', @s = @s{close}");
    let text =
        format!("DECLARE @s nvarchar(max) = N'{inner}' EXEC sp_executesql @s, N'@s nvarchar(max)', @s = @s");
    assert_eq!(errors(&run(&text)), [217]);
}

const ATOMS: &[&str] = &[
    "0",
    "1",
    "-1",
    "2147483647",
    "99999999999999999999999999999999999999",
    "0.00000000000000000000000000000000000001",
    "1e300",
    "NULL",
    "'x'",
    "N''",
    "'12'",
    "0x",
    "0xFFFFFFFFFFFFFFFFFF",
    "'9999-12-31 23:59:59.9999999'",
    "'0001-01-01'",
    "'12:00+99:00'",
    "GETDATE()",
    "SYSDATETIMEOFFSET()",
    "@@SPID",
    "name",
    "replica_id",
    "COUNT(*)",
    "'[a-'",
    "CAST(-9223372036854775808 AS bigint)",
    "CAST('-922337203685477.5808' AS money)",
];
const SHAPES: &[&str] = &[
    "({a} + {b})",
    "({a} - {b})",
    "({a} * {b})",
    "({a} / {b})",
    "({a} % {b})",
    "({a} & {b})",
    "SUBSTRING({a}, {b}, {a})",
    "DATEADD(year, {a}, {b})",
    "DATEADD(ns, {a}, {b})",
    "DATEDIFF(ns, {a}, {b})",
    "DATEPART(ns, {a})",
    "ROUND({a}, {b})",
    "CAST({a} AS decimal(38, 37))",
    "CAST({a} AS int)",
    "CAST({a} AS money)",
    "CAST({a} AS datetime)",
    "CAST({a} AS real)",
    "CAST({a} AS binary(3))",
    "CAST({a} AS varchar(3))",
    "CAST({a} AS datetimeoffset(0))",
    "TRY_CONVERT(uniqueidentifier, {a})",
    "CASE WHEN {a} = {b} THEN {a} ELSE {b} END",
    "CASE WHEN {a} LIKE {b} THEN 1 END",
    "ISNULL({a}, {b})",
    "LEFT({a}, {b})",
    "STUFF({a}, {b}, {b}, {a})",
    "REPLICATE({a}, {b})",
    "CHARINDEX({a}, {b}, {a})",
    "SWITCHOFFSET({a}, {b})",
    "-{a}",
    "ABS({a})",
    "SUM({a})",
    "AVG({a})",
    "MIN({a})",
    "(SELECT {a})",
    "CEILING({a})",
    "FLOOR({a})",
    "CONVERT(varchar(40), {a}, {b})",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn any_expression_is_answered(
        shapes in proptest::collection::vec(proptest::sample::select(SHAPES), 1..4),
        atoms in proptest::collection::vec(proptest::sample::select(ATOMS), 4),
    ) {
        let mut text = atoms[0].to_owned();
        for (shape, atom) in shapes.iter().zip(&atoms[1..]) {
            text = shape.replace("{a}", &text).replace("{b}", atom);
        }
        run(&format!("SELECT {text} FROM sys.databases"));
        run(&format!("DECLARE @v nvarchar(50) = {text}"));
    }
}
