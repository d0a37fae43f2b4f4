//! Procedures of SSISDB do what the public schema does (domain §4.2, §7.3, §9).

use super::fixture::Fixture;

const LOG_LOGIN: &str = "SELECT sid, CONVERT(nvarchar(600), password_hash, 2) FROM sys.sql_logins WHERE name LIKE N'##MS_SSISLogDB%'";

#[tokio::test]
async fn a_missing_row_is_success_for_update_master_address() {
    let fixture = Fixture::with_catalog().await;
    {
        let mut sim = fixture.lock();
        let instance = sim.site.instance_mut(&"SQL01".into()).unwrap();
        let content = instance.database_mut("SSISDB").unwrap().content_mut();
        content.catalog.as_mut().unwrap().master_properties.remove("MASTER_ADDRESS");
    }
    fixture.done("SQL01", "SSISDB", "EXEC catalog.update_master_address N'https://m:8391'").await;
    let rows = "SELECT COUNT(*) FROM catalog.master_properties WHERE property_name = N'MASTER_ADDRESS'";
    assert_eq!(fixture.rows("SQL01", "SSISDB", rows).await, ["0"]);
    assert_eq!(fixture.error("SQL01", "SSISDB", "EXEC catalog.update_master_address NULL").await, 27_100);
}

#[tokio::test]
async fn enable_scaleout_is_destructive_and_not_atomic() {
    let fixture = Fixture::with_catalog().await;
    fixture.done("SQL01", "SSISDB", "EXEC catalog.update_logdb_info N'listener,1433', N'good'").await;
    let server =
        "SELECT property_value FROM catalog.master_properties WHERE property_name = N'CLUSTER_LOGDB_SERVER'";
    assert_eq!(fixture.error("SQL01", "SSISDB", "EXEC catalog.enable_scaleout").await, 27_261);
    assert_eq!(
        fixture.rows("SQL01", "SSISDB", server).await,
        ["SQL01"],
        "the string is overwritten all the same"
    );
    fixture.install_master("SQL01");
    fixture.done("SQL01", "SSISDB", "EXEC catalog.enable_scaleout").await;
    let first = fixture.rows("SQL01", "master", LOG_LOGIN).await;
    let enabled =
        "SELECT property_value FROM catalog.catalog_properties WHERE property_name = N'IS_SCALEOUT_ENABLED'";
    assert_eq!(fixture.rows("SQL01", "SSISDB", enabled).await, ["TRUE"]);
    fixture.done("SQL01", "SSISDB", "EXEC catalog.enable_scaleout").await;
    assert_ne!(fixture.rows("SQL01", "master", LOG_LOGIN).await, first, "new SID, new password");
    let _open = fixture.open("SQL01", "##MS_SSISLogDBWorkerAgentLogin##", "master");
    let second = fixture.rows("SQL01", "master", LOG_LOGIN).await;
    assert_eq!(fixture.error("SQL01", "SSISDB", "EXEC catalog.enable_scaleout").await, 15_434);
    assert_eq!(fixture.rows("SQL01", "master", LOG_LOGIN).await, second, "the login is as it was");
}

#[tokio::test]
async fn the_log_string_is_read_back_by_the_log_logins_password() {
    let fixture = Fixture::with_catalog().await;
    fixture.install_master("SQL01");
    fixture.done("SQL01", "SSISDB", "EXEC catalog.enable_scaleout").await;
    let text = "DECLARE @s nvarchar(max); EXEC internal.get_log_dbconnection @connection_string = @s OUTPUT; SELECT @s";
    let string = fixture.rows("SQL01", "SSISDB", text).await.remove(0);
    let password = string.split("Password='").nth(1).unwrap().trim_end_matches("';");
    let compare = format!(
        "SELECT PWDCOMPARE(N'{password}', password_hash), PWDCOMPARE(N'x', password_hash) FROM sys.sql_logins WHERE name LIKE N'##MS_SSISLogDB%'"
    );
    assert_eq!(fixture.rows("SQL01", "master", &compare).await, ["1|0"]);
}

#[tokio::test]
async fn a_hash_copied_with_its_sid_is_the_same_login() {
    let fixture = Fixture::new();
    fixture.done("SQL01", "master", "CREATE LOGIN l WITH PASSWORD = N'secret', CHECK_POLICY = OFF").await;
    let copy = "SELECT N'CREATE LOGIN l WITH PASSWORD = ' + CONVERT(nvarchar(300), password_hash, 1) + N' HASHED, SID = ' + CONVERT(nvarchar(100), sid, 1) + N', CHECK_POLICY = OFF' FROM sys.sql_logins WHERE name = N'l'";
    let create = fixture.rows("SQL01", "master", copy).await.remove(0);
    fixture.done("SQL02", "master", &create).await;
    let compare = "SELECT sid, PWDCOMPARE(N'secret', password_hash), PWDCOMPARE(N'other', password_hash) FROM sys.sql_logins WHERE name = N'l'";
    let rows = fixture.rows("SQL02", "master", compare).await;
    assert_eq!(rows, fixture.rows("SQL01", "master", compare).await);
    assert!(rows[0].ends_with("|1|0"), "{rows:?}");
}

#[tokio::test]
async fn a_new_worker_is_disabled() {
    let fixture = Fixture::with_catalog().await;
    let id = "0d0f3c9e-0000-4000-8000-000000000001";
    let enable = format!("EXEC catalog.enable_worker_agent '{id}'");
    assert_eq!(fixture.error("SQL01", "SSISDB", &enable).await, 27_243);
    let contact = format!(
        "DECLARE @s bit; EXEC internal.update_worker_agent_status '{id}', NULL, NULL, @s OUTPUT; SELECT @s"
    );
    assert_eq!(fixture.rows("SQL01", "SSISDB", &contact).await, ["0"]);
    fixture.done("SQL01", "SSISDB", &enable).await;
    assert_eq!(fixture.rows("SQL01", "SSISDB", &contact).await, ["1"]);
    let property = format!("EXEC catalog.set_worker_agent_property '{id}', N'Tags', N'a'");
    fixture.done("SQL01", "SSISDB", &property).await;
    let wrong = format!("EXEC catalog.set_worker_agent_property '{id}', N'Color', N'a'");
    assert_eq!(fixture.error("SQL01", "SSISDB", &wrong).await, 27_101);
    let rows = "SELECT MachineName, CAST(IsEnabled AS int), Tags FROM catalog.worker_agents";
    assert_eq!(fixture.rows("SQL01", "SSISDB", rows).await, ["HOST1|1|a"]);
    fixture.done("SQL01", "SSISDB", &format!("EXEC catalog.delete_worker_agent '{id}'")).await;
    assert_eq!(fixture.rows("SQL01", "SSISDB", rows).await, Vec::<String>::new());
}

#[tokio::test]
async fn replica_states() {
    let fixture = Fixture::with_catalog().await;
    for (call, wanted) in [
        ("internal.add_replica_info N'SQL01', 1", 0),
        ("internal.add_replica_info N'SQL01', 1", 27_227),
        ("internal.add_replica_info N'SQL03', 3", 27_101),
        ("internal.add_replica_info NULL, 1", 27_138),
        ("internal.add_replica_info N'SQL02', 2", 0),
        ("internal.delete_replica_info N'SQL03'", 27_228),
        ("internal.update_replica_info N'SQL03'", 27_228),
    ] {
        assert_eq!(fixture.error("SQL01", "SSISDB", &format!("EXEC {call}")).await, wanted, "{call}");
    }
    let refresh = |server: &str| {
        format!("DECLARE @s tinyint; EXEC internal.refresh_replica_status N'{server}', @s OUTPUT; SELECT @s")
    };
    assert_eq!(fixture.rows("SQL01", "SSISDB", &refresh("SQL01")).await, ["0"]);
    assert_eq!(fixture.rows("SQL01", "SSISDB", &refresh("SQL02")).await, ["1"], "a failover was detected");
    let states = "SELECT server_name, state FROM catalog.alwayson_replicas ORDER BY 1";
    assert_eq!(fixture.rows("SQL01", "SSISDB", states).await, ["SQL01|2", "SQL02|1"]);
    assert_eq!(fixture.error("SQL01", "SSISDB", &refresh("SQL03")).await, 27_228);
}

#[tokio::test]
async fn sql_logins_are_second_class() {
    let fixture = Fixture::with_catalog().await;
    for call in [
        "configure_catalog N'DEFAULT_EXECUTION_MODE', N'1'",
        "check_schema_version",
        "create_folder N'f', NULL",
    ] {
        assert_eq!(fixture.error("SQL01", "SSISDB", &format!("EXEC catalog.{call}")).await, 27_123, "{call}");
    }
}

#[tokio::test]
async fn the_stored_startup_procedure_runs_and_can_be_set_to_run_at_startup() {
    let fixture = Fixture::with_catalog().await;
    let create = "CREATE PROCEDURE dbo.sp_ssis_startup AS IF DB_ID(N'SSISDB') IS NULL RETURN; EXEC (N'EXEC SSISDB.catalog.startup')";
    fixture.done("SQL01", "master", create).await;
    assert_eq!(fixture.error("SQL01", "master", create).await, 2_714);
    fixture.done("SQL01", "master", "EXEC dbo.sp_ssis_startup").await;
    let startup = "SELECT OBJECTPROPERTY(OBJECT_ID(N'master.dbo.sp_ssis_startup'), N'ExecIsStartup')";
    assert_eq!(fixture.rows("SQL01", "master", startup).await, ["0"]);
    fixture.done("SQL01", "master", "EXEC sp_procoption N'sp_ssis_startup', 'startup', 'on'").await;
    assert_eq!(fixture.rows("SQL01", "master", startup).await, ["1"]);
}

/// Domain §9 #32: the user travels with SSISDB, the login is found by its SID.
#[tokio::test]
async fn a_log_login_with_another_sid_has_no_user() {
    let fixture = Fixture::with_catalog().await;
    fixture.install_master("SQL01");
    fixture.done("SQL01", "SSISDB", "EXEC catalog.enable_scaleout").await;
    let login = "##MS_SSISLogDBWorkerAgentLogin##";
    assert_eq!(fixture.error_as(login, "SQL01", "master", "USE SSISDB").await, 0);
    let member = "SELECT IS_ROLEMEMBER(N'ssis_cluster_worker'), USER_NAME()";
    let seen = fixture.rows_as(login, "SQL01", "SSISDB", member).await;
    assert_eq!(seen, ["1|##MS_SSISLogDBWorkerAgentUser##"]);
    let again =
        format!("DROP LOGIN [{login}]; CREATE LOGIN [{login}] WITH PASSWORD = N'p', CHECK_POLICY = OFF");
    fixture.done("SQL01", "master", &again).await;
    assert_eq!(fixture.error_as(login, "SQL01", "master", "USE SSISDB").await, 916);
    fixture
        .done(
            "SQL01",
            "SSISDB",
            &format!("ALTER USER [##MS_SSISLogDBWorkerAgentUser##] WITH LOGIN = [{login}]"),
        )
        .await;
    assert_eq!(fixture.error_as(login, "SQL01", "master", "USE SSISDB").await, 0);
}
