//! Rows and answers differ by the login's rights (domain §1.7, §4.2).

use super::fixture::Fixture;

/// Database, query, rows of `observer` (VIEW SERVER STATE, VIEW ANY DEFINITION), rows of `nobody`.
const COUNTS: &[(&str, &str, usize, usize)] = &[
    ("master", "SELECT 1 FROM sys.server_principals WHERE type = 'S'", 4, 2),
    ("master", "SELECT 1 FROM sys.sql_logins", 4, 2),
    ("master", "SELECT 1 FROM sys.sql_logins WHERE password_hash IS NOT NULL", 0, 0),
    ("master", "SELECT 1 FROM sys.server_permissions WHERE permission_name = N'VIEW SERVER STATE'", 2, 0),
    ("master", "SELECT 1 FROM sys.endpoints", 1, 0),
    ("master", "SELECT 1 FROM sys.availability_groups", 1, 0),
    ("master", "SELECT 1 FROM sys.availability_replicas", 2, 0),
    ("master", "SELECT 1 FROM sys.availability_databases_cluster", 1, 0),
    ("master", "SELECT 1 FROM sys.databases WHERE name = N'SSISDB'", 1, 1),
    ("master", "SELECT 1 FROM sys.credentials", 1, 0),
    ("master", "SELECT 1 FROM sys.master_key_passwords", 1, 0),
    ("master", "SELECT 1 FROM sys.trusted_assemblies", 1, 0),
    ("master", "SELECT 1 FROM sys.dm_exec_sessions", 2, 1),
    ("master", "SELECT 1 WHERE HAS_PERMS_BY_NAME(NULL, NULL, N'VIEW SERVER STATE') = 1", 1, 0),
    (
        "master",
        "SELECT 1 WHERE HAS_PERMS_BY_NAME(NULL, NULL, N'VIEW SERVER PERFORMANCE STATE') IS NULL",
        1,
        1,
    ),
    ("master", "SELECT 1 WHERE IS_SRVROLEMEMBER(N'sysadmin') = 1", 0, 0),
    ("master", "SELECT 1 WHERE HAS_DBACCESS(N'SSISDB') = 1", 0, 0),
];

/// Database, batch, error of `observer`, error of `nobody`.
const ERRORS: &[(&str, &str, i32, i32)] = &[
    ("master", "SELECT * FROM sys.dm_hadr_availability_replica_states", 0, 300),
    ("master", "SELECT * FROM sys.dm_hadr_cluster", 0, 300),
    ("master", "USE SSISDB", 916, 916),
    ("master", "SELECT * FROM SSISDB.catalog.master_properties", 916, 916),
    ("master", "SELECT * FROM msdb.dbo.sysjobs", 229, 229),
    ("msdb", "EXEC dbo.sp_add_job @job_name = N'j'", 229, 229),
    ("master", "CREATE LOGIN x WITH PASSWORD = N'p'", 15_247, 15_247),
    ("master", "GRANT VIEW SERVER STATE TO nobody", 15_247, 15_247),
    ("master", "ALTER AVAILABILITY GROUP ag SET (DB_FAILOVER = ON)", 15_247, 15_247),
    ("master", "ALTER DATABASE SSISDB SET RECOVERY FULL", 5_011, 5_011),
    ("master", "BACKUP DATABASE SSISDB TO DISK = N'NUL'", 262, 262),
    ("master", "CREATE DATABASE d", 262, 262),
    ("master", "EXEC sp_configure 'clr enabled', 1", 15_247, 15_247),
    ("master", "RECONFIGURE", 5_812, 5_812),
    ("master", "KILL 60", 6_102, 6_102),
    ("master", "CREATE PROCEDURE p AS SELECT 1", 262, 262),
];

#[tokio::test]
async fn a_login_sees_what_it_may() {
    let fixture = Fixture::with_group().await;
    let add =
        "EXEC sp_control_dbmasterkey_password @db_name = N'SSISDB', @password = N'key', @action = N'add'";
    fixture.done("SQL01", "master", add).await;
    let trust =
        "DECLARE @h varbinary(64) = HASHBYTES('SHA2_512', 0x01); EXEC sys.sp_add_trusted_assembly @h, N'a'";
    fixture.done("SQL01", "master", trust).await;
    let _other = fixture.open("SQL01", "admin", "master");
    for (database, query, observer, nobody) in COUNTS {
        for (login, wanted) in [("observer", observer), ("nobody", nobody)] {
            let rows = fixture.rows_as(login, "SQL01", database, query).await;
            assert_eq!(rows.len(), *wanted, "{login}: {query}");
        }
    }
    for (database, batch, observer, nobody) in ERRORS {
        for (login, wanted) in [("observer", observer), ("nobody", nobody)] {
            assert_eq!(fixture.error_as(login, "SQL01", database, batch).await, *wanted, "{login}: {batch}");
        }
    }
}

/// Worker rows: an empty set, no error, without the role; tasks and jobs need a grant.
#[tokio::test]
async fn the_catalog_hides_rows_from_users_without_a_role() {
    let fixture = Fixture::with_catalog().await;
    let contact = "DECLARE @s bit; EXEC internal.update_worker_agent_status '0d0f3c9e-0000-4000-8000-000000000001', NULL, NULL, @s OUTPUT";
    fixture.done("SQL01", "SSISDB", contact).await;
    fixture.done("SQL01", "SSISDB", "CREATE USER nobody FOR LOGIN nobody").await;
    let workers = "SELECT 1 FROM catalog.worker_agents";
    let tasks = "SELECT 1 FROM internal.tasks";
    assert_eq!(fixture.rows_as("nobody", "SQL01", "SSISDB", workers).await.len(), 0);
    assert_eq!(fixture.error_as("nobody", "SQL01", "SSISDB", tasks).await, 229);
    assert_eq!(fixture.error_as("nobody", "SQL01", "SSISDB", "EXEC catalog.startup").await, 229);
    assert_eq!(
        fixture.rows_as("nobody", "SQL01", "SSISDB", "SELECT IS_ROLEMEMBER(N'ssis_cluster_executor')").await,
        ["0"]
    );
    fixture.done("SQL01", "SSISDB", "ALTER ROLE ssis_cluster_executor ADD MEMBER nobody").await;
    assert_eq!(fixture.rows_as("nobody", "SQL01", "SSISDB", workers).await.len(), 1);
    let may = "SELECT HAS_PERMS_BY_NAME(N'internal.tasks', N'OBJECT', N'SELECT'), IS_ROLEMEMBER(N'ssis_cluster_executor')";
    assert_eq!(fixture.rows_as("nobody", "SQL01", "SSISDB", may).await, ["0|1"]);
    fixture.done("SQL01", "SSISDB", "GRANT SELECT ON internal.tasks TO nobody").await;
    assert_eq!(fixture.rows_as("nobody", "SQL01", "SSISDB", may).await, ["1|1"]);
    assert_eq!(fixture.error_as("nobody", "SQL01", "SSISDB", tasks).await, 0);
    fixture.done("SQL01", "SSISDB", "ALTER ROLE ssis_admin ADD MEMBER nobody").await;
    assert_eq!(fixture.error_as("nobody", "SQL01", "SSISDB", "EXEC catalog.startup").await, 0);
    assert_eq!(fixture.error_as("nobody", "SQL01", "SSISDB", "EXEC catalog.enable_scaleout").await, 27_260);
    fixture.done("SQL01", "SSISDB", "DENY SELECT ON internal.tasks TO nobody").await;
    assert_eq!(fixture.error_as("nobody", "SQL01", "SSISDB", tasks).await, 229);
}

/// `guest` has no access to a user's database; msdb lets it in, and its tables do not.
#[tokio::test]
async fn a_grant_in_msdb_opens_the_job_tables() {
    let fixture = Fixture::new();
    fixture
        .done("SQL01", "msdb", "CREATE USER nobody FOR LOGIN nobody; GRANT SELECT ON dbo.sysjobs TO nobody")
        .await;
    assert_eq!(fixture.error_as("nobody", "SQL01", "msdb", "SELECT * FROM dbo.sysjobs").await, 0);
    assert_eq!(fixture.error_as("nobody", "SQL01", "msdb", "SELECT * FROM dbo.sysjobsteps").await, 229);
    let granted = "SELECT u.name, p.type, p.state FROM sys.database_permissions AS p JOIN sys.database_principals AS u ON u.principal_id = p.grantee_principal_id WHERE p.major_id = OBJECT_ID(N'dbo.sysjobs')";
    assert_eq!(fixture.rows("SQL01", "msdb", granted).await, ["nobody|SL  |G"]);
}

/// 2022 splits VIEW SERVER STATE: the old permission still implies the new one.
#[tokio::test]
async fn versions_know_different_permissions() {
    let fixture = Fixture::with_group().await;
    for (version, known, missing) in
        [("15.0.4355.3", "NULL", "VIEW SERVER STATE"), ("16.0.4185.3", "1", "VIEW SERVER PERFORMANCE STATE")]
    {
        fixture.lock().site.instance_mut(&"SQL01".into()).unwrap().product_version = version.to_owned();
        let ask = "SELECT HAS_PERMS_BY_NAME(NULL, NULL, N'VIEW SERVER PERFORMANCE STATE')";
        assert_eq!(fixture.rows_as("observer", "SQL01", "master", ask).await, [known], "{version}");
        let states = "SELECT * FROM sys.dm_hadr_availability_replica_states";
        let refused = fixture.run_as("nobody", "SQL01", "master", states).await;
        assert!(format!("{refused:?}").contains(&format!("{missing} permission was denied")), "{version}");
        fixture.done("SQL01", "master", &format!("GRANT {missing} TO nobody")).await;
        assert_eq!(fixture.error_as("nobody", "SQL01", "master", states).await, 0, "{version}");
        fixture.done("SQL01", "master", &format!("REVOKE {missing} FROM nobody")).await;
    }
}

#[tokio::test]
async fn a_login_changes_its_own_password_by_the_old_one() {
    let fixture = Fixture::new();
    let change = |old: &str| format!("ALTER LOGIN nobody WITH PASSWORD = N'new' OLD_PASSWORD = N'{old}'");
    assert_eq!(fixture.error_as("nobody", "SQL01", "master", &change("wrong")).await, 15_151);
    let old = "nobody of the test site";
    assert_eq!(fixture.error_as("nobody", "SQL01", "master", &change(old)).await, 0);
    assert_eq!(
        fixture.error_as("nobody", "SQL01", "master", &change(old)).await,
        15_151,
        "it is the new one now"
    );
    assert_eq!(fixture.error_as("nobody", "SQL01", "master", "ALTER LOGIN observer DISABLE").await, 15_247);
}
