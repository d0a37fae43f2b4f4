//! Availability group DDL (CREATE AVAILABILITY GROUP, ALTER AVAILABILITY GROUP): each alone in its batch, in `master`, in no
//! transaction, literal text.

use super::{ANYWHERE, CLOCK, NO_REFUSAL, Refuse, build_flag, build_guid, build_look, build_refusal};
use crate::escape::{join, quote_name, quote_text};
use scaleout_model::sql::{
    AvailabilityMode, FailoverMode, GroupOption, ReplicaOption, ReplicaSpec, SecondaryConnections,
    SeedingMode,
};

pub(super) const OF_GROUP: &str = "JOIN sys.availability_groups AS g ON g.group_id = ";

/// Whether the local replica is the group's primary.
fn local_role(group: &str, role: u8) -> String {
    format!(
        "EXISTS (SELECT 1 FROM sys.dm_hadr_availability_replica_states AS s {OF_GROUP}s.group_id WHERE g.name = {} AND \
         s.is_local = 1 AND s.role = {role})",
        quote_text(group)
    )
}

/// Place of what only the group's primary may do.
pub(super) fn on_primary(group: &str) -> String {
    build_flag(&local_role(group, 1))
}

fn group_exists(group: &str, condition: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM sys.availability_groups AS g WHERE g.name = {}{condition})",
        quote_text(group)
    )
}

fn replica_exists(group: &str, replica: &str, condition: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM sys.availability_replicas AS r {OF_GROUP}r.group_id WHERE g.name = {} AND \
         r.replica_server_name = {}{condition})",
        quote_text(group),
        quote_text(replica)
    )
}

/// One option of `SET` or of `CREATE … WITH`.
pub(crate) fn build_group_option(option: &GroupOption) -> String {
    let switch = |on: bool| if on { "ON" } else { "OFF" };
    match option {
        GroupOption::FailureConditionLevel(level) => format!("FAILURE_CONDITION_LEVEL = {level}"),
        GroupOption::HealthCheckTimeout(ms) => format!("HEALTH_CHECK_TIMEOUT = {ms}"),
        GroupOption::DatabaseHealthTrigger(on) => format!("DB_FAILOVER = {}", switch(*on)),
        GroupOption::AutomatedBackupPreference(text) => {
            format!("AUTOMATED_BACKUP_PREFERENCE = {}", backup_preference(text).0)
        }
        GroupOption::RequiredSynchronizedSecondaries(n) => {
            format!("REQUIRED_SYNCHRONIZED_SECONDARIES_TO_COMMIT = {n}")
        }
        GroupOption::DtcSupport(on) => format!("DTC_SUPPORT = {}", if *on { "PER_DB" } else { "NONE" }),
    }
}

/// Keyword and number (`automated_backup_preference`); any other text becomes SQL Server's default, so that no text of
/// a spec is ever T-SQL.
fn backup_preference(text: &str) -> (&'static str, u8) {
    let known = [("PRIMARY", 0), ("SECONDARY_ONLY", 1), ("SECONDARY", 2), ("NONE", 3)];
    known.into_iter().find(|(keyword, _)| keyword.eq_ignore_ascii_case(text)).unwrap_or(("SECONDARY", 2))
}

fn group_option_holds(option: &GroupOption) -> String {
    let bit = |on: bool| u8::from(on);
    match option {
        GroupOption::FailureConditionLevel(level) => format!(" AND g.failure_condition_level = {level}"),
        GroupOption::HealthCheckTimeout(ms) => format!(" AND g.health_check_timeout = {ms}"),
        GroupOption::DatabaseHealthTrigger(on) => format!(" AND g.db_failover = {}", bit(*on)),
        GroupOption::AutomatedBackupPreference(text) => {
            format!(" AND g.automated_backup_preference = {}", backup_preference(text).1)
        }
        GroupOption::RequiredSynchronizedSecondaries(n) => {
            format!(" AND g.required_synchronized_secondaries_to_commit = {n}")
        }
        GroupOption::DtcSupport(on) => format!(" AND g.dtc_support = {}", bit(*on)),
    }
}

fn availability_mode(mode: AvailabilityMode) -> &'static str {
    match mode {
        AvailabilityMode::Synchronous => "SYNCHRONOUS_COMMIT",
        AvailabilityMode::Asynchronous => "ASYNCHRONOUS_COMMIT",
    }
}

fn failover_mode(mode: FailoverMode) -> &'static str {
    match mode {
        FailoverMode::Automatic => "AUTOMATIC",
        FailoverMode::Manual => "MANUAL",
    }
}

fn seeding_mode(mode: SeedingMode) -> &'static str {
    match mode {
        SeedingMode::Automatic => "AUTOMATIC",
        SeedingMode::Manual => "MANUAL",
    }
}

fn secondary_connections(connections: SecondaryConnections) -> (&'static str, u8) {
    match connections {
        SecondaryConnections::No => ("NO", 0),
        SecondaryConnections::ReadOnly => ("READ_ONLY", 1),
        SecondaryConnections::All => ("ALL", 2),
    }
}

fn build_replica(replica: &ReplicaSpec) -> String {
    format!(
        "{} WITH (ENDPOINT_URL = {}, AVAILABILITY_MODE = {}, FAILOVER_MODE = {}, SEEDING_MODE = {})",
        quote_text(replica.name.as_str()),
        quote_text(&replica.endpoint_url),
        availability_mode(replica.availability_mode),
        failover_mode(replica.failover_mode),
        seeding_mode(replica.seeding_mode),
    )
}

/// One option of `MODIFY REPLICA`.
pub(crate) fn build_replica_option(option: &ReplicaOption) -> String {
    match option {
        ReplicaOption::EndpointUrl(url) => format!("ENDPOINT_URL = {}", quote_text(url)),
        ReplicaOption::AvailabilityMode(mode) => format!("AVAILABILITY_MODE = {}", availability_mode(*mode)),
        ReplicaOption::FailoverMode(mode) => format!("FAILOVER_MODE = {}", failover_mode(*mode)),
        ReplicaOption::SeedingMode(mode) => format!("SEEDING_MODE = {}", seeding_mode(*mode)),
        ReplicaOption::SessionTimeout(seconds) => format!("SESSION_TIMEOUT = {seconds}"),
        ReplicaOption::BackupPriority(priority) => format!("BACKUP_PRIORITY = {priority}"),
        ReplicaOption::SecondaryConnections(connections) => {
            format!("SECONDARY_ROLE (ALLOW_CONNECTIONS = {})", secondary_connections(*connections).0)
        }
    }
}

fn replica_option_holds(option: &ReplicaOption) -> String {
    match option {
        ReplicaOption::EndpointUrl(url) => format!(" AND r.endpoint_url = {}", quote_text(url)),
        ReplicaOption::AvailabilityMode(mode) => {
            format!(" AND r.availability_mode = {}", u8::from(*mode == AvailabilityMode::Synchronous))
        }
        ReplicaOption::FailoverMode(mode) => {
            format!(" AND r.failover_mode = {}", u8::from(*mode == FailoverMode::Manual))
        }
        ReplicaOption::SeedingMode(mode) => {
            format!(" AND r.seeding_mode_desc = {}", quote_text(seeding_mode(*mode)))
        }
        ReplicaOption::SessionTimeout(seconds) => format!(" AND r.session_timeout = {seconds}"),
        ReplicaOption::BackupPriority(priority) => format!(" AND r.backup_priority = {priority}"),
        ReplicaOption::SecondaryConnections(connections) => {
            format!(" AND r.secondary_role_allow_connections = {}", secondary_connections(*connections).1)
        }
    }
}

/// Whether the group is there; one of which this instance is a secondary refuses. (Just created, its role is RESOLVING for
/// a moment.)
pub(crate) fn look_at_group(group: &str) -> String {
    let refuse = build_refusal(&local_role(group, 2), Refuse::Occupied);
    build_look(ANYWHERE, &build_flag(&group_exists(group, "")), &refuse, &[])
}

/// Creates the group with the local replica only and without a database.
pub(crate) fn create_group(group: &str, options: &[GroupOption], replica: &ReplicaSpec) -> String {
    let with = if options.is_empty() {
        String::new()
    } else {
        format!(" WITH ({})", join(options.iter().map(build_group_option)))
    };
    format!(
        "CREATE AVAILABILITY GROUP {}{with} FOR REPLICA ON {};",
        quote_name(group),
        build_replica(replica)
    )
}

/// Any form of ALTER AVAILABILITY GROUP.
pub(super) fn alter(group: &str, action: &str) -> String {
    format!("ALTER AVAILABILITY GROUP {} {action};", quote_name(group))
}

/// Whether the replica is in the group.
pub(crate) fn look_at_replica(group: &str, replica: &str) -> String {
    build_look(&on_primary(group), &build_flag(&replica_exists(group, replica, "")), NO_REFUSAL, &[])
}

/// Adds it.
pub(crate) fn add_replica(group: &str, replica: &ReplicaSpec) -> String {
    alter(group, &format!("ADD REPLICA ON {}", build_replica(replica)))
}

/// Whether this instance has joined: only then does it know the group.
pub(crate) fn look_at_join(group: &str) -> String {
    build_look(ANYWHERE, &build_flag(&group_exists(group, "")), NO_REFUSAL, &[])
}

/// Joins.
pub(crate) fn join_group(group: &str) -> String {
    alter(group, "JOIN")
}

/// Whether seeding is over here; the grant itself is nowhere to be seen. Gives the group's id for the evidence.
pub(crate) fn look_at_seeding(group: &str) -> String {
    let name = quote_text(group);
    let id = format!(
        "(SELECT {} FROM sys.availability_groups AS g WHERE g.name = {name})",
        build_guid("g.group_id")
    );
    let seeded = "EXISTS (SELECT 1 FROM sys.databases AS d WHERE d.name = N'SSISDB' AND d.group_database_id IS NOT NULL)";
    build_look(
        &build_flag(&group_exists(group, "")),
        &build_flag(seeded),
        NO_REFUSAL,
        &[("group_id", &id), ("clock_ms", CLOCK)],
    )
}

/// Lets the group create databases here.
pub(crate) fn grant_seeding(group: &str) -> String {
    alter(group, "GRANT CREATE ANY DATABASE")
}

/// Whether SSISDB is in the group.
pub(crate) fn look_at_database(group: &str) -> String {
    let there = format!(
        "EXISTS (SELECT 1 FROM sys.availability_databases_cluster AS d {OF_GROUP}d.group_id WHERE g.name = {} AND \
         d.database_name = N'SSISDB')",
        quote_text(group)
    );
    build_look(&on_primary(group), &build_flag(&there), NO_REFUSAL, &[])
}

/// Adds SSISDB.
pub(crate) fn add_database(group: &str) -> String {
    alter(group, "ADD DATABASE [SSISDB]")
}

/// Whether a replica's option holds.
pub(crate) fn look_at_replica_option(group: &str, replica: &str, option: &ReplicaOption) -> String {
    let holds = replica_exists(group, replica, &replica_option_holds(option));
    build_look(&on_primary(group), &build_flag(&holds), NO_REFUSAL, &[])
}

/// Sets it.
pub(crate) fn modify_replica(group: &str, replica: &str, option: &ReplicaOption) -> String {
    alter(
        group,
        &format!("MODIFY REPLICA ON {} WITH ({})", quote_text(replica), build_replica_option(option)),
    )
}

/// Whether the group's option holds.
pub(crate) fn look_at_group_option(group: &str, option: &GroupOption) -> String {
    let holds = group_exists(group, &group_option_holds(option));
    build_look(&on_primary(group), &build_flag(&holds), NO_REFUSAL, &[])
}

/// Sets it.
pub(crate) fn set_group_option(group: &str, option: &GroupOption) -> String {
    alter(group, &format!("SET ({})", build_group_option(option)))
}
