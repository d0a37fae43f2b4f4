//! The group's chain about the availability group itself.

use super::group_catalog::ungroup;
use super::{GROUP, Row, check};
use crate::tests::fixture::{group, instance, node, replica};
use scaleout_model::desired::{DesiredGroup, ListenerAddresses};
use scaleout_model::fact::Fact;
use scaleout_model::names::RoleName;
use scaleout_model::node::{ClusterNode, ClusterRole, NodeState, ResourceKind, RunningOp};
use scaleout_model::observed::Observed;
use scaleout_model::sql::{
    AvailabilityMode, Evidence, EvidencePurpose, FailoverMode, GroupOption, JoinState, ReplicaOption,
    SeedingFacts, SyncState,
};

/// QRY2 is in the group and has no copy yet.
fn unseeded(observed: &mut Observed) {
    instance(observed, 1).catalog_database = Fact::Absent;
    group(observed, 0).synchronization.truncate(1);
}

/// The group can create databases on QRY2, by evidence.
fn granted(observed: &mut Observed) {
    observed.evidence.push(Evidence {
        purpose: EvidencePurpose::SeedingGranted,
        target: replica(1).as_str().into(),
        secret: String::new(),
        marker: crate::tests::fixture::GROUP_ID.into(),
        recorded_unix_ms: 0,
    });
}

/// Before SSISDB joins.
fn outside(observed: &mut Observed) {
    unseeded(observed);
    granted(observed);
    group(observed, 0).databases.clear();
    crate::tests::fixture::database(observed, 0).in_group = false;
}

fn running(op: &str, disruptive: bool) -> RunningOp {
    RunningOp {
        op: op.into(),
        disruptive,
        owner: "etl/ScaleOutMaster/master".into(),
        progress: String::new(),
    }
}

/// A role of the group's name in the cluster.
fn cluster_role(observed: &mut Observed, change: fn(&mut ClusterRole)) {
    for on in crate::tests::fixture::NODES {
        let Fact::Known(cluster) = &mut node(observed, on).cluster else { panic!("known") };
        let mut role = cluster.roles[0].clone();
        role.name = RoleName::new("is_ag");
        change(&mut role);
        cluster.roles.push(role);
    }
}

/// Another node of the cluster.
fn node_name(observed: &mut Observed, other: &str) {
    for on in crate::tests::fixture::NODES {
        let Fact::Known(cluster) = &mut node(observed, on).cluster else { panic!("known") };
        cluster.nodes.push(ClusterNode { name: other.into(), state: NodeState::Up });
    }
}

/// Further replicas of the group that spec does not name, synchronous and manual.
fn more_replicas(_: &mut DesiredGroup, observed: &mut Observed, count: usize) {
    for seen in 0..2 {
        let known = group(observed, seen);
        for number in 0..count {
            let mut more = known.replicas[1].clone();
            (more.name, more.failover_mode) = (format!("X{number}").as_str().into(), FailoverMode::Manual);
            known.replicas.push(more);
            let mut sync = known.synchronization[0].clone();
            sync.replica = format!("X{number}").as_str().into();
            known.synchronization.push(sync);
        }
    }
}

/// The rows.
pub(super) const ROWS: &[Row<DesiredGroup>] = &[
    ("no group yet", |_, o| ungroup(o), &["GroupExists site: CreateGroup"], "failover_mode: Manual"),
    (
        "left-overs of a group",
        |_, o| {
            ungroup(o);
            cluster_role(o, |role| role.resources[0].kind = ResourceKind::AvailabilityGroup);
        },
        &["GroupExists site: Blocked GroupLeftover"],
        "",
    ),
    (
        "a role of another kind has the group's name",
        |_, o| {
            ungroup(o);
            cluster_role(o, |_| {});
        },
        &["GroupExists site: Blocked GroupOnOtherCluster"],
        "",
    ),
    (
        "a new listener's first 15 characters are a node's",
        |d, o| {
            group(o, 0).listener = Fact::Absent;
            d.listener.dns_name = "is-listener-of-the-site".into();
            node_name(o, "IS-LISTENER-OF-");
        },
        &["ListenerNameFree site: Blocked ShortNameTaken"],
        "",
    ),
    (
        "a short listener's name is free",
        |d, o| {
            group(o, 0).listener = Fact::Absent;
            d.listener.dns_name = "is-listener-of".into();
            node_name(o, "IS-LISTENER-OF-");
        },
        &["Listener site: CreateListener"],
        "",
    ),
    (
        "spec would make the sixth replica synchronous",
        |d, o| more_replicas(d, o, 4),
        &[
            "ReplicaLimits site: Blocked TooManyReplicas",
            "ReplicasAdded X0: Unmanaged",
            "ReplicasAdded X1: Unmanaged",
            "ReplicasAdded X2: Unmanaged",
            "ReplicasAdded X3: Unmanaged",
        ],
        "",
    ),
    (
        "five replicas are synchronous",
        |d, o| more_replicas(d, o, 3),
        &["ReplicasAdded X0: Unmanaged", "ReplicasAdded X1: Unmanaged", "ReplicasAdded X2: Unmanaged"],
        "",
    ),
    (
        "a group option differs",
        |d, _| {
            d.options = vec![GroupOption::FailureConditionLevel(3), GroupOption::HealthCheckTimeout(45_000)];
        },
        &["GroupOptions site: SetGroupOption"],
        "HealthCheckTimeout(45000)",
    ),
    (
        "a replica is not in the group",
        |_, o| {
            drop(group(o, 0).replicas.pop());
            instance(o, 1).group = Fact::Absent;
            unseeded(o);
        },
        &[r"ReplicasAdded QRY2\ETL: AddReplica"],
        "TCP://qry2.corp.example:5024",
    ),
    (
        "a replica that spec does not name",
        |d, _| drop(d.replicas.pop()),
        &[r"ReplicasAdded QRY2\ETL: Unmanaged"],
        "",
    ),
    (
        "a replica has not joined",
        |_, o| {
            group(o, 0).replicas[1].join_state = JoinState::NotJoined;
            instance(o, 1).group = Fact::Absent;
            unseeded(o);
        },
        &[r"ReplicasJoined QRY2\ETL: JoinReplica", r"CatalogSynchronized QRY2\ETL: Waiting Seeding"],
        "",
    ),
    (
        "a replica's option differs",
        |d, _| d.replicas[1].options.push(ReplicaOption::SessionTimeout(20)),
        &[r"ReplicaOptions QRY2\ETL: ModifyReplica"],
        "SessionTimeout(20)",
    ),
    (
        "to asynchronous commit only after manual failover",
        |d, _| d.replicas[1].options = vec![ReplicaOption::AvailabilityMode(AvailabilityMode::Asynchronous)],
        &[r"ReplicaOptions QRY2\ETL: ModifyReplica"],
        "FailoverMode(Manual)",
    ),
    (
        "the listener is missing",
        |_, o| group(o, 0).listener = Fact::Absent,
        &["Listener site: CreateListener"],
        r#"addresses: [("10.9.0.40", "255.255.255.0")]"#,
    ),
    (
        "the listener is missing and spec leaves it to others",
        |d, o| {
            d.listener.addresses = ListenerAddresses::Unmanaged;
            group(o, 0).listener = Fact::Absent;
        },
        &["Listener site: Blocked ListenerConflict"],
        "",
    ),
    (
        "the listener has another name",
        |d, _| d.listener.dns_name = "other".into(),
        &["Listener site: Blocked ListenerConflict"],
        "",
    ),
    (
        "the listener has another port",
        |_, o| {
            let Fact::Known(listener) = &mut group(o, 0).listener else { panic!("known") };
            listener.port = None;
        },
        &["Listener site: SetListenerPort"],
        "port: 14330",
    ),
    (
        "the listener lacks an address",
        |d, _| {
            let ListenerAddresses::Static(addresses) = &mut d.listener.addresses else { panic!("static") };
            addresses.push(("10.8.0.40".into(), "255.255.0.0".into()));
        },
        &["Listener site: AddListenerAddress"],
        "10.8.0.40",
    ),
    (
        "a secondary may not be seeded yet",
        |_, o| unseeded(o),
        &[r"SeedingGranted QRY2\ETL: GrantSeeding", r"CatalogSynchronized QRY2\ETL: Waiting Seeding"],
        "",
    ),
    (
        "a secondary has a stray SSISDB",
        |_, o| crate::tests::fixture::database(o, 1).in_group = false,
        &[r"SeedingGranted QRY2\ETL: Blocked StraySsisdbOnSecondary"],
        "",
    ),
    (
        "SSISDB is not in the group",
        |_, o| outside(o),
        &["CatalogInGroup site: AddCatalogToGroup", r"CatalogSynchronized QRY2\ETL: Waiting Seeding"],
        "",
    ),
    (
        "SSISDB does not join while set-up runs",
        |_, o| {
            outside(o);
            node(o, "QRY2").agent.running.push(running("InstallFeature", false));
        },
        &[
            "CatalogInGroup site: Waiting InstallationRunning",
            r"CatalogSynchronized QRY2\ETL: Waiting Seeding",
        ],
        "",
    ),
    (
        "seeding failed",
        |_, o| {
            unseeded(o);
            granted(o);
            group(o, 0).seeding.push(SeedingFacts {
                replica: replica(1),
                state: "FAILED".into(),
                failure_state: 15,
                failure: "Seeding Check Message Timeout".into(),
            });
        },
        &[r"CatalogSynchronized QRY2\ETL: ModifyReplica"],
        "SeedingMode(Automatic)",
    ),
    (
        "movement is suspended",
        |_, o| group(o, 0).synchronization[1].suspended = Some("SUSPEND_FROM_USER".into()),
        &[r"CatalogSynchronized QRY2\ETL: Blocked DataMovementSuspended"],
        "",
    ),
    (
        "a replica lags",
        |_, o| group(o, 0).synchronization[1].state = SyncState::Synchronizing,
        &[r"CatalogSynchronized QRY2\ETL: Waiting NotSynchronized"],
        "",
    ),
    (
        "a replica is not connected",
        |_, o| {
            group(o, 0).synchronization[1].state = SyncState::NotSynchronizing;
            group(o, 0).replicas[1].connected = Fact::Known(false);
        },
        &[r"CatalogSynchronized QRY2\ETL: Waiting ReplicaNotConnected"],
        "",
    ),
    (
        "failover is manual",
        |_, o| group(o, 0).replicas[1].failover_mode = FailoverMode::Manual,
        &["AutomaticFailover site: ModifyReplica"],
        "FailoverMode(Automatic)",
    ),
    (
        "failover is manual and the other replica's support is incomplete",
        |_, o| {
            group(o, 0).replicas[1].failover_mode = FailoverMode::Manual;
            instance(o, 0).support.clr_enabled = Fact::Known(false);
        },
        &["ClrEnabled QRY1: EnableClr"],
        "",
    ),
    (
        "failover is manual on both replicas",
        |_, o| group(o, 0).replicas.iter_mut().for_each(|r| r.failover_mode = FailoverMode::Manual),
        &["AutomaticFailover site: ModifyReplica"],
        r#"replica: "QRY1""#,
    ),
    (
        "failover is manual and spec says nothing",
        |d, o| {
            d.replicas[1].options.clear();
            d.replicas[1].failover_mode_given = false;
            group(o, 0).replicas[1].failover_mode = FailoverMode::Manual;
        },
        &[],
        "",
    ),
    (
        "failover stays manual until support is there",
        |_, o| {
            group(o, 0).replicas[1].failover_mode = FailoverMode::Manual;
            instance(o, 1).support.clr_enabled = Fact::Known(false);
        },
        &[r"ClrEnabled QRY2\ETL: EnableClr"],
        "",
    ),
    (
        "all instances answer and none is primary",
        |_, o| {
            for index in 0..2 {
                group(o, index).local_role = Fact::Known(scaleout_model::sql::ReplicaRole::Resolving);
            }
        },
        &[
            "CatalogExists site: Waiting NoPrimary",
            "CatalogObserver site: Waiting NoPrimary",
            "MasterKeyProved site: Waiting NoPrimary",
            "RecoveryFull site: Waiting NoPrimary",
            "LogChain site: Waiting NoPrimary",
            "CatalogOwner site: Waiting NoPrimary",
            "CleanupUser site: Waiting NoPrimary",
        ],
        "",
    ),
];

#[test]
fn each_drift_of_the_group_gets_its_op() {
    check(&GROUP, ROWS);
}
