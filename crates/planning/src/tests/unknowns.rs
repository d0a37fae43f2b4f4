//! Unknown is never absent: a fact that is unknown adds no op anywhere, and nothing destroys blindly.

use super::drift::drifts;
use super::{GROUP, GROUP_TEARDOWN, Kind, MASTER, MASTER_TEARDOWN, Row, TEARDOWN, WORKER};
use crate::tests::fixture::{
    NODES, REPLICAS, WORKER as WORKER_NODE, catalog, converged, empty, group, instance, name, node, unknown,
};
use scaleout_model::fact::{CauseKind, Fact};
use scaleout_model::node::NodeOp;
use scaleout_model::observed::Observed;
use scaleout_model::op::Op;
use scaleout_model::reason::Reason;
use scaleout_model::verdict::{Finding, Target, Verdict};
use std::collections::BTreeSet;

/// The site with one fact after the other made unknown, by name. What is not there is skipped.
fn blinded(site: &Observed) -> Vec<(String, Observed)> {
    let mut all = Vec::new();
    let mut add = |what: String, change: &dyn Fn(&mut Observed)| {
        let mut changed = site.clone();
        change(&mut changed);
        all.push((what, changed));
    };
    for host in NODES.into_iter().chain([WORKER_NODE]) {
        if site.node(&name(host)).known().is_none() {
            continue;
        }
        add(format!("node {host}"), &|o| drop(o.nodes.insert(name(host), unknown())));
        macro_rules! facts {
            ($($field:ident)*) => {
                $(add(format!("{host} {}", stringify!($field)), &|o| node(o, host).$field = unknown());)*
            };
        }
        facts!(pending_reboot cluster engines features services certificates bindings reservations firewall settings);
        facts!(client_auth_trust_mode);
    }
    for (index, host) in REPLICAS.into_iter().enumerate() {
        if site.instance(&host.into()).known().is_none() {
            continue;
        }
        add(format!("instance {host}"), &|o| drop(o.instances.insert(host.into(), unknown())));
        macro_rules! facts {
            ($($($field:ident).+),*) => {
                $(add(format!("{host} {}", stringify!($($field).+)), &|o| instance(o, index).$($field).+ = unknown());)*
            };
        }
        facts!(logins, permissions, endpoint, group, catalog_database, support.clr_enabled);
        facts!(support.trusted_assemblies, support.startup_procedure, support.failover_job);
        facts!(support.maintenance_job, support.master_key_credentials);
        facts!(support.log_backup_age_seconds, support.full_backup_age_seconds);
        if instance(&mut site.clone(), index).catalog_database.known().is_some() {
            add(format!("{host} log chain"), &|o| {
                crate::tests::fixture::database(o, index).log_chain = unknown();
            });
            add(format!("{host} owner"), &|o| crate::tests::fixture::database(o, index).owner = unknown());
        }
        if instance(&mut site.clone(), index).group.known().is_some() {
            add(format!("{host} local role"), &|o| group(o, index).local_role = unknown());
            add(format!("{host} primary"), &|o| group(o, index).primary = unknown());
            add(format!("{host} listener"), &|o| group(o, index).listener = unknown());
            add(format!("{host} connected"), &|o| {
                group(o, index).replicas.iter_mut().for_each(|replica| replica.connected = unknown());
            });
        }
    }
    add("catalog".into(), &|o| o.catalog = unknown());
    add("endpoint".into(), &|o| o.endpoint = unknown());
    if site.catalog.known().is_some() {
        add("master age".into(), &|o| catalog(o).master_age_seconds = unknown());
        add("workers".into(), &|o| catalog(o).workers = unknown());
        add("tasks".into(), &|o| catalog(o).tasks = unknown());
        add("monitor's rights".into(), &|o| catalog(o).monitor_granted = unknown());
        add("users".into(), &|o| catalog(o).users = unknown());
        add("assembly hash".into(), &|o| catalog(o).assembly_hash = unknown());
    }
    all
}

fn findings<D>(kind: &Kind<D>, desired: &D, observed: &Observed) -> Vec<Finding> {
    (kind.chain)().into_iter().flat_map(|step| step.assess(desired, observed)).collect()
}

/// Every op that any step names, whether or not the chain lets it act.
fn named<D>(kind: &Kind<D>, desired: &D, observed: &Observed) -> Vec<Op> {
    let ops = findings(kind, desired, observed).into_iter().filter_map(|finding| match finding.verdict {
        Verdict::Act(op) => Some(match *op {
            // Any node of the cluster may carry these out.
            Op::Node {
                op:
                    op @ (NodeOp::EnsureRole(_)
                    | NodeOp::OnlineRole { .. }
                    | NodeOp::OfflineRole { .. }
                    | NodeOp::DeleteRole { .. }),
                ..
            } => Op::Node { node: name(NODES[0]), op },
            op => op,
        }),
        _ => None,
    });
    ops.collect()
}

/// Whether a set-up on the op's node waits for another's: if that other can't go on, this one may.
fn waits_for_its_turn<D>(kind: &Kind<D>, desired: &D, observed: &Observed, op: &Op) -> bool {
    let Op::Node { node, op: NodeOp::InstallFeature { .. } } = op else { return false };
    findings(kind, desired, observed).iter().any(|finding| {
        finding.target == Target::Node(node.clone())
            && matches!(&finding.verdict, Verdict::Waiting(why) if why.reason == Reason::DisruptionInFlight)
    })
}

fn adds_nothing<D>(kind: &Kind<D>, what: &str, desired: &D, site: &Observed) -> Vec<String> {
    let before = named(kind, desired, site);
    let mut added = Vec::new();
    for (fact, blind) in blinded(site) {
        kind.plan(desired, &blind); // its lint: nothing acts on an unknown peer or destroys blindly
        let new = named(kind, desired, &blind).into_iter().filter(|op| !before.contains(op));
        let new = new.filter(|op| {
            // While a set-up really runs on the other node, no loss of sight ends the wait.
            let running =
                site.nodes.values().any(|facts| facts.known().is_some_and(|f| !f.agent.running.is_empty()));
            running || !waits_for_its_turn(kind, desired, site, op)
        });
        added.extend(new.map(|op| format!("{what}, {fact}: {op:?}")));
    }
    added
}

#[test]
fn an_unknown_fact_of_a_converged_site_leads_to_no_op() {
    let mut added = adds_nothing(&GROUP, "group", &(GROUP.desired)(), &converged());
    added.extend(adds_nothing(&MASTER, "master", &(MASTER.desired)(), &converged()));
    added.extend(adds_nothing(&WORKER, "worker", &(WORKER.desired)(), &converged()));
    assert!(added.is_empty(), "{}", added.join("\n"));
}

#[test]
fn an_unknown_fact_of_an_empty_site_adds_no_op() {
    let mut added = adds_nothing(&GROUP, "group", &(GROUP.desired)(), &empty());
    added.extend(adds_nothing(&MASTER, "master", &(MASTER.desired)(), &empty()));
    added.extend(adds_nothing(&WORKER, "worker", &(WORKER.desired)(), &empty()));
    added.extend(adds_nothing(&TEARDOWN, "teardown", &(TEARDOWN.desired)(), &empty()));
    let desired = (MASTER_TEARDOWN.desired)();
    added.extend(adds_nothing(&MASTER_TEARDOWN, "master's teardown", &desired, &empty()));
    assert!(added.is_empty(), "{}", added.join("\n"));
}

#[test]
fn an_unknown_fact_beside_a_drift_adds_no_op() {
    fn all<D>(kind: &Kind<D>, rows: &[super::Row<D>]) -> Vec<String> {
        let mut added = Vec::new();
        for (name, change, _, _) in rows {
            let (mut desired, mut observed) = ((kind.desired)(), converged());
            change(&mut desired, &mut observed);
            added.extend(adds_nothing(kind, name, &desired, &observed));
        }
        added
    }
    let drifts = drifts();
    let mut added = all(&GROUP, &drifts.group);
    added.extend(all(&MASTER, &drifts.master));
    added.extend(all(&WORKER, &drifts.worker));
    added.extend(all(&TEARDOWN, &drifts.teardown));
    added.extend(all(&MASTER_TEARDOWN, &drifts.master_teardown));
    added.extend(all(&GROUP_TEARDOWN, &drifts.group_teardown));
    assert!(added.is_empty(), "{}", added.join("\n"));
}

/// A destructive op and the facts that it is decided from; `@` is its place.
type Grounds = (&'static str, &'static [&'static str]);

/// With any of its grounds unknown, a destructive op is not planned.
fn needs_grounds<D>(kind: &Kind<D>, rows: &[Row<D>], grounds: &[Grounds]) {
    let mut seen = BTreeSet::new();
    for (row, change, _, _) in rows {
        let (mut desired, mut observed) = ((kind.desired)(), converged());
        change(&mut desired, &mut observed);
        for (fact, blind) in blinded(&observed) {
            let plan = kind.plan(&desired, &blind);
            for op in plan.ops().map(|(_, op)| op).filter(|op| op.is_destructive()) {
                let (_, needed) =
                    grounds.iter().find(|(name, _)| *name == op.name()).expect("a row for the op");
                seen.insert(op.name());
                let place = match op {
                    Op::Node { node, .. } => node.as_str(),
                    Op::Sql { replica, .. } => replica.as_str(),
                    Op::GenerateCertificate { .. } => "",
                };
                let blind = needed.iter().any(|ground| ground.replace('@', place) == fact);
                assert!(!blind, "{row}: {op} without {fact}");
            }
        }
    }
    assert_eq!(seen.len(), grounds.len(), "{seen:?}");
}

/// Whatever needs an instance whose SQL logins are off says so, and nothing says that a password was refused.
#[test]
fn mixed_mode_off_is_no_refused_password() {
    fn reasons<D>(kind: &Kind<D>) -> BTreeSet<Reason> {
        let mut observed = converged();
        observed
            .instances
            .values_mut()
            .for_each(|fact| *fact = Fact::unknown(CauseKind::MixedModeOff, "off"));
        observed.catalog = Fact::unknown(CauseKind::MixedModeOff, "off");
        let told = |finding: Finding| match finding.verdict {
            Verdict::Blocked(why) => Some(why.reason),
            _ => None,
        };
        findings(kind, &(kind.desired)(), &observed).into_iter().filter_map(told).collect()
    }
    let off = BTreeSet::from([Reason::MixedModeOff]);
    assert_eq!((reasons(&GROUP), reasons(&MASTER), reasons(&WORKER)), (off.clone(), off.clone(), off));
}

#[test]
fn destructive_ops_need_their_grounds() {
    let drifts = drifts();
    needs_grounds(
        &MASTER,
        &drifts.master,
        &[("CopyLogLogin", &["instance @", "@ logins", "catalog", "users"])],
    );
    let worker: [Grounds; 3] = [
        ("DisableWorker", &["instance @", "@ group", "@ local role", "catalog", "workers", "tasks"]),
        ("StopService", &["node @", "@ services", "catalog", "workers", "tasks"]),
        ("RemoveCertificate", &["node @", "@ certificates", "PKG1 certificates"]),
    ];
    needs_grounds(&TEARDOWN, &drifts.teardown, &worker);
    let master: [Grounds; 6] = [
        ("OfflineRole", &["node @", "@ cluster", "catalog", "tasks"]),
        ("DeleteRole", &["node @", "@ cluster", "catalog", "tasks"]),
        ("UnbindCertificate", &["node @", "@ bindings"]),
        ("ReleaseUrl", &["node @", "@ reservations"]),
        ("RemoveFirewallRule", &["node @", "@ firewall"]),
        ("RemoveCertificate", &["node @", "@ certificates", "@ bindings"]),
    ];
    needs_grounds(&MASTER_TEARDOWN, &drifts.master_teardown, &master);
    needs_grounds(&GROUP_TEARDOWN, &drifts.group_teardown, &[]);
}
