//! Every view: each value fits its column, and the documented columns are there.

use super::fixture::Fixture;
use crate::engine::{TableName, World as _, convert};
use crate::value::SqlType;
use crate::world::SqlWorld;

/// Database, view, columns that must be there.
const VIEWS: &[(&str, &str, &str)] = &[
    (
        "master",
        "sys.databases",
        "name database_id owner_sid state_desc user_access is_read_only is_auto_close_on recovery_model_desc replica_id group_database_id is_master_key_encrypted_by_server is_broker_enabled is_trustworthy_on",
    ),
    ("master", "sys.database_recovery_status", "database_id family_guid last_log_backup_lsn"),
    (
        "master",
        "sys.server_principals",
        "name principal_id sid type type_desc is_disabled create_date modify_date default_database_name default_language_name credential_id",
    ),
    ("master", "sys.sql_logins", "name sid is_policy_checked is_expiration_checked password_hash"),
    ("master", "sys.server_permissions", "class major_id grantee_principal_id permission_name state"),
    ("master", "sys.server_role_members", "role_principal_id member_principal_id"),
    (
        "master",
        "sys.database_mirroring_endpoints",
        "name endpoint_id principal_id protocol type state state_desc is_admin_endpoint role is_encryption_enabled connection_auth certificate_id encryption_algorithm",
    ),
    ("master", "sys.endpoints", "name endpoint_id state_desc"),
    ("master", "sys.tcp_endpoints", "endpoint_id port ip_address"),
    ("master", "sys.configurations", "name value value_in_use"),
    ("master", "sys.credentials", "credential_id name create_date"),
    ("master", "sys.master_key_passwords", "credential_id family_guid"),
    ("master", "sys.trusted_assemblies", "hash description create_date created_by"),
    (
        "master",
        "sys.availability_groups",
        "group_id name resource_id resource_group_id failure_condition_level health_check_timeout automated_backup_preference automated_backup_preference_desc version basic_features dtc_support db_failover is_distributed cluster_type cluster_type_desc required_synchronized_secondaries_to_commit sequence_number",
    ),
    (
        "master",
        "sys.availability_replicas",
        "replica_id group_id replica_metadata_id replica_server_name owner_sid endpoint_url availability_mode_desc failover_mode_desc session_timeout primary_role_allow_connections_desc secondary_role_allow_connections_desc create_date modify_date backup_priority read_only_routing_url seeding_mode_desc read_write_routing_url",
    ),
    ("master", "sys.availability_databases_cluster", "group_id group_database_id database_name"),
    (
        "master",
        "sys.availability_group_listeners",
        "group_id listener_id dns_name port is_conformant ip_configuration_string_from_cluster",
    ),
    (
        "master",
        "sys.availability_group_listener_ip_addresses",
        "listener_id ip_address ip_subnet_mask is_dhcp network_subnet_ip network_subnet_prefix_length network_subnet_ipv4_mask state state_desc",
    ),
    (
        "master",
        "sys.dm_hadr_availability_group_states",
        "group_id primary_replica primary_recovery_health secondary_recovery_health synchronization_health_desc",
    ),
    (
        "master",
        "sys.dm_hadr_availability_replica_states",
        "replica_id group_id is_local role operational_state recovery_health synchronization_health connected_state last_connect_error_number last_connect_error_description last_connect_error_timestamp",
    ),
    (
        "master",
        "sys.dm_hadr_availability_replica_cluster_states",
        "replica_id replica_server_name group_id join_state",
    ),
    ("master", "sys.dm_hadr_availability_replica_cluster_nodes", "group_name replica_server_name node_name"),
    (
        "master",
        "sys.dm_hadr_database_replica_states",
        "database_id group_id replica_id group_database_id is_local is_primary_replica synchronization_state is_commit_participant synchronization_health database_state is_suspended suspend_reason suspend_reason_desc last_hardened_lsn log_send_queue_size low_water_mark_for_ghosts secondary_lag_seconds",
    ),
    (
        "master",
        "sys.dm_hadr_database_replica_cluster_states",
        "replica_id group_database_id database_name is_failover_ready is_pending_secondary_suspend is_database_joined recovery_lsn truncation_lsn",
    ),
    (
        "master",
        "sys.dm_hadr_cluster",
        "cluster_name quorum_type quorum_type_desc quorum_state quorum_state_desc",
    ),
    ("master", "sys.dm_hadr_cluster_members", "member_name member_type member_state number_of_quorum_votes"),
    (
        "master",
        "sys.dm_hadr_automatic_seeding",
        "start_time completion_time ag_id ag_db_id ag_remote_replica_id operation_id is_source current_state performed_seeding failure_state failure_state_desc error_code number_of_attempts",
    ),
    ("master", "sys.dm_hadr_physical_seeding_stats", "transfered_size_bytes"),
    ("master", "sys.dm_tcp_listener_states", "ip_address port type_desc state_desc"),
    (
        "master",
        "sys.dm_exec_sessions",
        "session_id login_time host_name program_name login_name status original_login_name",
    ),
    ("master", "sys.objects", "name object_id type"),
    ("msdb", "dbo.backupset", "backup_set_id database_name type backup_start_date backup_finish_date"),
    ("msdb", "dbo.sysjobs", "job_id name enabled owner_sid"),
    ("msdb", "dbo.sysjobsteps", "job_id step_id step_name command database_name"),
    ("msdb", "dbo.sysjobschedules", "schedule_id job_id"),
    ("msdb", "dbo.sysschedules", "schedule_id enabled freq_type freq_subday_interval"),
    ("msdb", "dbo.sysjobservers", "job_id server_id"),
    ("SSISDB", "sys.database_principals", "name principal_id type sid"),
    ("SSISDB", "sys.database_role_members", "role_principal_id member_principal_id"),
    ("SSISDB", "sys.database_permissions", "class major_id grantee_principal_id type permission_name state"),
    ("SSISDB", "sys.symmetric_keys", "name symmetric_key_id"),
    ("SSISDB", "sys.key_encryptions", "key_id crypt_type crypt_type_desc"),
    ("SSISDB", "sys.assemblies", "assembly_id name is_user_defined"),
    ("SSISDB", "sys.assembly_files", "assembly_id file_id content"),
    ("SSISDB", "sys.procedures", "name object_id is_auto_executed"),
    ("SSISDB", "catalog.master_properties", "property_name property_value"),
    ("SSISDB", "catalog.catalog_properties", "property_name property_value"),
    (
        "SSISDB",
        "catalog.worker_agents",
        "WorkerAgentId IsEnabled DisplayName Description MachineName Tags UserAccount LastOnlineTime",
    ),
    ("SSISDB", "catalog.alwayson_replicas", "server_name state"),
    ("SSISDB", "catalog.executions", "execution_id status folder_name package_name"),
    ("SSISDB", "catalog.folders", "folder_id name"),
    ("SSISDB", "catalog.operation_messages", "operation_id message"),
    ("SSISDB", "catalog.event_messages", "operation_id message event_name"),
    ("SSISDB", "internal.tasks", "TaskId WorkerAgentId Status ExecutedCount MaxExecutedCount ExpiredTime"),
    ("SSISDB", "internal.jobs", "JobId Status"),
    ("SSISDB", "internal.executions", "execution_id job_id"),
    ("SSISDB", "internal.master_properties", "property_name property_value"),
    ("SSISDB", "internal.worker_agents", "WorkerAgentId IsEnabled"),
    ("SSISDB", "internal.alwayson_support_state", "server_name state"),
];

/// A site in which every view has rows, where that is possible.
async fn full() -> Fixture {
    let fixture = Fixture::with_group().await;
    for (database, text) in [
        (
            "master",
            "ALTER AVAILABILITY GROUP ag ADD LISTENER N'l' (WITH IP ((N'10.0.0.50', N'255.255.255.0')), PORT = 1444)",
        ),
        (
            "master",
            "EXEC sp_control_dbmasterkey_password @db_name = N'SSISDB', @password = N'key', @action = N'add'",
        ),
        (
            "master",
            "DECLARE @h varbinary(64) = HASHBYTES('SHA2_512', 0x01); EXEC sys.sp_add_trusted_assembly @h, N'a'",
        ),
        ("master", "CREATE PROCEDURE dbo.p AS SELECT 1"),
        (
            "msdb",
            "EXEC sp_add_job @job_name = N'j'; EXEC sp_add_jobstep @job_name = N'j', @step_name = N's', @command = N'SELECT 1'; EXEC sp_add_jobschedule @job_name = N'j', @name = N's', @freq_type = 4; EXEC sp_add_jobserver @job_name = N'j'",
        ),
        (
            "SSISDB",
            "DECLARE @s bit; EXEC internal.update_worker_agent_status '0d0f3c9e-0000-4000-8000-000000000001', NULL, NULL, @s OUTPUT",
        ),
        ("SSISDB", "EXEC internal.add_replica_info N'SQL01', 1; EXEC catalog.update_logdb_info N's', N'c'"),
        ("SSISDB", "CREATE USER nobody FOR LOGIN nobody; GRANT SELECT ON internal.tasks TO nobody"),
    ] {
        fixture.done("SQL01", database, text).await;
    }
    fixture
}

/// A value of a column fits if the conversion to the column's type changes nothing.
fn check(world: &SqlWorld, session: &crate::engine::SessionInfo, database: &str, name: &str, columns: &str) {
    let (schema, object) = name.split_once('.').unwrap();
    let name =
        TableName { database: database.to_owned(), schema: Some(schema.to_owned()), name: object.to_owned() };
    let view = world.view(session).unwrap();
    let table = view.table(&name).unwrap().unwrap_or_else(|| panic!("{name:?}"));
    for column in columns.split(' ') {
        assert!(table.columns.iter().any(|own| own.name == column), "{object} has no {column}");
    }
    for row in table.rows.iter() {
        assert_eq!(row.len(), table.columns.len());
        for (value, column) in row.iter().zip(&table.columns) {
            if value.is_null() || column.ty == SqlType::Variant {
                continue;
            }
            let same = convert(value, column.ty, column.ty, 0).unwrap();
            assert!(same == *value, "{object}.{}: {value:?} {:?}", column.name, column.ty);
        }
    }
}

#[tokio::test]
async fn every_view_has_its_columns_and_values_that_fit() {
    let fixture = full().await;
    for replica in ["SQL01", "SQL02"] {
        let (world, session) = fixture.open(replica, "admin", "master");
        let readable = |database: &str| replica == "SQL01" || database != "SSISDB";
        for (database, name, columns) in VIEWS.iter().filter(|(database, ..)| readable(database)) {
            check(&world, &session.info, database, name, columns);
        }
    }
}

/// The read-only probes of domain §10.
#[tokio::test]
async fn documented_probes_are_answered() {
    let fixture = full().await;
    for probe in [
        "SELECT property_name, property_value FROM SSISDB.catalog.master_properties",
        "SELECT property_value FROM SSISDB.catalog.catalog_properties WHERE property_name IN (N'IS_SCALEOUT_ENABLED',N'DEFAULT_EXECUTION_MODE',N'SCHEMA_BUILD',N'SCHEMA_VERSION')",
        "SELECT WorkerAgentId, MachineName, IsEnabled, UserAccount, LastOnlineTime, DATEDIFF(SECOND, LastOnlineTime, SYSDATETIMEOFFSET()) AS age_s FROM SSISDB.catalog.worker_agents",
        "SELECT server_name, state FROM SSISDB.catalog.alwayson_replicas",
        "SELECT ag.name, l.dns_name, l.port FROM sys.availability_group_listeners l JOIN sys.availability_groups ag ON ag.group_id=l.group_id",
        "SELECT sys.fn_hadr_is_primary_replica(N'SSISDB') AS is_primary, SERVERPROPERTY('IsIntegratedSecurityOnly') AS windows_only, @@SERVERNAME AS name",
        "SELECT value_in_use FROM sys.configurations WHERE name='clr enabled'",
        "SELECT COUNT(*) FROM sys.master_key_passwords",
        "SELECT SUSER_SNAME(owner_sid) AS owner, owner_sid, is_trustworthy_on, is_master_key_encrypted_by_server FROM sys.databases WHERE name=N'SSISDB'",
        "SELECT OBJECT_ID(N'SSISDB.catalog.delete_worker_agent') AS has_delete_worker",
    ] {
        assert_ne!(fixture.rows("SQL01", "master", probe).await.len(), 0, "{probe}");
    }
    let none = "SELECT WorkerAgentId, Status, ExecutedCount, MaxExecutedCount, ExpiredTime FROM SSISDB.internal.tasks WHERE Status IN (2,3)";
    assert_eq!(fixture.rows("SQL01", "master", none).await.len(), 0);
    let probe = r"DECLARE @p nvarchar(4000); EXEC master.dbo.xp_regread N'HKEY_LOCAL_MACHINE', N'SOFTWARE\Microsoft\Microsoft SQL Server\150\SSIS\Setup\DTSPath', N'', @p OUTPUT; SELECT @p";
    assert_eq!(
        fixture.rows("SQL01", "master", probe).await,
        [r"C:\Program Files\Microsoft SQL Server\150\DTS\"]
    );
    let absent = r"DECLARE @p nvarchar(4000); EXEC master.dbo.xp_regread N'HKEY_LOCAL_MACHINE', N'SOFTWARE\Microsoft\Microsoft SQL Server\150\DTS\Setup\SQL_IS_Master', N'Version', @p OUTPUT; SELECT @p";
    assert_eq!(fixture.rows("SQL01", "master", absent).await, ["NULL"]);
}
