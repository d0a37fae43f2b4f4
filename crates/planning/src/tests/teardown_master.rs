//! The master's teardown, one step after the other.

use super::{MASTER_TEARDOWN, Row, check};
use crate::deletion::Reference;
use crate::steps::master::teardown::Teardown;
use crate::tests::fixture::{
    NODES, NOW, catalog, converged, master_thumbprint, node, stored, unknown, worker_thumbprint,
};
use scaleout_model::fact::Fact;
use scaleout_model::node::{ClusterRole, GroupState, Resource, ResourceKind, ResourceState, Store};
use scaleout_model::observed::Observed;
use scaleout_model::op::Op;

fn known<T>(fact: &mut Fact<T>) -> &mut T {
    let Fact::Known(value) = fact else { panic!("known") };
    value
}

/// The master's role as every node sees it.
fn role(observed: &mut Observed, change: impl Fn(&mut ClusterRole)) {
    for host in NODES {
        let cluster = known(&mut node(observed, host).cluster);
        change(cluster.roles.iter_mut().find(|role| role.name.as_str() == "is-master").unwrap());
    }
}

fn busy(observed: &mut Observed) {
    super::worker::busy(observed);
}

fn silent(observed: &mut Observed, host: &str) {
    observed.nodes.insert(host.into(), unknown());
}

fn offline(observed: &mut Observed) {
    role(observed, |role| role.state = GroupState::Offline);
}

fn deleted(observed: &mut Observed) {
    for host in NODES {
        known(&mut node(observed, host).cluster).roles.retain(|role| role.name.as_str() != "is-master");
    }
}

fn withdrawn(observed: &mut Observed) {
    deleted(observed);
    for host in NODES {
        let facts = node(observed, host);
        (facts.bindings, facts.reservations) = (Fact::Known(Vec::new()), Fact::Known(Vec::new()));
        known(&mut facts.firewall).retain(|rule| !rule.name.ends_with(" master"));
    }
}

fn untrusted(observed: &mut Observed) {
    withdrawn(observed);
    for host in NODES {
        known(&mut node(observed, host).certificates).retain(|c| c.thumbprint != master_thumbprint());
    }
}

fn released(observed: &mut Observed) {
    untrusted(observed);
    for host in NODES {
        node(observed, host).agent.claims.clear();
    }
}

fn service(kind: ResourceKind) -> Resource {
    Resource {
        name: "another".into(),
        kind,
        state: ResourceState::Online,
        depends_on: Vec::new(),
        depends_on_any: false,
        possible_owners: Vec::new(),
    }
}

/// The rows.
pub(super) const ROWS: &[Row<Teardown>] = &[
    (
        "workers name it",
        |d, _| d.deletion.users = vec!["ScaleOutWorker a".into(), "ScaleOutWorker b".into()],
        &["MasterUnused site: Waiting InUse"],
        "",
    ),
    (
        "workers name it and its role is gone: nothing is withdrawn",
        |d, o| {
            deleted(o);
            d.deletion.users = vec!["ScaleOutWorker a".into()];
        },
        &["MasterUnused site: Waiting InUse"],
        "",
    ),
    (
        "another object has claimed a node",
        |_, o| node(o, "QRY2").agent.claims.iter_mut().for_each(|claim| claim.name = "other".into()),
        &["MasterHostsAnswer QRY2: Blocked ClaimedByOther"],
        "",
    ),
    (
        "a node is in another cluster",
        |_, o| known(&mut node(o, "QRY2").cluster).name = "FC1".into(),
        &["MasterHostsAnswer QRY2: Blocked FailoverClusterDiffers"],
        "",
    ),
    (
        "its group is gone",
        |d, o| {
            d.deletion.reference = Reference::Gone("SsisdbAvailabilityGroup x is gone".into());
            o.instances.clear();
            o.catalog = Fact::Absent;
        },
        &["MasterReference site: Blocked CredentialsGone"],
        "",
    ),
    ("tasks run", |_, o| busy(o), &["MasterQuiet site: Waiting TasksRunning"], ""),
    (
        "tasks run and the wait for quiet is over",
        |d, o| {
            busy(o);
            d.master.policy.quiet_timeout_seconds = Some(60);
        },
        &["RoleOffline site: OfflineRole"],
        "is-master",
    ),
    (
        "nobody knows whether tasks run, though the wait for quiet is over",
        |d, o| {
            catalog(o).tasks = unknown();
            d.master.policy.quiet_timeout_seconds = Some(60);
        },
        &["MasterQuiet site: Waiting InstanceUnreachable"],
        "",
    ),
    ("nothing runs", |_, _| {}, &["RoleOffline site: OfflineRole"], "is-master"),
    (
        "the role failed",
        |_, o| role(o, |role| role.state = GroupState::Failed),
        &["RoleOffline site: OfflineRole"],
        "is-master",
    ),
    (
        "the role is moving",
        |_, o| role(o, |role| role.state = GroupState::Pending),
        &["RoleOffline site: Waiting RolePending"],
        "",
    ),
    ("the role is offline", |_, o| offline(o), &["RoleDeleted site: DeleteRole"], "is-master"),
    (
        "the role is offline, and tasks have not ended",
        |_, o| {
            offline(o);
            busy(o);
        },
        &["RoleDeleted site: DeleteRole"],
        "is-master",
    ),
    (
        "the role never came online: there is no catalog",
        |_, o| {
            offline(o);
            o.catalog = Fact::Absent;
        },
        &["RoleDeleted site: DeleteRole"],
        "is-master",
    ),
    (
        "a group of that name runs another service",
        |_, o| {
            role(o, |role| {
                for resource in &mut role.resources {
                    if let ResourceKind::GenericService { service_name, .. } = &mut resource.kind {
                        *service_name = "Spooler".into();
                    }
                }
            });
            for host in NODES {
                let facts = node(o, host);
                (facts.bindings, facts.reservations) = (Fact::Known(Vec::new()), Fact::Known(Vec::new()));
                known(&mut facts.firewall).clear();
                known(&mut facts.certificates).clear();
                facts.agent.claims.clear();
            }
        },
        &["RoleOffline site: Warned Unmanaged"],
        "",
    ),
    (
        "a group of that name is SQL Server's own",
        |_, o| {
            released(o);
            let group = ClusterRole {
                name: "is-master".into(),
                owner: "QRY1".into(),
                state: GroupState::Online,
                preferred_owners: Vec::new(),
                auto_failback: false,
                resources: vec![service(ResourceKind::AvailabilityGroup)],
            };
            for host in NODES {
                known(&mut node(o, host).cluster).roles.push(group.clone());
            }
        },
        &["RoleOffline site: Warned Unmanaged"],
        "",
    ),
    (
        "somebody put a disk into the role",
        |_, o| {
            let disk = ResourceKind::Other { type_name: "Physical Disk".into() };
            role(o, |role| role.resources.push(service(disk.clone())));
        },
        &[
            "MasterQuiet site: Blocked RoleConflict",
            "RoleOffline site: Blocked RoleConflict",
            "RoleDeleted site: Blocked RoleConflict",
        ],
        "",
    ),
    (
        "the role was cut off in its creation",
        |_, o| {
            offline(o);
            role(o, |role| {
                role.resources.retain(|r| !matches!(r.kind, ResourceKind::GenericService { .. }));
            });
        },
        &["RoleDeleted site: DeleteRole"],
        "is-master",
    ),
    (
        "the role is deleted",
        |_, o| deleted(o),
        &[
            "MasterUnbound QRY1: UnbindCertificate",
            "MasterUnbound QRY2: UnbindCertificate",
            "MasterUrlReleased QRY1: ReleaseUrl",
            "MasterUrlReleased QRY2: ReleaseUrl",
            "MasterFirewallClosed QRY1: RemoveFirewallRule",
            "MasterFirewallClosed QRY2: RemoveFirewallRule",
        ],
        "SSIS Scale Out master",
    ),
    (
        "others bound and reserved on a node",
        |_, o| {
            withdrawn(o);
            let foreign = converged();
            let facts = node(o, "QRY1");
            (facts.bindings, facts.reservations) = {
                let Fact::Known(theirs) = &foreign.nodes[&"QRY1".into()] else { panic!("known") };
                (theirs.bindings.clone(), theirs.reservations.clone())
            };
            known(&mut facts.bindings)[0].thumbprint = worker_thumbprint();
            known(&mut facts.reservations)[0].account = r"CORP\other".into();
        },
        &[
            "MasterUnbound QRY1: Warned Unmanaged",
            "MasterCertificateRemoved QRY1: RemoveCertificate",
            "MasterCertificateRemoved QRY2: RemoveCertificate",
        ],
        "store: Root",
    ),
    (
        "it is withdrawn",
        |_, o| withdrawn(o),
        &[
            "MasterCertificateRemoved QRY1: RemoveCertificate",
            "MasterCertificateRemoved QRY2: RemoveCertificate",
        ],
        "store: Root",
    ),
    (
        "its certificate was put on a node by somebody else",
        |_, o| {
            withdrawn(o);
            stored(o, "QRY1", Store::Root, master_thumbprint()).placed_for = None;
        },
        &["MasterCertificateRemoved QRY2: RemoveCertificate", "MasterClaimsReleased QRY1: ReleaseClaim"],
        "",
    ),
    (
        "only its status still knows the certificate",
        |d, o| {
            withdrawn(o);
            let names = vec!["is-master.corp.example".into()];
            d.master.certificate = scaleout_model::desired::DesiredCertificate::ToGenerate { names };
        },
        &[
            "MasterCertificateRemoved QRY1: RemoveCertificate",
            "MasterCertificateRemoved QRY2: RemoveCertificate",
        ],
        "",
    ),
    (
        "nobody trusts it",
        |_, o| untrusted(o),
        &["MasterClaimsReleased QRY1: ReleaseClaim", "MasterClaimsReleased QRY2: ReleaseClaim"],
        "MasterNode",
    ),
    ("its claims are released", |_, o| released(o), &[], ""),
    (
        "a host is silent: the role and the other host are taken down",
        |_, o| {
            silent(o, "QRY2");
            let facts = node(o, "QRY1");
            known(&mut facts.cluster).roles.retain(|role| role.name.as_str() != "is-master");
        },
        &[
            "MasterHostsAnswer QRY2: Waiting AgentUnreachable",
            "MasterUnbound QRY1: UnbindCertificate",
            "MasterUnbound QRY2: Waiting AgentUnreachable",
            "MasterUrlReleased QRY1: ReleaseUrl",
            "MasterUrlReleased QRY2: Waiting AgentUnreachable",
            "MasterFirewallClosed QRY1: RemoveFirewallRule",
            "MasterFirewallClosed QRY2: Waiting AgentUnreachable",
            "MasterCertificateRemoved QRY2: Waiting AgentUnreachable",
            "MasterClaimsReleased QRY2: Waiting AgentUnreachable",
        ],
        "",
    ),
    (
        "the role's owner is silent for long: the role is taken offline by the other",
        |d, o| {
            silent(o, "QRY1");
            d.deletion.silent_since_unix_ms = Some(NOW - 600_000);
        },
        &[
            "MasterHostsAnswer QRY1: Blocked HostUnreachable",
            "RoleOffline site: OfflineRole",
            "MasterUnbound QRY1: Waiting AgentUnreachable",
            "MasterUrlReleased QRY1: Waiting AgentUnreachable",
            "MasterFirewallClosed QRY1: Waiting AgentUnreachable",
            "MasterCertificateRemoved QRY1: Waiting AgentUnreachable",
            "MasterClaimsReleased QRY1: Waiting AgentUnreachable",
        ],
        "\"QRY2\"",
    ),
    (
        "a host is silent for nine minutes only",
        |d, o| {
            released(o);
            silent(o, "QRY1");
            d.deletion.silent_since_unix_ms = Some(NOW - 599_999);
        },
        &[
            "MasterHostsAnswer QRY1: Waiting AgentUnreachable",
            "MasterUnbound QRY1: Waiting AgentUnreachable",
            "MasterUrlReleased QRY1: Waiting AgentUnreachable",
            "MasterFirewallClosed QRY1: Waiting AgentUnreachable",
            "MasterCertificateRemoved QRY1: Waiting AgentUnreachable",
            "MasterClaimsReleased QRY1: Waiting AgentUnreachable",
        ],
        "",
    ),
    (
        "a host is given up, the rest is done",
        |d, o| {
            released(o);
            silent(o, "QRY1");
            d.deletion.given_up.insert("QRY1".into());
        },
        &["MasterHostsAnswer QRY1: Warned HostGivenUp"],
        "",
    ),
    (
        "every host is given up",
        |d, o| {
            for host in NODES {
                silent(o, host);
            }
            d.deletion.given_up = NODES.map(Into::into).into();
        },
        &["MasterHostsAnswer QRY1: Warned HostGivenUp", "MasterHostsAnswer QRY2: Warned HostGivenUp"],
        "",
    ),
];

#[test]
fn each_stage_of_the_masters_teardown_gets_its_op() {
    check(&MASTER_TEARDOWN, ROWS);
}

/// Scale Out stays enabled, the group and its database stay: no stage of the teardown writes through SQL.
#[test]
fn the_masters_teardown_writes_nothing_through_sql() {
    for (row, change, _, _) in ROWS {
        let (mut desired, mut observed) = ((MASTER_TEARDOWN.desired)(), converged());
        change(&mut desired, &mut observed);
        for (_, op) in MASTER_TEARDOWN.plan(&desired, &observed).ops() {
            assert!(matches!(op, Op::Node { .. }), "{row}: {op}");
        }
    }
}
