//! Reads of an availability group. Configuration needs VIEW ANY DEFINITION, the `dm_hadr` views need VIEW SERVER STATE
//! (error 300 otherwise, so they are asked only where the right is there).

use super::instance_read::SERVER_STATE;
use super::{build_date, build_flag, build_guid, build_int, build_select, build_text};
use crate::escape::quote_text;

fn build_group(name: &str) -> String {
    let row = build_select(
        "group",
        &[
            ("name", &build_text("g.name")),
            ("group_id", &build_guid("g.group_id")),
            ("failure_condition_level", &build_int("g.failure_condition_level")),
            ("health_check_timeout", "CAST(g.health_check_timeout AS bigint)"),
            ("db_failover", &build_int("g.db_failover")),
            ("backup_preference", &build_text("g.automated_backup_preference_desc")),
            ("required_secondaries", &build_int("g.required_synchronized_secondaries_to_commit")),
            ("dtc_support", &build_int("g.dtc_support")),
        ],
    );
    format!("{row}\nFROM sys.availability_groups AS g WHERE g.name = {name};\n")
}

fn build_replicas(name: &str) -> String {
    let row = build_select(
        "replica",
        &[
            ("name", &build_text("r.replica_server_name")),
            ("endpoint_url", &build_text("r.endpoint_url")),
            ("availability_mode", &build_int("r.availability_mode")),
            ("failover_mode", &build_int("r.failover_mode")),
            ("seeding_mode", &build_text("r.seeding_mode_desc")),
            ("session_timeout", &build_int("r.session_timeout")),
            ("backup_priority", &build_int("r.backup_priority")),
            ("secondary_connections", &build_int("r.secondary_role_allow_connections")),
        ],
    );
    format!(
        "{row}\nFROM sys.availability_replicas AS r JOIN sys.availability_groups AS g ON g.group_id = r.group_id\nWHERE \
         g.name = {name};\n"
    )
}

fn build_databases(name: &str) -> String {
    let row = build_select("group_database", &[("name", &build_text("d.database_name"))]);
    format!(
        "{row}\nFROM sys.availability_databases_cluster AS d JOIN sys.availability_groups AS g ON g.group_id = \
         d.group_id\nWHERE g.name = {name};\n"
    )
}

fn build_listener(name: &str) -> String {
    let listener =
        build_select("listener", &[("dns_name", &build_text("l.dns_name")), ("port", &build_int("l.port"))]);
    let address = build_select(
        "address",
        &[
            ("dns_name", &build_text("l.dns_name")),
            ("ip", &build_text("a.ip_address")),
            ("mask", &build_text("a.ip_subnet_mask")),
            ("dhcp", &build_int("a.is_dhcp")),
            ("online", &build_flag("a.state = 1")),
        ],
    );
    let of_group = "JOIN sys.availability_groups AS g ON g.group_id = l.group_id";
    format!(
        "{listener}\nFROM sys.availability_group_listeners AS l {of_group}\nWHERE g.name = {name};\n{address}\nFROM \
         sys.availability_group_listener_ip_addresses AS a JOIN sys.availability_group_listeners AS l ON l.listener_id = \
         a.listener_id {of_group}\nWHERE g.name = {name};\n"
    )
}

fn build_primary(name: &str) -> String {
    let row = build_select("primary", &[("replica", &build_text("s.primary_replica"))]);
    format!(
        "{row}\nFROM sys.dm_hadr_availability_group_states AS s JOIN sys.availability_groups AS g ON g.group_id = \
         s.group_id\nWHERE g.name = {name};\n"
    )
}

/// Join state of every replica, from any node of the cluster; role and connection where this instance knows them.
fn build_states(name: &str) -> String {
    let row = build_select(
        "state",
        &[
            ("name", &build_text("c.replica_server_name")),
            ("join_state", &build_int("c.join_state")),
            ("is_local", &build_int("s.is_local")),
            ("role", &build_int("s.role")),
            ("connected", &build_int("s.connected_state")),
            ("connect_error", &build_int("s.last_connect_error_number")),
        ],
    );
    format!(
        "{row}\nFROM sys.dm_hadr_availability_replica_cluster_states AS c JOIN sys.availability_groups AS g ON g.group_id = \
         c.group_id\nLEFT JOIN sys.dm_hadr_availability_replica_states AS s ON s.replica_id = c.replica_id\nWHERE g.name = \
         {name};\n"
    )
}

/// Synchronization: all replicas on the primary, the own one on a secondary.
fn build_synchronization(name: &str) -> String {
    let row = build_select(
        "synchronization",
        &[
            ("replica", &build_text("r.replica_server_name")),
            ("database_name", &build_text("d.database_name")),
            ("state", &build_int("s.synchronization_state")),
            ("suspended", &build_int("s.is_suspended")),
            ("suspend_reason", &build_text("s.suspend_reason_desc")),
            ("failover_ready", &build_int("c.is_failover_ready")),
            ("joined", &build_int("c.is_database_joined")),
        ],
    );
    format!(
        "{row}\nFROM sys.dm_hadr_database_replica_states AS s JOIN sys.availability_groups AS g ON g.group_id = \
         s.group_id\nJOIN sys.availability_replicas AS r ON r.replica_id = s.replica_id\nJOIN \
         sys.availability_databases_cluster AS d ON d.group_database_id = s.group_database_id\nLEFT JOIN \
         sys.dm_hadr_database_replica_cluster_states AS c ON c.replica_id = s.replica_id AND c.group_database_id = \
         s.group_database_id\nWHERE g.name = {name};\n"
    )
}

/// Automatic seeding; history is kept, so the rows come oldest first and the last one per replica counts.
fn build_seeding(name: &str) -> String {
    let row = build_select(
        "seeding",
        &[
            ("replica", &build_text("r.replica_server_name")),
            ("state", &build_text("s.current_state")),
            ("failure_state", &build_int("s.failure_state")),
            ("failure", &build_text("s.failure_state_desc")),
            ("started", &build_date("s.start_time")),
        ],
    );
    format!(
        "{row}\nFROM sys.dm_hadr_automatic_seeding AS s JOIN sys.availability_groups AS g ON g.group_id = s.ag_id\nJOIN \
         sys.availability_replicas AS r ON r.replica_id = s.ag_remote_replica_id\nWHERE g.name = {name}\nORDER BY \
         s.start_time;\n"
    )
}

/// The whole batch, in `master`.
pub(crate) fn build_group_batch(group: &str) -> String {
    let name = quote_text(group);
    let configuration =
        [build_group(&name), build_replicas(&name), build_databases(&name), build_listener(&name)].concat();
    let states =
        [build_primary(&name), build_states(&name), build_synchronization(&name), build_seeding(&name)]
            .concat();
    format!("{configuration}IF {SERVER_STATE} = 1\nBEGIN\n{states}END;\n")
}
