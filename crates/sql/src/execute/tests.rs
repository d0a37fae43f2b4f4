//! The T-SQL that each op sends, and that no secret shows.

use super::*;
use crate::record::{Record, Value};
use scaleout_model::sql::{
    AvailabilityMode, FailoverMode, GroupOption, ListenerSpec, ReplicaOption, ReplicaSpec, SeedingMode,
};

fn secret(text: &str) -> SecretBytes {
    SecretBytes::new(text)
}

fn procedure(op: &SqlOp<SecretBytes>) -> Procedure {
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

fn replica(name: &str) -> ReplicaSpec {
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
    let listener = ListenerSpec {
        dns_name: "ssis-agl".into(),
        port: 1433,
        addresses: vec![("10.0.0.9".to_owned(), "255.255.255.0".to_owned())],
        dhcp: false,
    };
    let dhcp = ListenerSpec { addresses: Vec::new(), dhcp: true, ..listener.clone() };
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
            "ALTER AVAILABILITY GROUP [ag]]x] MODIFY REPLICA ON N'SQL02' WITH (FAILOVER_MODE = AUTOMATIC);".to_owned(),
        ),
        (
            SqlOp::SetGroupOption {
                group: group.clone(),
                option: GroupOption::AutomatedBackupPreference("none); DROP LOGIN [sa]; --".to_owned()),
            },
            "ALTER AVAILABILITY GROUP [ag]]x] SET (AUTOMATED_BACKUP_PREFERENCE = SECONDARY);".to_owned(),
        ),
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
    assert!(seen(1, 0).iter().all(|text| text.starts_with("IF ISNULL(CAST(sys.fn_hadr_is_primary_replica")));
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

/// One of each op, with a secret where it takes one.
fn all_ops() -> Vec<SqlOp<SecretBytes>> {
    const SECRET: &str = "S3cret-Pass";
    let group = scaleout_model::names::GroupName::new("ag");
    vec![
        SqlOp::CreateWindowsLogin { account: r"CORP\svc".into() },
        SqlOp::GrantClusterService,
        SqlOp::CreateEndpoint { name: "hadr_endpoint".to_owned(), port: 5022 },
        SqlOp::StartEndpoint { name: "hadr_endpoint".to_owned() },
        SqlOp::GrantEndpointConnect { name: "hadr_endpoint".to_owned(), account: r"CORP\svc".into() },
        SqlOp::CreateCatalog { master_key: secret(SECRET) },
        SqlOp::ProveMasterKey { master_key: secret(SECRET) },
        SqlOp::SetRecoveryFull,
        SqlOp::BackupCatalog { directory: r"\\backup\ssis".to_owned() },
        SqlOp::CreateGroup { group: group.clone(), options: Vec::new(), replica: replica("SQL01") },
        SqlOp::AddReplica { group: group.clone(), replica: replica("SQL02") },
        SqlOp::JoinReplica { group: group.clone() },
        SqlOp::GrantSeeding { group: group.clone() },
        SqlOp::AddCatalogToGroup { group: group.clone() },
        SqlOp::OwnCatalog,
        SqlOp::SetListenerPort { group, dns_name: "ssis-agl".into(), port: 1500 },
        SqlOp::AddMasterKeyCredential { master_key: secret(SECRET) },
        SqlOp::EnableClr,
        SqlOp::TrustAssembly { hash: "AB".repeat(64) },
        SqlOp::EnsureStartupProcedure,
        SqlOp::CreateCleanupLogin { sid: Some("AB".repeat(16)) },
        SqlOp::EnsureFailoverJob,
        SqlOp::EnsureMaintenanceJob,
        SqlOp::EnsureCleanupUser,
        SqlOp::RegisterReplica { replica: "SQL01".into(), state: 1 },
        SqlOp::EnsureCatalogObserver { login: "observer".into() },
        SqlOp::EnsureJobObserver { login: "observer".into() },
        SqlOp::EnableScaleOut,
        SqlOp::SetLogLoginPassword { password: secret(SECRET) },
        SqlOp::CopyLogLogin { sid: "AB".repeat(16), password: secret(SECRET) },
        SqlOp::UpdateLogDatabase { server: "l,1433".to_owned(), password: secret(SECRET) },
        SqlOp::GrantCatalogAdmin { account: r"CORP\svc".into() },
        SqlOp::UpdateMasterAddress { address: "https://ssis-master.corp.example:8391".to_owned() },
        SqlOp::EnableWorker { agent_id: "6583054a-e915-4c2a-80e4-c765e79ef61d".to_owned() },
        SqlOp::DisableWorker {
            agent_id: "6583054a-e915-4c2a-80e4-c765e79ef61d".to_owned(),
            regardless: false,
        },
    ]
}

/// What every look may be asked for.
fn everything_seen() -> Record {
    let texts = ["dts_path", "data_path", "log_path", "user_name"];
    let numbers = ["present", "same_sid"];
    let texts = texts.map(|name| (name.to_owned(), Value::Text("x".to_owned())));
    let numbers = numbers.map(|name| (name.to_owned(), Value::Number(0)));
    Record::new(texts.into_iter().chain(numbers))
}

#[test]
fn every_batch_with_a_secret_says_so() {
    let seen = everything_seen();
    for op in all_ops() {
        for phase in procedure(&op).phases {
            let Ok(acts) = (phase.act)(&seen) else { panic!("{}", op.name()) };
            for batch in std::iter::once(&phase.look).chain(&acts) {
                let holds = batch.text().contains("S3cret-Pass") || batch.text().contains("PASSWORD = ");
                assert_eq!(batch.secret, holds, "{}: {}", op.name(), batch.text());
                assert!(!format!("{batch:?}").contains("S3cret"), "{}", op.name());
            }
        }
    }
}

#[test]
fn an_op_on_the_primary_checks_its_place() {
    use scaleout_model::sql::SqlPlace;
    for op in all_ops() {
        let proved = procedure(&op).phases.iter().all(|phase| {
            let look = phase.look.text();
            look.contains("fn_hadr_is_primary_replica") || look.contains("s.is_local = 1 AND s.role = 1")
        });
        assert!(proved || op.place() != SqlPlace::Primary, "{}", op.name());
    }
}

#[test]
fn evidence_is_left_by_what_cannot_be_read_back() {
    let proving: Vec<&str> =
        all_ops().iter().filter(|op| procedure(op).proof.is_some()).map(SqlOp::name).collect();
    assert_eq!(
        proving,
        [
            "CreateCatalog",
            "ProveMasterKey",
            "GrantSeeding",
            "AddMasterKeyCredential",
            "SetLogLoginPassword",
            "CopyLogLogin",
            "UpdateLogDatabase"
        ]
    );
}
