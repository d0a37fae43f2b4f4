//! The T-SQL that each op sends, and that no secret shows.

use super::*;
use crate::record::{Record, Value};
use scaleout_model::sql::{
    AvailabilityMode, FailoverMode, GroupOption, ListenerSpec, ReplicaOption, ReplicaSpec, SeedingMode,
};

pub(super) fn secret(text: &str) -> SecretBytes {
    SecretBytes::new(text)
}

pub(super) fn procedure(op: &SqlOp<SecretBytes>) -> Procedure {
    let replica = ReplicaName::new("SQL01");
    let Ok(procedure) = build_procedure(op, &Place { replica: &replica, login: "operator" }) else {
        panic!("{} has no phases", op.name())
    };
    procedure
}

/// The acting texts of the last phase, seen after a look with these columns.
fn acts(op: &SqlOp<SecretBytes>, seen: &[(&str, Value)]) -> Vec<String> {
    let procedure = procedure(op);
    let look = Record::new(seen.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    let Ok(batches) = (procedure.phases.last().unwrap().act)(&look) else { panic!("{}", op.name()) };
    batches.iter().map(|batch| batch.text().to_owned()).collect()
}

pub(super) fn replica(name: &str) -> ReplicaSpec {
    ReplicaSpec {
        name: name.into(),
        endpoint_url: "TCP://sql02.corp.example:5022".to_owned(),
        availability_mode: AvailabilityMode::Synchronous,
        failover_mode: FailoverMode::Manual,
        seeding_mode: SeedingMode::Automatic,
    }
}

#[test]
fn group_statements_are_literal() {
    let group = scaleout_model::names::GroupName::new("ag]x");
    let options = vec![GroupOption::DatabaseHealthTrigger(true), GroupOption::FailureConditionLevel(3)];
    let replica_text = "WITH (ENDPOINT_URL = N'TCP://sql02.corp.example:5022', AVAILABILITY_MODE = SYNCHRONOUS_COMMIT, \
                        FAILOVER_MODE = MANUAL, SEEDING_MODE = AUTOMATIC)";
    for (op, text) in [
        (
            SqlOp::CreateGroup { group: group.clone(), options, replica: replica("SQL01") },
            format!(
                "CREATE AVAILABILITY GROUP [ag]]x] WITH (DB_FAILOVER = ON, FAILURE_CONDITION_LEVEL = 3) FOR REPLICA ON \
                 N'SQL01' {replica_text};"
            ),
        ),
        (
            SqlOp::AddReplica { group: group.clone(), replica: replica(r"SQL02\PROD") },
            format!(r"ALTER AVAILABILITY GROUP [ag]]x] ADD REPLICA ON N'SQL02\PROD' {replica_text};"),
        ),
        (SqlOp::JoinReplica { group: group.clone() }, "ALTER AVAILABILITY GROUP [ag]]x] JOIN;".to_owned()),
        (
            SqlOp::GrantSeeding { group: group.clone() },
            "ALTER AVAILABILITY GROUP [ag]]x] GRANT CREATE ANY DATABASE;".to_owned(),
        ),
        (
            SqlOp::AddCatalogToGroup { group: group.clone() },
            "ALTER AVAILABILITY GROUP [ag]]x] ADD DATABASE [SSISDB];".to_owned(),
        ),
        (
            SqlOp::ModifyReplica {
                group: group.clone(),
                replica: "SQL02".into(),
                option: ReplicaOption::FailoverMode(FailoverMode::Automatic),
            },
            "ALTER AVAILABILITY GROUP [ag]]x] MODIFY REPLICA ON N'SQL02' WITH (FAILOVER_MODE = AUTOMATIC);"
                .to_owned(),
        ),
        (
            SqlOp::SetGroupOption {
                group: group.clone(),
                option: GroupOption::AutomatedBackupPreference("none); DROP LOGIN [sa]; --".to_owned()),
            },
            "ALTER AVAILABILITY GROUP [ag]]x] SET (AUTOMATED_BACKUP_PREFERENCE = SECONDARY);".to_owned(),
        ),
    ] {
        assert_eq!(acts(&op, &[]), [text]);
    }
}

#[test]
fn listener_statements_are_literal() {
    let group = scaleout_model::names::GroupName::new("ag]x");
    let listener = ListenerSpec {
        dns_name: "ssis-agl".into(),
        port: 1433,
        addresses: vec![("10.0.0.9".to_owned(), "255.255.255.0".to_owned())],
        dhcp: false,
    };
    let dhcp = ListenerSpec { addresses: Vec::new(), dhcp: true, ..listener.clone() };
    for (op, text) in [
        (
            SqlOp::CreateListener { group: group.clone(), listener },
            "ALTER AVAILABILITY GROUP [ag]]x] ADD LISTENER N'ssis-agl' (WITH IP ((N'10.0.0.9', N'255.255.255.0')), PORT = \
             1433);"
                .to_owned(),
        ),
        (
            SqlOp::CreateListener { group: group.clone(), listener: dhcp },
            "ALTER AVAILABILITY GROUP [ag]]x] ADD LISTENER N'ssis-agl' (WITH DHCP);".to_owned(),
        ),
        (
            SqlOp::SetListenerPort { group: group.clone(), dns_name: "ssis-agl".into(), port: 1500 },
            "ALTER AVAILABILITY GROUP [ag]]x] MODIFY LISTENER N'ssis-agl' (PORT = 1500);".to_owned(),
        ),
        (
            SqlOp::AddListenerAddress {
                group,
                dns_name: "ssis-agl".into(),
                ip: "10.1.0.9".to_owned(),
                mask: "255.255.0.0".to_owned(),
            },
            "ALTER AVAILABILITY GROUP [ag]]x] MODIFY LISTENER N'ssis-agl' (ADD IP (N'10.1.0.9', N'255.255.0.0'));"
                .to_owned(),
        ),
    ] {
        assert_eq!(acts(&op, &[]), [text]);
    }
}

#[test]
fn a_catalog_is_never_restored_over_another() {
    let op = SqlOp::CreateCatalog { master_key: secret("key") };
    let procedure = procedure(&op);
    let paths = [("dts_path", r"D:\SQL\150\DTS\"), ("data_path", r"E:\Data\"), ("log_path", r"F:\O'Log")];
    let seen = Record::new(paths.iter().map(|(n, v)| ((*n).to_owned(), Value::Text((*v).to_owned()))));
    let Ok(batches) = (procedure.phases[0].act)(&seen) else { panic!("no restore") };
    assert_eq!(
        batches[0].text(),
        "IF DB_ID(N'SSISDB') IS NULL\nRESTORE DATABASE [SSISDB] FROM DISK = N'D:\\SQL\\150\\DTS\\Binn\\SSISDBBackup.bak' WITH \
         MOVE N'data' TO N'E:\\Data\\SSISDB.mdf', MOVE N'log' TO N'F:\\O''Log\\SSISDB.ldf';"
    );
    let missing = Record::new([("dts_path".to_owned(), Value::Null)]);
    assert!((procedure.phases[0].act)(&missing).is_err(), "Integration Services are not installed");
    let key = procedure.phases[2].act.as_ref()(&Record::default()).unwrap();
    assert!(
        key[0].text().starts_with("IF NOT EXISTS (SELECT 1 FROM catalog.folders"),
        "only an empty catalog"
    );
}

#[test]
fn the_log_login_is_dropped_only_for_another_sid() {
    let op = SqlOp::CopyLogLogin { sid: "0aff".to_owned(), password: secret("pw") };
    let seen = |present: i64, same: i64| {
        acts(&op, &[("present", Value::Number(present)), ("same_sid", Value::Number(same))])
    };
    let verbs = |texts: Vec<String>| {
        texts
            .iter()
            .map(|text| {
                ["DROP LOGIN", "CREATE LOGIN", "ALTER LOGIN"].into_iter().find(|v| text.contains(v)).unwrap()
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(verbs(seen(0, 0)), ["CREATE LOGIN"]);
    assert_eq!(verbs(seen(1, 0)), ["DROP LOGIN", "CREATE LOGIN"]);
    assert_eq!(verbs(seen(1, 1)), ["ALTER LOGIN"]);
    assert!(
        seen(1, 0)[0].starts_with("IF EXISTS") && seen(1, 0)[0].contains("s.sid <> 0x0AFF"),
        "looks again"
    );
    assert!(seen(0, 0)[0].contains("PASSWORD = N'pw', SID = 0x0AFF, CHECK_POLICY = OFF"));
    let replica = ReplicaName::new("SQL02");
    let bad = SqlOp::CopyLogLogin { sid: "0x00; DROP".to_owned(), password: secret("pw") };
    assert!(build_procedure(&bad, &Place { replica: &replica, login: "operator" }).is_err());
}

#[test]
fn a_busy_worker_is_enabled_again_in_the_same_batch() {
    let op = |regardless| SqlOp::DisableWorker { agent_id: "6583054a".to_owned(), regardless };
    let [careful] = &acts(&op(false), &[])[..] else { panic!() };
    let disable = careful.find("EXEC catalog.disable_worker_agent").unwrap();
    let enable = careful.find("EXEC catalog.enable_worker_agent").unwrap();
    assert!(
        careful.find("IF NOT EXISTS (SELECT 1 FROM internal.tasks").unwrap() < disable && disable < enable
    );
    let [forced] = &acts(&op(true), &[])[..] else { panic!() };
    assert!(!forced.contains("internal.tasks") && !forced.contains("enable_worker_agent"));
}

#[test]
fn the_connection_string_is_quoted_twice() {
    let op = SqlOp::UpdateLogDatabase {
        server: "ssis-agl.corp.example,1433".to_owned(),
        password: secret("a'b;c"),
    };
    let [text] = &acts(&op, &[])[..] else { panic!() };
    assert!(
        text.ends_with(
            "EXEC catalog.update_logdb_info @server_name = N'ssis-agl.corp.example,1433', @connection_string = N'Data \
             Source=ssis-agl.corp.example,1433;Initial Catalog=SSISDB;User \
             Id=##MS_SSISLogDBWorkerAgentLogin##;Password=''a''''b;c'';';"
        ),
        "{text}"
    );
}
