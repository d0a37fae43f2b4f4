//! Which administration statements are taken, as what, and which are refused with which error.

use super::{
    AvailabilityMode, Ddl, FailoverMode, GroupAction, HadrAction, Kind, ListenerAddresses, ListenerChange,
    Password, RoleAction, RoleScope, Securable, SeedingMode, parse_batch,
};

fn ddl(text: &str) -> Ddl {
    let batch = parse_batch(text).unwrap_or_else(|e| panic!("{text}: {e}"));
    match batch.statements.into_iter().next().map(|statement| statement.kind) {
        Some(Kind::Ddl(ddl)) => ddl,
        other => panic!("{text}: {other:?}"),
    }
}

const REPLICA: &str = "N'A' WITH (ENDPOINT_URL = N'TCP://a.corp.example:5022', AVAILABILITY_MODE = SYNCHRONOUS_COMMIT, FAILOVER_MODE = AUTOMATIC)";

#[test]
fn accepted_statements() {
    let group = format!("CREATE AVAILABILITY GROUP [ag] FOR REPLICA ON {REPLICA}");
    for text in [
        group.as_str(),
        "CREATE AVAILABILITY GROUP ag WITH (DB_FAILOVER = ON, CLUSTER_TYPE = WSFC, BASIC) FOR DATABASE a, b REPLICA ON 'X' WITH (ENDPOINT_URL='TCP://x:5022', AVAILABILITY_MODE=ASYNCHRONOUS_COMMIT, FAILOVER_MODE=MANUAL, SECONDARY_ROLE (ALLOW_CONNECTIONS = ALL, READ_ONLY_ROUTING_URL = 'TCP://x:1433'), PRIMARY_ROLE (READ_ONLY_ROUTING_LIST = (('a','b'),'c')), SESSION_TIMEOUT = 10)",
        "ALTER AVAILABILITY GROUP ag SET (HEALTH_CHECK_TIMEOUT = 30000)",
        "ALTER AVAILABILITY GROUP ag ADD DATABASE [SSISDB]",
        "ALTER AVAILABILITY GROUP ag REMOVE DATABASE SSISDB",
        "ALTER AVAILABILITY GROUP ag MODIFY REPLICA ON 'A' WITH (SEEDING_MODE = AUTOMATIC)",
        "ALTER AVAILABILITY GROUP ag REMOVE REPLICA ON 'A'",
        "ALTER AVAILABILITY GROUP ag JOIN WITH (CLUSTER_TYPE = EXTERNAL)",
        "ALTER AVAILABILITY GROUP ag DENY CREATE ANY DATABASE",
        "ALTER AVAILABILITY GROUP ag FORCE_FAILOVER_ALLOW_DATA_LOSS",
        "ALTER AVAILABILITY GROUP ag ADD LISTENER 'l' (WITH DHCP ON ('10.0.0.0', '255.0.0.0'))",
        "ALTER AVAILABILITY GROUP ag MODIFY LISTENER 'l' (ADD IP ('10.0.0.9', '255.0.0.0'))",
        "ALTER AVAILABILITY GROUP ag MODIFY LISTENER 'l' (REMOVE IP ('10.0.0.9'))",
        "ALTER AVAILABILITY GROUP ag RESTART LISTENER 'l'",
        "ALTER AVAILABILITY GROUP ag REMOVE LISTENER 'l'",
        "ALTER AVAILABILITY GROUP ag OFFLINE",
        "DROP AVAILABILITY GROUP [a]]g]",
        "ALTER DATABASE d SET RECOVERY FULL",
        "ALTER DATABASE CURRENT SET READ_WRITE, TRUSTWORTHY ON WITH ROLLBACK IMMEDIATE",
        "CREATE ENDPOINT [e] STATE = STARTED AS TCP (LISTENER_PORT = 5022, LISTENER_IP = ALL) FOR DATABASE_MIRRORING (AUTHENTICATION = CERTIFICATE c WINDOWS KERBEROS, ROLE = ALL, ENCRYPTION = REQUIRED ALGORITHM AES)",
        "CREATE ENDPOINT e AS TCP (LISTENER_PORT = 5022, LISTENER_IP = (10.0.0.1)) FOR DATABASE_MIRRORING (ROLE = PARTNER)",
        "ALTER ENDPOINT e STATE = STARTED",
        "DROP ENDPOINT e",
        "CREATE LOGIN [CORP\\svc] FROM WINDOWS WITH DEFAULT_DATABASE = [master]",
        "CREATE LOGIN l WITH PASSWORD = N'a''b' MUST_CHANGE, CHECK_EXPIRATION = ON, CHECK_POLICY = ON",
        "ALTER LOGIN l DISABLE",
        "ALTER LOGIN l WITH PASSWORD = 'n' OLD_PASSWORD = 'o' UNLOCK, NAME = m",
        "CREATE USER u FOR LOGIN l WITH DEFAULT_SCHEMA = dbo",
        "CREATE USER u WITHOUT LOGIN",
        "GRANT CONNECT ON ENDPOINT::[hadr_endpoint] TO [CORP\\svc]",
        "GRANT VIEW SERVER STATE, VIEW ANY DEFINITION TO l",
        "GRANT SELECT, EXEC ON SCHEMA::catalog TO public WITH GRANT OPTION",
        "REVOKE GRANT OPTION FOR SELECT ON dbo.t FROM u CASCADE",
        "DENY UNSAFE ASSEMBLY TO l",
        "ALTER AUTHORIZATION ON DATABASE::SSISDB TO [sa]",
        "BACKUP DATABASE SSISDB TO DISK = N'NUL' WITH COPY_ONLY, INIT, STATS = 10",
        "BACKUP LOG SSISDB TO DISK = N'NUL'",
        "RESTORE DATABASE SSISDB FROM DISK = N'C:\\x.bak' WITH MOVE 'data' TO 'D:\\a.mdf', MOVE 'log' TO 'D:\\a.ldf', RECOVERY",
        "CREATE MASTER KEY ENCRYPTION BY PASSWORD = N'p'",
        "ALTER MASTER KEY ADD ENCRYPTION BY SERVICE MASTER KEY",
        "OPEN MASTER KEY DECRYPTION BY PASSWORD = 'p'",
        "CLOSE MASTER KEY",
        "DROP MASTER KEY",
        "CREATE PROCEDURE dbo.sp_ssis_startup AS SET NOCOUNT ON; IF DB_ID('SSISDB') IS NULL RETURN; EXEC('x')",
        "CREATE OR ALTER PROC p @a int = 1, @b nvarchar(max) OUTPUT AS BEGIN SELECT @a END",
        "DROP PROCEDURE IF EXISTS dbo.p",
        "CREATE DATABASE d",
        "DROP DATABASE IF EXISTS a, b",
    ] {
        ddl(text);
    }
}

const REFUSED: &[(&str, i32)] = &[
    ("CREATE AVAILABILITY GROUP ag FOR REPLICA ON 'A' WITH (AVAILABILITY_MODE = SYNCHRONOUS_COMMIT)", 35228),
    (
        "CREATE AVAILABILITY GROUP ag FOR REPLICA ON 'A' WITH (ENDPOINT_URL = 'TCP://a:1', FAILOVER_MODE = MANUAL)",
        41198,
    ),
    (
        "CREATE AVAILABILITY GROUP ag FOR REPLICA ON 'A' WITH (ENDPOINT_URL = 'TCP://a:1', AVAILABILITY_MODE = SYNCHRONOUS_COMMIT)",
        41197,
    ),
    ("CREATE AVAILABILITY GROUP ag WITH (DISTRIBUTED) FOR REPLICA ON 'A' WITH (ENDPOINT_URL = 'x')", 50000),
    ("CREATE AVAILABILITY GROUP ag WITH (BASIC, BASIC) FOR REPLICA ON 'A' WITH (ENDPOINT_URL = 'x')", 102),
    ("ALTER AVAILABILITY GROUP ag", 102),
    ("ALTER AVAILABILITY GROUP ag SET (HEALTH_CHECK_TIMEOUT = 100)", 102),
    ("ALTER AVAILABILITY GROUP ag SET (HEALTH_CHECK_TIMEOUT = @t)", 102),
    ("ALTER AVAILABILITY GROUP ag SET (CLUSTER_TYPE = WSFC)", 102),
    ("ALTER AVAILABILITY GROUP ag SET (DB_FAILOVER = YES)", 102),
    ("ALTER AVAILABILITY GROUP ag SET (DB_FAILOVER = ON DTC_SUPPORT = NONE)", 102),
    ("ALTER AVAILABILITY GROUP ag SET (DB_FAILOVER = ON, DB_FAILOVER = OFF)", 102),
    ("ALTER AVAILABILITY GROUP ag ADD REPLICA ON [A] WITH (ENDPOINT_URL = 'x')", 102),
    ("ALTER AVAILABILITY GROUP ag MODIFY REPLICA ON 'A' WITH (AVAILABILITY_MODE = SYNC)", 102),
    ("ALTER AVAILABILITY GROUP ag ADD LISTENER 'l' (WITH IP (('10.0.0', '255.0.0.0')))", 19483),
    ("ALTER AVAILABILITY GROUP ag ADD LISTENER 'l' (WITH IP (('10.0.0.1', '255.0.0.0')), PORT = 70000)", 102),
    ("ALTER AVAILABILITY GROUP ag ADD LISTENER [l] (WITH DHCP)", 102),
    ("ALTER AVAILABILITY GROUP ag FAILOVER NOW", 102),
    ("DROP AVAILABILITY GROUP IF EXISTS ag", 156),
    ("ALTER DATABASE d SET HADR AVAILABILITY GROUP ag", 102),
    ("ALTER DATABASE d SET HADR ON", 156),
    ("ALTER DATABASE d SET NOTHING ON", 102),
    ("CREATE ENDPOINT e AS TCP (LISTENER_PORT = 80) FOR DATABASE_MIRRORING (ROLE = ALL)", 102),
    (
        "CREATE ENDPOINT e AS TCP (LISTENER_PORT = 5022) FOR DATABASE_MIRRORING (AUTHENTICATION = WINDOWS)",
        102,
    ),
    ("CREATE ENDPOINT e AS TCP (LISTENER_PORT = 5022) FOR TSQL ()", 50000),
    ("CREATE LOGIN l WITH PASSWORD = 'x' HASHED", 102),
    ("CREATE LOGIN l WITH PASSWORD = 0x01", 102),
    ("CREATE LOGIN l WITH SID = 0x01, PASSWORD = 'x'", 102),
    ("CREATE LOGIN l WITH PASSWORD = 'x', CHECK_POLICY = MAYBE", 102),
    ("CREATE LOGIN 'l' WITH PASSWORD = 'x'", 102),
    ("CREATE LOGIN l WITH PASSWORD = @p", 102),
    ("GRANT FLY TO l", 102),
    ("GRANT CONNECT ON ENDPOINT:e TO l", 102),
    ("GRANT SELECT ON t FROM l", 156),
    ("BACKUP DATABASE d TO DISK = 'NUL' WITH FASTER", 155),
    ("BACKUP DATABASE d TO DISK = 'NUL' WITH INIT, INIT", 3032),
    ("RESTORE DATABASE d FROM DISK = 'x' WITH RECOVERY, NORECOVERY", 3031),
    ("RESTORE FILELISTONLY FROM DISK = 'x'", 50000),
    ("OPEN MASTER KEY DECRYPTION BY 'p'", 102),
    ("SELECT 1 CREATE PROCEDURE p AS SELECT 1", 111),
    ("CREATE PROCEDURE p AS FLY AWAY", 102),
    ("CREATE VIEW v AS SELECT 1", 50000),
    ("CREATE CAKE c", 102),
];

#[test]
fn refused_statements() {
    for (text, number) in REFUSED {
        let error = parse_batch(text).expect_err(text);
        assert_eq!(error.number, *number, "{text}: {error}");
    }
}

#[test]
fn group_content() {
    let text = "CREATE AVAILABILITY GROUP [a]]g] WITH (FAILURE_CONDITION_LEVEL = 3, DTC_SUPPORT = NONE)\nFOR DATABASE SSISDB\nREPLICA ON N'A\\I' WITH (ENDPOINT_URL = N'TCP://a:5022', AVAILABILITY_MODE = SYNCHRONOUS_COMMIT, FAILOVER_MODE = AUTOMATIC, SEEDING_MODE = AUTOMATIC)\nLISTENER N'lsn' (WITH IP ((N'10.0.0.5', N'255.255.255.0'), ('fe80::1')), PORT = 1433);";
    let Ddl::CreateAvailabilityGroup(group) = ddl(text) else { panic!() };
    assert_eq!((group.name.as_str(), group.databases.as_slice()), ("a]g", ["SSISDB".to_owned()].as_slice()));
    assert_eq!(group.options.failure_condition_level, Some(3));
    let replica = &group.replicas[0];
    assert_eq!(replica.instance, "A\\I");
    assert_eq!(replica.options.availability_mode, Some(AvailabilityMode::Synchronous));
    assert_eq!(replica.options.failover_mode, Some(FailoverMode::Automatic));
    assert_eq!(replica.options.seeding_mode, Some(SeedingMode::Automatic));
    let listener = group.listener.unwrap();
    assert_eq!((listener.dns_name.as_str(), listener.port), ("lsn", Some(1433)));
    assert!(matches!(listener.addresses, ListenerAddresses::Static(ips) if ips.len() == 2));
}

#[test]
fn contents() {
    let Ddl::AlterDatabaseHadr { database, action } =
        ddl("alter database [d] set hadr availability group = [ag]")
    else {
        panic!()
    };
    assert_eq!((database.as_deref(), action), (Some("d"), HadrAction::Join("ag".into())));

    let Ddl::CreateLogin(login) =
        ddl("CREATE LOGIN l WITH PASSWORD = 0x02FF HASHED, SID = 0xAB, CHECK_POLICY = OFF")
    else {
        panic!()
    };
    assert_eq!(login.options.password, Some(Password::Hashed(vec![2, 255])));
    assert_eq!((login.options.sid, login.options.check_policy), (Some(vec![0xAB]), Some(false)));

    let Ddl::AlterRole { scope, name, action } = ddl("ALTER SERVER ROLE sysadmin ADD MEMBER [CORP\\a]")
    else {
        panic!()
    };
    assert_eq!((scope, name.as_str()), (RoleScope::Server, "sysadmin"));
    assert_eq!(action, RoleAction::AddMember("CORP\\a".into()));

    let Ddl::Permission(permission) = ddl("GRANT ALTER ANY AVAILABILITY GROUP, CONNECT SQL TO a, b") else {
        panic!()
    };
    assert_eq!(permission.permissions, ["ALTER ANY AVAILABILITY GROUP", "CONNECT SQL"]);
    assert_eq!((permission.securable, permission.principals.len()), (Securable::Scope, 2));

    let Ddl::AlterAvailabilityGroup { action, .. } =
        ddl("ALTER AVAILABILITY GROUP g MODIFY LISTENER 'l' (PORT = 1500)")
    else {
        panic!()
    };
    let change = ListenerChange::Port(1500);
    assert_eq!(action, GroupAction::ModifyListener { dns_name: "l".into(), change });
}

#[test]
fn passwords_are_not_shown() {
    let shown = format!("{:?}", ddl("CREATE LOGIN l WITH PASSWORD = 'tOpSeCrEt'"));
    assert!(!shown.contains("tOpSeCrEt"), "{shown}");
}

#[test]
fn placement_of_group_statements() {
    let placement = ddl("ALTER AVAILABILITY GROUP g FAILOVER").placement();
    assert!(placement.alone && placement.master_only);
    assert_eq!(ddl("ALTER DATABASE d SET RECOVERY FULL").placement().refused_in_transaction, Some(226));
}
