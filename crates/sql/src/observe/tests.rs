//! From rows to facts: what is hidden is unknown, what was looked for with the right is absent.

use super::catalog::{read_access, read_catalog};
use super::instance::read_instance;
use crate::record::{Record, Rows, Value};
use scaleout_model::fact::{CauseKind, Fact};
use scaleout_model::sql::{InstanceFacts, JoinState, ReplicaRole};

fn record(part: &str, columns: &[(&str, Value)]) -> Record {
    let part = ("part".to_owned(), text(part));
    Record::new(std::iter::once(part).chain(columns.iter().map(|(n, v)| ((*n).to_owned(), v.clone()))))
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

const fn n(number: i64) -> Value {
    Value::Number(number)
}

/// The instance's own row and its support row.
fn instance(rights: i64) -> Vec<Record> {
    let columns = [
        ("server_name", text("SQL01")),
        ("machine_name", text("SQL01")),
        ("product_version", text("15.0.4123.1")),
        ("major", n(15)),
        ("engine_edition", n(3)),
        ("collation", text("SQL_Latin1_General_CP1_CI_AS")),
        ("is_clustered", n(0)),
        ("hadr_enabled", n(1)),
        ("windows_only", n(0)),
        ("clock_ms", n(1_700_000_000_000)),
        ("server_state", n(rights)),
        ("any_definition", n(rights)),
        ("any_database", n(rights)),
        ("jobs", n(rights)),
        ("catalog_access", n(0)),
        ("catalog_primary", Value::Null),
    ];
    vec![record("instance", &columns), record("support", &[("clr", n(0)), ("startup", Value::Null)])]
}

fn read(records: Vec<Record>) -> InstanceFacts {
    read_instance(&Rows::new(records)).unwrap()
}

fn is_hidden<T>(fact: &Fact<T>) -> bool {
    fact.cause().is_some_and(|cause| cause.kind == CauseKind::NotPermitted)
}

#[test]
fn with_all_rights_a_missing_row_is_absent() {
    let facts = read(instance(1));
    assert_eq!(facts.logins, Fact::Known(Vec::new()));
    assert!(facts.endpoint.is_absent() && facts.group.is_absent() && facts.catalog_database.is_absent());
    assert!(facts.support.startup_procedure.is_absent() && facts.support.failover_job.is_absent());
    assert_eq!(facts.support.trusted_assemblies, Fact::Known(Vec::new()));
    assert_eq!(facts.support.clr_enabled, Fact::Known(false));
}

#[test]
fn without_rights_nothing_is_absent() {
    let facts = read(instance(0));
    assert!(is_hidden(&facts.logins) && is_hidden(&facts.permissions) && is_hidden(&facts.endpoint));
    assert!(is_hidden(&facts.group) && is_hidden(&facts.catalog_database));
    let support = &facts.support;
    assert!(is_hidden(&support.startup_procedure) && is_hidden(&support.failover_job));
    assert!(is_hidden(&support.maintenance_job) && is_hidden(&support.master_key_credentials));
    assert!(is_hidden(&support.trusted_assemblies));
    assert!(!facts.rights.catalog && !facts.rights.jobs);
}

#[test]
fn a_partial_list_of_logins_is_not_believed() {
    let login = record(
        "login",
        &[
            ("name", text("observer")),
            ("sid", text("0AFF")),
            ("sql_login", n(1)),
            ("disabled", n(0)),
            ("modified", text("2026-01-01T00:00:00")),
            ("sysadmin", n(0)),
        ],
    );
    let with = |rights| {
        let mut records = instance(rights);
        records.push(login.clone());
        read(records)
    };
    assert!(is_hidden(&with(0).logins), "only its own row is seen");
    assert!(with(1).login(&"OBSERVER".into()).known().is_some());
}

fn group_rows(local_role: i64) -> Vec<Record> {
    let mut records = instance(1);
    let replica = |name: &str| {
        record(
            "replica",
            &[
                ("name", text(name)),
                ("endpoint_url", text("TCP://h:5022")),
                ("availability_mode", n(1)),
                ("failover_mode", n(1)),
                ("seeding_mode", text("AUTOMATIC")),
                ("session_timeout", n(10)),
                ("backup_priority", n(50)),
                ("secondary_connections", n(0)),
            ],
        )
    };
    let state = |name: &str, local: Value, role: Value, joined: i64| {
        record(
            "state",
            &[
                ("name", text(name)),
                ("join_state", n(joined)),
                ("is_local", local),
                ("role", role),
                ("connected", Value::Null),
                ("connect_error", Value::Null),
            ],
        )
    };
    records.push(record(
        "group",
        &[
            ("name", text("ag")),
            ("group_id", text("6583054A-E915-4C2A-80E4-C765E79EF61D")),
            ("failure_condition_level", n(3)),
            ("health_check_timeout", n(30_000)),
            ("db_failover", n(0)),
            ("backup_preference", text("SECONDARY")),
            ("required_secondaries", n(0)),
            ("dtc_support", n(0)),
        ],
    ));
    records.extend([replica("SQL01"), replica("SQL02")]);
    records.push(state("sql01", n(1), n(local_role), 1));
    records.push(state("SQL02", Value::Null, Value::Null, 0));
    records.push(record("primary", &[("replica", text("SQL01"))]));
    for (state, failure) in [("FAILED", 15), ("COMPLETED", 0)] {
        let columns = [
            ("replica", text("SQL02")),
            ("state", text(state)),
            ("failure_state", n(failure)),
            ("failure", Value::Null),
            ("started", text("2026-01-01T00:00:00")),
        ];
        records.push(record("seeding", &columns));
    }
    records
}

#[test]
fn a_group_is_read_with_what_this_instance_may_know() {
    let facts = read(group_rows(1));
    let group = facts.group.known().unwrap();
    assert_eq!(group.local_role, Fact::Known(ReplicaRole::Primary));
    assert_eq!(group.primary, Fact::Known("SQL01".into()));
    let other = group.replica(&"SQL02".into()).unwrap();
    assert_eq!(other.join_state, JoinState::NotJoined);
    assert!(matches!(&other.role, Fact::Unknown(cause) if cause.kind == CauseKind::NotObserved));
    assert_eq!(group.seeding.len(), 1);
    assert_eq!(group.seeding[0].state, "COMPLETED", "the newest row counts");
    assert!(group.listener.is_absent());
    assert!(read_instance(&Rows::new(group_rows(7))).is_err(), "a role that does not exist");
}

#[test]
fn the_log_chain_of_a_closed_database_is_unknown() {
    let database = |state: &str, chain: i64| {
        let mut records = instance(1);
        records.push(record(
            "database",
            &[
                ("state", text(state)),
                ("recovery_model", text("FULL")),
                ("log_chain", n(chain)),
                ("created", text("2026-01-01T00:00:00")),
                ("in_group", n(1)),
                ("owner_sid", text("0AFF")),
                ("owner", Value::Null),
                ("read_only", n(1)),
                ("user_access", n(0)),
                ("auto_close", n(0)),
                ("family_guid", Value::Null),
            ],
        ));
        read(records).catalog_database.known().unwrap().clone()
    };
    assert_eq!(database("ONLINE", 0).log_chain, Fact::Known(false));
    assert!(database("RESTORING", 0).log_chain.cause().is_some());
    assert_eq!(database("ONLINE", 1).bars, ["is_read_only"]);
    assert!(database("ONLINE", 1).owner.is_absent());
}

#[test]
fn the_catalog_is_read_only_where_it_can_be() {
    let access = |present: i64, state: Value, access: i64, primary: Value, right: i64| {
        let columns = [
            ("present", n(present)),
            ("any_database", n(right)),
            ("state", state),
            ("access", n(access)),
            ("is_primary", primary),
        ];
        read_access(&record("access", &columns)).unwrap()
    };
    let kind = |fact: Option<Fact<_>>| match fact {
        Some(Fact::Unknown(cause)) => Some(cause.kind),
        _ => None,
    };
    assert_eq!(access(0, Value::Null, 0, Value::Null, 1), Some(Fact::Absent));
    assert_eq!(kind(access(0, Value::Null, 0, Value::Null, 0)), Some(CauseKind::NotPermitted));
    assert_eq!(kind(access(1, text("RESTORING"), 0, n(0), 1)), Some(CauseKind::NotReady));
    assert_eq!(kind(access(1, text("ONLINE"), 1, n(0), 1)), Some(CauseKind::NotReady));
    assert_eq!(kind(access(1, text("ONLINE"), 0, n(1), 1)), Some(CauseKind::NotPermitted));
    assert_eq!(access(1, text("ONLINE"), 1, n(1), 1), None);
    assert_eq!(access(1, text("ONLINE"), 1, Value::Null, 1), None);
}

#[test]
fn workers_and_tasks_are_hidden_without_their_rights() {
    let catalog = |right: i64| {
        let rights = ["executor", "admin", "sysadmin", "tasks", "definition"];
        let rights: Vec<(&str, Value)> = rights
            .into_iter()
            .map(|name| (name, n(i64::from(name != "admin" && name != "sysadmin") * right)))
            .collect();
        let property =
            |name: &str, value: &str| record("property", &[("name", text(name)), ("value", text(value))]);
        let user =
            |role: &str| record("user", &[("name", text("u")), ("sid", text("0AFF")), ("role", text(role))]);
        let enabled = [("name", text("IS_SCALEOUT_ENABLED")), ("value", text("TRUE"))];
        read_catalog(&Rows::new(vec![
            record("catalog_rights", &rights),
            property("MASTER_ADDRESS", "https://m:8391"),
            property("LAST_ONLINE_TIME", "2026-01-01"),
            record("catalog_property", &enabled),
            record("master_age", &[("seconds", Value::Null)]),
            user("ssis_admin"),
            user("ssis_logreader"),
            record("monitor", &[("granted", n(0))]),
        ]))
        .unwrap()
    };
    let hidden = catalog(0);
    assert!(is_hidden(&hidden.workers) && is_hidden(&hidden.tasks) && is_hidden(&hidden.users));
    assert!(is_hidden(&hidden.assembly_hash) && is_hidden(&hidden.monitor_granted));
    let facts = catalog(1);
    assert_eq!(facts.workers, Fact::Known(Vec::new()));
    assert_eq!(facts.monitor_granted, Fact::Known(false));
    assert_eq!(facts.users.known().unwrap()[0].roles, ["ssis_admin", "ssis_logreader"]);
    assert_eq!(facts.master_properties.keys().collect::<Vec<_>>(), ["MASTER_ADDRESS"]);
    assert!(facts.scale_out_enabled && !facts.scale_out_default);
    assert!(facts.master_age_seconds.is_absent(), "never online");
}
