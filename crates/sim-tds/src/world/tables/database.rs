//! `sys.databases` and what belongs to it.

use crate::engine::Table;
use crate::world::seen::Seen;
use crate::world::sheet::{BIT, DATE, GUID, Guid, INT, LSN, Lsn, Moment, NAME, SID, TINY, sheet, text};
use scaleout_sim_site::state::{Database, DatabaseState, RecoveryModel};

pub(super) fn table(seen: &Seen<'_>, object: &str) -> Option<Table> {
    Some(match object {
        "databases" => databases(seen),
        "database_recovery_status" => database_recovery_status(seen),
        "availability_databases_cluster" => availability_databases_cluster(seen),
        _ => return None,
    })
}

/// Databases that the session may know of: all with VIEW ANY DATABASE (public has it), else master, tempdb and own.
fn visible<'a>(seen: &Seen<'a>) -> Vec<(&'a String, &'a Database)> {
    let all = seen.may("VIEW ANY DATABASE");
    let sid = seen.login().map(|login| &login.sid);
    let open = |name: &String, database: &Database| {
        ["master", "tempdb"].iter().any(|system| system.eq_ignore_ascii_case(name))
            || sid == Some(&database.owner)
    };
    let mut rows: Vec<_> =
        seen.instance.databases.iter().filter(|(name, database)| all || open(name, database)).collect();
    rows.sort_by_key(|(_, database)| database.id);
    rows
}

fn state(database: &Database) -> (u8, &'static str) {
    match database.state {
        DatabaseState::Online => (0, "ONLINE"),
        DatabaseState::Restoring => (1, "RESTORING"),
        DatabaseState::Offline => (6, "OFFLINE"),
    }
}

fn recovery(database: &Database) -> (u8, &'static str) {
    match database.recovery {
        RecoveryModel::Full => (1, "FULL"),
        RecoveryModel::BulkLogged => (2, "BULK_LOGGED"),
        RecoveryModel::Simple => (3, "SIMPLE"),
    }
}

/// `replica_id` and `group_database_id` of a database in a group.
fn in_group<'a>(seen: &Seen<'a>, name: &str, database: &Database) -> Option<(&'a str, &'a str)> {
    let group = seen.site.groups.get(database.group.as_ref()?)?;
    let (_, id) = group.databases.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
    Some((group.replicas.get(seen.replica)?.id.as_str(), id.as_str()))
}

fn databases(seen: &Seen<'_>) -> Table {
    sheet!(visible(seen), (name, database) => {
        name: NAME => name,
        database_id: INT => database.id,
        source_database_id: INT => None::<i32>,
        owner_sid: SID => &database.owner,
        create_date: DATE => Moment(database.created_ms),
        compatibility_level: TINY => u8::try_from(seen.instance.major() * 10).unwrap_or(150),
        collation_name: NAME => &seen.instance.collation,
        user_access: TINY => u8::from(!database.multi_user),
        user_access_desc: text(60) => if database.multi_user { "MULTI_USER" } else { "SINGLE_USER" },
        is_read_only: BIT => database.read_only,
        is_auto_close_on: BIT => database.auto_close,
        is_auto_shrink_on: BIT => false,
        state: TINY => state(database).0,
        state_desc: text(60) => state(database).1,
        is_in_standby: BIT => false,
        is_cleanly_shutdown: BIT => false,
        is_supplemental_logging_enabled: BIT => false,
        snapshot_isolation_state: TINY => 0_u8,
        snapshot_isolation_state_desc: text(60) => "OFF",
        is_read_committed_snapshot_on: BIT => false,
        recovery_model: TINY => recovery(database).0,
        recovery_model_desc: text(60) => recovery(database).1,
        page_verify_option: TINY => 2_u8,
        page_verify_option_desc: text(60) => "CHECKSUM",
        is_trustworthy_on: BIT => database.trustworthy,
        is_db_chaining_on: BIT => false,
        is_master_key_encrypted_by_server: BIT => database.catalog().and_then(|c| c.master_key.as_ref()).is_some_and(|k| k.encrypted_by.is_some()),
        is_published: BIT => false,
        is_subscribed: BIT => false,
        is_merge_published: BIT => false,
        is_distributor: BIT => false,
        is_broker_enabled: BIT => false,
        log_reuse_wait: TINY => 0_u8,
        log_reuse_wait_desc: text(60) => "NOTHING",
        is_cdc_enabled: BIT => false,
        is_encrypted: BIT => false,
        replica_id: GUID => in_group(seen, name, database).map(|(replica, _)| Guid(replica)),
        group_database_id: GUID => in_group(seen, name, database).map(|(_, id)| Guid(id)),
        containment: TINY => 0_u8,
        containment_desc: text(60) => "NONE",
    })
}

fn database_recovery_status(seen: &Seen<'_>) -> Table {
    sheet!(visible(seen), (_, database) => {
        database_id: INT => database.id,
        database_guid: GUID => Guid(&database.family_guid),
        family_guid: GUID => Guid(&database.family_guid),
        last_log_backup_lsn: LSN => database.log_chain.map(Lsn),
        recovery_fork_guid: GUID => Guid(&database.family_guid),
        first_recovery_fork_guid: GUID => None::<Guid<'_>>,
        fork_point_lsn: LSN => None::<Lsn>,
    })
}

/// Needs VIEW ANY DEFINITION, as all views of availability groups' configuration.
fn availability_databases_cluster(seen: &Seen<'_>) -> Table {
    let all = seen.sees_definitions() || seen.may("ALTER ANY AVAILABILITY GROUP");
    let groups = seen.site.groups.values().filter(|group| all && group.replicas.contains_key(seen.replica));
    let rows = groups.flat_map(|group| {
        group.databases.iter().map(|(name, id)| (group.id.clone(), id.clone(), name.clone()))
    });
    sheet!(rows, (group, id, name) => {
        group_id: GUID => Guid(&group),
        group_database_id: GUID => Guid(&id),
        database_name: NAME => name,
    })
}
