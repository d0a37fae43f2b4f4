//! Error numbers of statements (domain §1.6, §4.3).

use super::fixture::Fixture;

/// Instance, database, batch, first error; each on the site as the ones before left it.
type Cases = &'static [(&'static str, &'static str, &'static str, i32)];

async fn check(fixture: &Fixture, cases: Cases) {
    for (replica, database, text, wanted) in cases {
        assert_eq!(fixture.error(replica, database, text).await, *wanted, "{replica} {database}: {text}");
    }
}

const LOGINS: Cases = &[
    (
        "SQL01",
        "master",
        "CREATE LOGIN l WITH PASSWORD = N'p', SID = 0x0102030405060708090A0B0C0D0E0F10, CHECK_POLICY = OFF",
        0,
    ),
    ("SQL01", "master", "CREATE LOGIN l WITH PASSWORD = N'p'", 15_025),
    (
        "SQL01",
        "master",
        "CREATE LOGIN k WITH PASSWORD = N'p', SID = 0x0102030405060708090A0B0C0D0E0F10",
        15_433,
    ),
    ("SQL01", "master", r"CREATE LOGIN [CORP\stranger] FROM WINDOWS", 15_401),
    ("SQL01", "master", "ALTER LOGIN missing ENABLE", 15_151),
    ("SQL01", "master", "DROP LOGIN missing", 15_151),
    ("SQL01", "master", "CREATE LOGIN h WITH PASSWORD = 0x0200ABCD HASHED", 15_021),
    ("SQL01", "master", "GRANT VIEW SERVER STATE TO missing", 15_151),
    ("SQL01", "SSISDB", "GRANT VIEW SERVER STATE TO l", 4_621),
    ("SQL01", "master", "GRANT CONNECT ON ENDPOINT::missing TO l", 15_151),
    ("SQL01", "SSISDB", "CREATE USER u FOR LOGIN missing", 15_007),
    ("SQL01", "SSISDB", "CREATE USER u FOR LOGIN l", 0),
    ("SQL01", "SSISDB", "CREATE USER v FOR LOGIN l", 15_063),
    ("SQL01", "SSISDB", "CREATE USER u FOR LOGIN admin", 15_023),
    ("SQL01", "SSISDB", "ALTER ROLE missing ADD MEMBER u", 15_151),
    ("SQL01", "SSISDB", "ALTER AUTHORIZATION ON DATABASE::SSISDB TO l", 15_110),
    ("SQL01", "SSISDB", "GRANT SELECT ON internal.missing TO u", 15_151),
    ("SQL01", "SSISDB", "DROP USER missing", 15_151),
    ("SQL01", "master", "DROP LOGIN l", 0),
];

#[tokio::test]
async fn logins_and_users() {
    check(&Fixture::with_catalog().await, LOGINS).await;
}

const DATABASES: Cases = &[
    ("SQL01", "master", "USE missing", 911),
    ("SQL01", "master", "SELECT * FROM missing", 208),
    ("SQL01", "master", "EXEC missing", 2_812),
    ("SQL01", "master", "CREATE DATABASE d", 0),
    ("SQL01", "master", "CREATE DATABASE d", 1_801),
    ("SQL01", "master", "BACKUP DATABASE missing TO DISK = N'NUL'", 911),
    ("SQL01", "master", r"BACKUP DATABASE d TO DISK = N'E:\nowhere\d.bak'", 3_201),
    ("SQL01", "master", "BACKUP LOG d TO DISK = N'NUL'", 4_214),
    ("SQL01", "master", "ALTER DATABASE d SET RECOVERY SIMPLE", 0),
    ("SQL01", "master", "BACKUP LOG d TO DISK = N'NUL'", 4_208),
    ("SQL01", "master", "ALTER DATABASE d SET OFFLINE", 0),
    ("SQL01", "master", "USE d", 942),
    ("SQL01", "master", "DROP DATABASE d", 0),
    ("SQL01", "master", "DROP DATABASE d", 3_701),
    ("SQL01", "master", "DROP DATABASE IF EXISTS d", 0),
    ("SQL01", "master", r"RESTORE DATABASE SSISDB FROM DISK = N'D:\other.bak'", 3_201),
    (
        "SQL01",
        "master",
        r"RESTORE DATABASE SSISDB FROM DISK = N'C:\Program Files\Microsoft SQL Server\150\DTS\Binn\SSISDBBackup.bak'",
        3_154,
    ),
    ("SQL01", "SSISDB", "CREATE MASTER KEY ENCRYPTION BY PASSWORD = N'another'", 15_578),
    ("SQL01", "SSISDB", "OPEN MASTER KEY DECRYPTION BY PASSWORD = N'wrong'", 15_466),
    ("SQL01", "SSISDB", "OPEN MASTER KEY DECRYPTION BY PASSWORD = N'key'; CLOSE MASTER KEY", 0),
    ("SQL01", "SSISDB", "CLOSE MASTER KEY", 15_315),
    ("SQL01", "SSISDB", "DROP MASTER KEY", 0),
    ("SQL01", "SSISDB", "DROP MASTER KEY", 15_151),
    ("SQL01", "SSISDB", "OPEN MASTER KEY DECRYPTION BY PASSWORD = N'key'", 15_581),
    ("SQL01", "SSISDB", "EXEC catalog.update_logdb_info N's', N'c'", 15_581),
    ("SQL01", "master", "EXEC sp_configure 'no such option', 1", 15_123),
    ("SQL01", "master", "EXEC sp_configure 'clr strict security', 0", 15_123),
    ("SQL01", "master", "EXEC sp_configure 'clr enabled', 2", 15_129),
    ("SQL01", "master", "EXEC sp_procoption N'missing', 'startup', 'on'", 15_009),
    (
        "SQL01",
        "master",
        "EXEC sp_control_dbmasterkey_password @db_name = N'SSISDB', @password = N'not the key', @action = N'add'",
        0,
    ),
    (
        "SQL01",
        "master",
        "EXEC sp_control_dbmasterkey_password @db_name = N'SSISDB', @password = N'not the key', @action = N'add'",
        15_600,
    ),
    (
        "SQL01",
        "master",
        "EXEC sp_control_dbmasterkey_password @password = N'p', @db_name = N'SSISDB', @action = N'add'",
        15_600,
    ),
    (
        "SQL01",
        "master",
        "EXEC sp_control_dbmasterkey_password @db_name = N'master', @password = N'p', @action = N'add'",
        15_600,
    ),
    ("SQL01", "master", "KILL 9999", 6_106),
    ("SQL01", "msdb", "EXEC sp_add_job @job_name = N'j'", 0),
    ("SQL01", "msdb", "EXEC sp_add_job @job_name = N'j'", 14_261),
    ("SQL01", "msdb", "EXEC sp_add_job @job_name = N'k', @owner_login_name = N'missing'", 14_234),
    ("SQL01", "msdb", "EXEC sp_add_jobstep @job_name = N'missing', @step_name = N's'", 14_262),
    ("SQL01", "msdb", "EXEC sp_add_jobserver @job_name = N'j', @server_name = N'(local)'", 0),
    ("SQL01", "msdb", "EXEC sp_add_jobserver @job_name = N'j'", 14_269),
    ("SQL01", "msdb", "EXEC sp_update_job @job_name = N'j', @nonsense = 1", 8_145),
];

#[tokio::test]
async fn databases_keys_options_and_jobs() {
    check(&Fixture::with_catalog().await, DATABASES).await;
}

const GROUPS: Cases = &[
    ("SQL01", "SSISDB", "ALTER AVAILABILITY GROUP ag SET (DB_FAILOVER = ON)", 35_208),
    ("SQL01", "master", "BEGIN TRAN; SELECT 1; ALTER AVAILABILITY GROUP ag SET (DB_FAILOVER = ON)", 574),
    ("SQL02", "master", "ALTER AVAILABILITY GROUP ag SET (DB_FAILOVER = ON)", 41_140),
    ("SQL01", "master", "ALTER AVAILABILITY GROUP missing SET (DB_FAILOVER = ON)", 41_044),
    ("SQL02", "master", "ALTER AVAILABILITY GROUP ag JOIN", 41_106),
    ("SQL02", "master", "ALTER AVAILABILITY GROUP missing JOIN", 41_044),
    ("SQL01", "master", "ALTER AVAILABILITY GROUP ag ADD DATABASE SSISDB", 35_280),
    ("SQL01", "master", "ALTER AVAILABILITY GROUP ag ADD DATABASE msdb", 35_249),
    ("SQL01", "master", "ALTER AVAILABILITY GROUP ag ADD DATABASE missing", 35_238),
    ("SQL01", "master", "ALTER AVAILABILITY GROUP ag REMOVE DATABASE missing", 35_281),
    ("SQL01", "master", "CREATE DATABASE d", 0),
    ("SQL01", "master", "ALTER AVAILABILITY GROUP ag ADD DATABASE d", 1_475),
    ("SQL01", "master", "ALTER DATABASE d SET RECOVERY SIMPLE", 0),
    ("SQL01", "master", "ALTER AVAILABILITY GROUP ag ADD DATABASE d", 1_465),
    (
        "SQL01",
        "master",
        "ALTER AVAILABILITY GROUP ag MODIFY REPLICA ON N'SQL03' WITH (SESSION_TIMEOUT = 15)",
        35_283,
    ),
    ("SQL01", "master", "ALTER AVAILABILITY GROUP ag REMOVE REPLICA ON N'SQL01'", 35_284),
    (
        "SQL01",
        "master",
        "ALTER AVAILABILITY GROUP ag MODIFY REPLICA ON N'SQL02' WITH (AVAILABILITY_MODE = ASYNCHRONOUS_COMMIT)",
        0,
    ),
    (
        "SQL01",
        "master",
        "ALTER AVAILABILITY GROUP ag MODIFY REPLICA ON N'SQL02' WITH (FAILOVER_MODE = AUTOMATIC)",
        35_211,
    ),
    ("SQL02", "master", "ALTER AVAILABILITY GROUP ag FAILOVER", 41_142),
    (
        "SQL01",
        "master",
        "ALTER AVAILABILITY GROUP ag MODIFY REPLICA ON N'SQL02' WITH (AVAILABILITY_MODE = SYNCHRONOUS_COMMIT)",
        0,
    ),
    (
        "SQL01",
        "master",
        "ALTER AVAILABILITY GROUP ag MODIFY REPLICA ON N'SQL02' WITH (ENDPOINT_URL = N'http://x')",
        35_236,
    ),
    ("SQL01", "master", "ALTER AVAILABILITY GROUP ag FAILOVER", 41_122),
    ("SQL01", "master", "ALTER DATABASE SSISDB SET RECOVERY SIMPLE", 1_468),
    ("SQL01", "master", "ALTER DATABASE SSISDB SET SINGLE_USER", 1_468),
    ("SQL01", "master", "DROP DATABASE SSISDB", 3_752),
    ("SQL02", "master", "USE SSISDB", 976),
    ("SQL02", "master", "SELECT * FROM SSISDB.catalog.master_properties", 976),
    ("SQL02", "master", "EXEC SSISDB.catalog.startup", 976),
    ("SQL02", "master", "BACKUP DATABASE SSISDB TO DISK = N'NUL'", 3_059),
    ("SQL01", "master", "ALTER DATABASE SSISDB SET HADR OFF", 35_240),
    (
        "SQL01",
        "master",
        "CREATE ENDPOINT e2 AS TCP (LISTENER_PORT = 5023) FOR DATABASE_MIRRORING (ROLE = ALL)",
        7_862,
    ),
    (
        "SQL01",
        "master",
        "CREATE AVAILABILITY GROUP ag FOR REPLICA ON N'SQL01' WITH (ENDPOINT_URL = N'TCP://a:1', AVAILABILITY_MODE = SYNCHRONOUS_COMMIT, FAILOVER_MODE = MANUAL)",
        41_042,
    ),
    (
        "SQL01",
        "master",
        "CREATE AVAILABILITY GROUP g2 FOR REPLICA ON N'SQL02' WITH (ENDPOINT_URL = N'TCP://a:1', AVAILABILITY_MODE = SYNCHRONOUS_COMMIT, FAILOVER_MODE = MANUAL)",
        35_237,
    ),
];

#[tokio::test]
async fn availability_groups() {
    check(&Fixture::with_group().await, GROUPS).await;
}

const LISTENERS: Cases = &[
    ("SQL01", "master", "ALTER AVAILABILITY GROUP ag MODIFY LISTENER N'l' (PORT = 1444)", 19_469),
    (
        "SQL01",
        "master",
        "ALTER AVAILABILITY GROUP ag ADD LISTENER N'l' (WITH IP ((N'192.168.0.1', N'255.255.255.0')))",
        19_456,
    ),
    (
        "SQL01",
        "master",
        "ALTER AVAILABILITY GROUP ag ADD LISTENER N'l' (WITH IP ((N'10.0.0.50', N'255.255.255.0'), (N'10.0.0.51', N'255.255.255.0')))",
        19_451,
    ),
    (
        "SQL01",
        "master",
        "ALTER AVAILABILITY GROUP ag ADD LISTENER N'l' (WITH IP ((N'10.0.0.11', N'255.255.255.0')))",
        19_476,
    ),
    (
        "SQL01",
        "master",
        "ALTER AVAILABILITY GROUP ag ADD LISTENER N'l' (WITH IP ((N'10.0.0.50', N'255.255.255.0')), PORT = 1444)",
        0,
    ),
    (
        "SQL01",
        "master",
        "ALTER AVAILABILITY GROUP ag ADD LISTENER N'm' (WITH IP ((N'10.0.0.51', N'255.255.255.0')))",
        19_477,
    ),
    (
        "SQL01",
        "master",
        "ALTER AVAILABILITY GROUP ag MODIFY LISTENER N'l' (ADD IP (N'10.0.0.50', N'255.255.255.0'))",
        19_484,
    ),
    ("SQL01", "master", "ALTER AVAILABILITY GROUP ag RESTART LISTENER N'm'", 19_469),
    ("SQL01", "master", "ALTER AVAILABILITY GROUP ag RESTART LISTENER N'l'", 0),
    ("SQL02", "master", "ALTER AVAILABILITY GROUP ag MODIFY LISTENER N'l' (PORT = 1445)", 41_140),
];

#[tokio::test]
async fn listeners() {
    check(&Fixture::with_group().await, LISTENERS).await;
}

#[tokio::test]
async fn a_group_needs_always_on_and_the_clusters_login() {
    let fixture = Fixture::new();
    let create = "CREATE AVAILABILITY GROUP ag FOR REPLICA ON N'SQL01' WITH (ENDPOINT_URL = N'TCP://a:1', AVAILABILITY_MODE = SYNCHRONOUS_COMMIT, FAILOVER_MODE = MANUAL)";
    assert_eq!(fixture.error("SQL01", "master", create).await, 41_152, "no login for the cluster service");
    assert!(fixture.lock().site.groups.is_empty(), "rolled back");
    fixture.lock().site.instance_mut(&"SQL01".into()).unwrap().hadr_in_use = false;
    assert_eq!(fixture.error("SQL01", "master", create).await, 35_221);
}
