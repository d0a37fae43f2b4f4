//! The master's chain about the clustered role: as it should be, online, restarted where it matters, alone.

use super::{MASTER, Row, check, lines};
use crate::tests::fixture::{NODES, NOW, converged, name, node, service, settings, task_runs};
use scaleout_model::desired::DesiredMaster;
use scaleout_model::fact::Fact;
use scaleout_model::names::{NodeName, RoleName};
use scaleout_model::node::{ClusterRole, Feature, GroupState, ResourceKind, ServiceState};
use scaleout_model::observed::Observed;

/// Changes the role as every node sees it.
fn role(observed: &mut Observed, change: impl Fn(&mut ClusterRole)) {
    for on in NODES {
        let Fact::Known(cluster) = &mut node(observed, on).cluster else { panic!("known") };
        cluster.roles.iter_mut().for_each(&change);
    }
}

fn rename_access_point(observed: &mut Observed, name: &str) {
    role(observed, |role| {
        for resource in &mut role.resources {
            if let ResourceKind::NetworkName { dns_name, .. } = &mut resource.kind {
                *dns_name = name.into();
            }
        }
    });
}

/// The file was changed after the master had started.
fn edited(observed: &mut Observed) {
    settings(observed, "QRY1", Feature::ScaleOutMaster).modified_unix_ms = NOW - 1000;
}

/// The rows.
pub(super) const ROWS: &[Row<DesiredMaster>] = &[
    (
        "the role is missing",
        |_, o| {
            for on in NODES {
                let Fact::Known(cluster) = &mut node(o, on).cluster else { panic!("known") };
                cluster.roles.clear();
            }
        },
        &["ClusteredRole site: EnsureRole", "MasterRestarted site: Waiting RoleOffline"],
        r#"service_name: "SSISScaleOutMaster150", client_access_point: "is-master""#,
    ),
    (
        "a new access point's first 15 characters are another role's",
        |d, o| {
            role(o, |role| role.name = RoleName::new("other"));
            rename_access_point(o, "is-master-of-the-old-site");
            d.client_access_point = "is-master-of-the-new-site".into();
        },
        &["AccessPointNameFree site: Blocked ShortNameTaken", "MasterRestarted site: Waiting RoleOffline"],
        "",
    ),
    (
        "the role has an owner that spec does not name",
        |_, o| role(o, |role| role.resources[0].possible_owners.push(NodeName::new("QRY9"))),
        &["ClusteredRole QRY9: Unmanaged"],
        "",
    ),
    (
        "the role has an owner that spec does not name and lacks one that it names",
        |_, o| role(o, |role| role.resources[0].possible_owners = vec![name("QRY9"), name("QRY1")]),
        &["ClusteredRole site: EnsureRole", "ClusteredRole QRY9: Unmanaged"],
        r#"possible_owners: ["QRY1", "QRY2"]"#,
    ),
    (
        "the role lacks an owner",
        |_, o| role(o, |role| drop(role.resources[0].possible_owners.pop())),
        &["ClusteredRole site: EnsureRole"],
        r#"possible_owners: ["QRY1", "QRY2"]"#,
    ),
    (
        "the role lacks its address",
        |_, o| role(o, |role| drop(role.resources.pop())),
        &["ClusteredRole site: EnsureRole"],
        r#"network: "Clients""#,
    ),
    (
        "no cluster network holds the address",
        |d, _| d.addresses = vec!["10.7.0.1".into()],
        &["ClusteredRole site: Blocked NoClusterNetwork"],
        "",
    ),
    (
        "preferred owners differ",
        |d, _| d.preferred_owners = Some(vec![name("QRY2")]),
        &["ClusteredRole site: EnsureRole"],
        r#"preferred_owners: Some(["QRY2"])"#,
    ),
    (
        "a role of that name runs something else",
        |_, o| {
            role(o, |role| {
                let service_name = "Spooler".to_owned();
                role.resources[0].kind =
                    ResourceKind::GenericService { service_name, use_network_name: true };
            });
        },
        &["ClusteredRole site: Blocked RoleConflict"],
        "",
    ),
    (
        "the role is offline",
        |_, o| role(o, |role| role.state = GroupState::Offline),
        &["RoleOnline site: OnlineRole", "MasterRestarted site: Waiting RoleOffline"],
        r#"node: "QRY1""#,
    ),
    (
        "the role failed",
        |_, o| role(o, |role| role.state = GroupState::Failed),
        &["RoleOnline site: OnlineRole", "MasterRestarted site: Waiting RoleOffline"],
        "",
    ),
    (
        "the role is moving",
        |_, o| role(o, |role| role.state = GroupState::Pending),
        &["RoleOnline site: Waiting RolePending", "MasterRestarted site: Waiting RoleOffline"],
        "",
    ),
    (
        "the role is owned by a node whose agent is none of ours",
        |_, o| {
            role(o, |role| {
                (role.owner, role.state) = (NodeName::new("QRY9"), GroupState::Failed);
            });
        },
        &[
            "RoleOnline site: OnlineRole",
            "MasterRestarted site: Waiting RoleOffline",
            "SingleMaster site: Blocked MultipleMastersRunning",
        ],
        r#"node: "QRY1""#,
    ),
    (
        "the file is dated in the future",
        |_, o| settings(o, "QRY1", Feature::ScaleOutMaster).modified_unix_ms = NOW + 1000,
        &[],
        "",
    ),
    (
        "the file changed after the start",
        |_, o| edited(o),
        &["MasterRestarted site: RestartRoleService"],
        r#"expected_owner: "QRY1""#,
    ),
    (
        "the file changed after the start and tasks run",
        |_, o| {
            edited(o);
            task_runs(o);
        },
        &["MasterRestarted site: Blocked TasksRunning"],
        "",
    ),
    (
        "the file changed after the start, tasks run, and the wait for them has just begun",
        |d, o| {
            edited(o);
            task_runs(o);
            d.policy.quiet_timeout_seconds = Some(300);
        },
        &["MasterRestarted site: Waiting TasksRunning"],
        "",
    ),
    (
        "the file changed after the start, tasks run, and the wait for them is almost over",
        |d, o| {
            edited(o);
            task_runs(o);
            d.policy.quiet_timeout_seconds = Some(300);
            o.waits.insert("MasterRestarted site".into(), NOW - 299_999);
        },
        &["MasterRestarted site: Waiting TasksRunning"],
        "",
    ),
    (
        "the file changed after the start, tasks run, and the wait for them is over",
        |d, o| {
            edited(o);
            task_runs(o);
            d.policy.quiet_timeout_seconds = Some(300);
            o.waits.insert("MasterRestarted site".into(), NOW - 300_000);
        },
        &["MasterRestarted site: RestartRoleService"],
        "",
    ),
    (
        "the wait for tasks is over and spec allows no disruption",
        |d, o| {
            edited(o);
            task_runs(o);
            d.policy.quiet_timeout_seconds = Some(300);
            d.policy.disruption_allowed = false;
            o.waits.insert("MasterRestarted site".into(), NOW - 300_000);
        },
        &["MasterRestarted site: Blocked DisruptionNotAllowed"],
        "",
    ),
    (
        "the file changed after the start and spec allows no disruption",
        |d, o| {
            edited(o);
            d.policy.disruption_allowed = false;
        },
        &["MasterRestarted site: Blocked DisruptionNotAllowed"],
        "",
    ),
    (
        "a second master runs",
        |_, o| service(o, "QRY2", Feature::ScaleOutMaster).state = ServiceState::Running,
        &["SingleMaster site: Blocked MultipleMastersRunning"],
        "",
    ),
];

#[test]
fn each_drift_of_the_role_gets_its_op() {
    check(&MASTER, ROWS);
}

/// The owner's agent is silent: the role is corrected by the other node, not by one that was not read.
#[test]
fn a_silent_owner_is_not_acted_on() {
    let mut observed = converged();
    role(&mut observed, |role| drop(role.resources.pop()));
    observed.nodes.insert(name("QRY1"), crate::tests::fixture::unknown());
    let op = (MASTER.chain)()
        .into_iter()
        .filter(|step| step.id() == crate::steps::master::role::ID)
        .flat_map(|step| step.assess(&(MASTER.desired)(), &observed));
    let text = format!("{:?}", op.collect::<Vec<_>>());
    assert!(text.contains(r#"Node { node: "QRY2", op: EnsureRole"#), "{text}");
    let plan = MASTER.plan(&(MASTER.desired)(), &observed);
    assert!(lines(&plan).contains(&"MasterNodesReady QRY1: Waiting AgentUnreachable".to_owned()));
}
