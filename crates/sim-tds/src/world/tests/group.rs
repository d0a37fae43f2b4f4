//! What instances show of a group, before and after a failover.

use super::fixture::Fixture;

const STATES: &str = "SELECT r.replica_server_name, s.role_desc, s.connected_state_desc FROM sys.dm_hadr_availability_replica_states AS s JOIN sys.availability_replicas AS r ON r.replica_id = s.replica_id ORDER BY 1";
const DATABASES: &str = "SELECT r.replica_server_name, s.synchronization_state_desc, s.is_local FROM sys.dm_hadr_database_replica_states AS s JOIN sys.availability_replicas AS r ON r.replica_id = s.replica_id ORDER BY 1";
const PRIMARY: &str = "SELECT CAST(sys.fn_hadr_is_primary_replica(N'SSISDB') AS int)";

#[tokio::test]
async fn only_the_primary_sees_all_replicas() {
    let fixture = Fixture::with_group().await;
    assert_eq!(
        fixture.rows("SQL01", "master", STATES).await,
        ["SQL01|PRIMARY|CONNECTED", "SQL02|SECONDARY|CONNECTED"]
    );
    assert_eq!(fixture.rows("SQL02", "master", STATES).await, ["SQL02|SECONDARY|CONNECTED"]);
    assert_eq!(
        fixture.rows("SQL01", "master", DATABASES).await,
        ["SQL01|SYNCHRONIZED|1", "SQL02|SYNCHRONIZED|0"]
    );
    assert_eq!(fixture.rows("SQL02", "master", DATABASES).await, ["SQL02|SYNCHRONIZED|1"]);
    assert_eq!(fixture.rows("SQL02", "master", PRIMARY).await, ["0"]);
    assert_eq!(
        fixture.rows("SQL01", "master", "SELECT sys.fn_hadr_is_primary_replica(N'msdb')").await,
        ["NULL"]
    );
}

#[tokio::test]
async fn a_failover_swaps_the_roles_and_the_catalog_follows() {
    let fixture = Fixture::with_group().await;
    fixture.done("SQL01", "SSISDB", "EXEC catalog.update_master_address N'https://m:8391'").await;
    fixture.done("SQL02", "master", "ALTER AVAILABILITY GROUP ag FAILOVER").await;
    fixture.pass(5_000);
    assert_eq!(fixture.rows("SQL02", "master", PRIMARY).await, ["1"]);
    assert_eq!(fixture.error("SQL01", "master", "USE SSISDB").await, 976);
    let address =
        "SELECT property_value FROM catalog.master_properties WHERE property_name = N'MASTER_ADDRESS'";
    assert_eq!(fixture.rows("SQL02", "SSISDB", address).await, ["https://m:8391"]);
    // The seeded copy belongs to the login that ran GRANT CREATE ANY DATABASE.
    let owner = "SELECT SUSER_SNAME(owner_sid) FROM sys.databases WHERE name = N'SSISDB'";
    assert_eq!(fixture.rows("SQL02", "master", owner).await, ["admin"]);
}

/// Domain §9 #18 and #42: a seeded copy has no credential, so the key stays closed after the first failover.
#[tokio::test]
async fn without_the_credential_the_master_key_is_closed_after_a_failover() {
    for (stored, wanted) in [(None, 15_581), (Some("wrong"), 15_581), (Some("key"), 0)] {
        let fixture = Fixture::with_group().await;
        if let Some(password) = stored {
            let add = format!(
                "EXEC sp_control_dbmasterkey_password @db_name = N'SSISDB', @password = N'{password}', @action = N'add'"
            );
            fixture.done("SQL02", "master", &add).await;
        }
        fixture.done("SQL02", "master", "ALTER AVAILABILITY GROUP ag FAILOVER").await;
        fixture.pass(5_000);
        let update = "EXEC catalog.update_logdb_info N's', N'c'";
        assert_eq!(fixture.error("SQL02", "SSISDB", update).await, wanted, "{stored:?}");
        let repair = "OPEN MASTER KEY DECRYPTION BY PASSWORD = N'key'; ALTER MASTER KEY ADD ENCRYPTION BY SERVICE MASTER KEY";
        fixture.done("SQL02", "SSISDB", repair).await;
        fixture.done("SQL02", "SSISDB", update).await;
    }
}

#[tokio::test]
async fn an_existing_database_ends_the_seeding_until_it_is_asked_for_again() {
    let fixture = Fixture::with_group().await;
    fixture.done("SQL01", "master", "ALTER AVAILABILITY GROUP ag REMOVE DATABASE SSISDB").await;
    assert_eq!(fixture.error("SQL02", "master", "USE SSISDB").await, 927, "the copy is left restoring");
    fixture.done("SQL02", "master", "RESTORE DATABASE SSISDB WITH RECOVERY").await;
    assert_eq!(fixture.error("SQL02", "master", "USE SSISDB").await, 0);
    assert_eq!(fixture.error("SQL02", "master", "RESTORE DATABASE SSISDB WITH RECOVERY").await, 3_153);
    fixture.done("SQL01", "master", "ALTER AVAILABILITY GROUP ag ADD DATABASE SSISDB").await;
    fixture.pass(3_000);
    let newest = "SELECT TOP (1) current_state, failure_state FROM sys.dm_hadr_automatic_seeding ORDER BY start_time DESC";
    assert_eq!(fixture.rows("SQL01", "master", newest).await, ["FAILED|23"]);
    fixture.done("SQL02", "master", "DROP DATABASE SSISDB").await;
    fixture.pass(3_000);
    assert_eq!(fixture.rows("SQL01", "master", newest).await, ["FAILED|23"], "not by itself");
    let again = "ALTER AVAILABILITY GROUP ag MODIFY REPLICA ON N'SQL02' WITH (SEEDING_MODE = AUTOMATIC)";
    fixture.done("SQL01", "master", again).await;
    fixture.pass(3_000);
    assert_eq!(fixture.rows("SQL01", "master", newest).await, ["COMPLETED|0"]);
}

/// [ENABLE]: with Always On off nothing but DROP works, and the primary's copy is left restoring.
#[tokio::test]
async fn a_group_is_dropped_with_always_on_off() {
    let fixture = Fixture::with_group().await;
    fixture.lock().site.instance_mut(&"SQL02".into()).unwrap().hadr_in_use = false;
    let set = "ALTER AVAILABILITY GROUP ag SET (DB_FAILOVER = ON)";
    assert_eq!(fixture.error("SQL02", "master", set).await, 35_221);
    fixture.done("SQL02", "master", "DROP AVAILABILITY GROUP ag").await;
    assert!(fixture.lock().site.groups.is_empty());
    assert_eq!(fixture.error("SQL02", "master", "USE SSISDB").await, 927);
    assert_eq!(fixture.error("SQL01", "master", "USE SSISDB").await, 927, "the primary lost its copy, too");
}
