//! The worker's teardown, one step after the other.

use super::worker::{busy, row};
use super::{Row, TEARDOWN, check, lines};
use crate::deletion::Reference;
use crate::steps::worker::teardown::Teardown;
use crate::tests::fixture::{
    NODES, NOW, WORKER as NODE, converged, master_thumbprint, node, service, stored, unknown,
    worker_thumbprint,
};
use scaleout_model::fact::Fact;
use scaleout_model::node::{Feature, ServiceState, StartType, Store};
use scaleout_model::observed::Observed;

fn disabled(observed: &mut Observed) {
    row(observed).enabled = false;
}

fn stopped(observed: &mut Observed) {
    disabled(observed);
    let service = service(observed, NODE, Feature::ScaleOutWorker);
    (service.state, service.start_type) = (ServiceState::Stopped, StartType::Manual);
}

fn untrusted(observed: &mut Observed) {
    stopped(observed);
    for on in NODES {
        let Fact::Known(all) = &mut node(observed, on).certificates else { panic!("known") };
        all.retain(|certificate| certificate.thumbprint != worker_thumbprint());
    }
}

fn silent(observed: &mut Observed, host: &str) {
    observed.nodes.insert(host.into(), unknown());
}

fn released(observed: &mut Observed) {
    untrusted(observed);
    node(observed, NODE).agent.claims.clear();
}

/// The rows.
pub(super) const ROWS: &[Row<Teardown>] = &[
    (
        "another object has claimed the node",
        |_, o| node(o, NODE).agent.claims[0].name = "other".into(),
        &["TeardownAllowed PKG1: Blocked ClaimedByOther"],
        "",
    ),
    (
        "tasks run there",
        |_, o| busy(o),
        &["WorkerDrained PKG1: Waiting WorkerDraining", "WorkerStopped site: Waiting WorkerDraining"],
        "",
    ),
    ("nothing runs there", |_, _| {}, &["WorkerDisabled PKG1: DisableWorker"], "regardless: false"),
    (
        "the drain's time is over",
        |d, o| {
            busy(o);
            d.deletion.deleted_unix_ms = NOW - 600_000;
        },
        &["WorkerDisabled PKG1: DisableWorker"],
        "regardless: true",
    ),
    (
        "the drain has no end",
        |d, o| {
            busy(o);
            (d.deletion.deleted_unix_ms, d.worker.drain_timeout_seconds) = (0, None);
        },
        &["WorkerDrained PKG1: Waiting WorkerDraining", "WorkerStopped site: Waiting WorkerDraining"],
        "",
    ),
    ("it is disabled", |_, o| disabled(o), &["WorkerStopped site: StopService"], "Worker"),
    (
        "it is disabled and a task slipped in",
        |_, o| {
            disabled(o);
            busy(o);
        },
        &["WorkerDrained PKG1: Waiting WorkerDraining", "WorkerStopped site: Waiting WorkerDraining"],
        "",
    ),
    (
        "it is stopped and starts at boot",
        |_, o| {
            stopped(o);
            service(o, NODE, Feature::ScaleOutWorker).start_type = StartType::Automatic;
        },
        &["WorkerStopped site: ConfigureService"],
        "Manual",
    ),
    (
        "it is stopping",
        |_, o| {
            stopped(o);
            service(o, NODE, Feature::ScaleOutWorker).state = ServiceState::Pending;
        },
        &["WorkerStopped site: Waiting ServiceNotRunning"],
        "",
    ),
    (
        "it is stopped",
        |_, o| stopped(o),
        &["WorkerUntrusted QRY1: RemoveCertificate", "WorkerUntrusted QRY2: RemoveCertificate"],
        "store: Root",
    ),
    (
        "its certificate was put there by somebody else",
        |_, o| {
            stopped(o);
            stored(o, "QRY1", Store::Root, worker_thumbprint()).placed_for = None;
        },
        &["WorkerUntrusted QRY2: RemoveCertificate"],
        "",
    ),
    ("nobody trusts it", |_, o| untrusted(o), &["ClaimReleased site: ReleaseClaim"], "Worker"),
    ("its claim is released", |_, o| released(o), &[], ""),
    (
        "it was never installed nor registered",
        |_, o| {
            released(o);
            let Fact::Known(rows) = &mut crate::tests::fixture::catalog(o).workers else { panic!("known") };
            rows.clear();
            node(o, NODE).services = Fact::Known(Vec::new());
        },
        &[],
        "",
    ),
    (
        "its master is gone",
        |d, o| {
            stopped(o);
            d.worker.master.nodes.clear();
            d.deletion.reference = Reference::Gone("ScaleOutMaster ssis is gone".into());
        },
        &["WorkerReference site: Blocked CredentialsGone"],
        "",
    ),
    (
        "its master was not looked at since it changed",
        |d, o| {
            stopped(o);
            d.worker.master.nodes.clear();
            d.deletion.reference = Reference::NotReady("ScaleOutMaster ssis does not report".into());
        },
        &["WorkerReference site: Waiting ReferenceNotReady"],
        "",
    ),
    (
        "there never was a catalog",
        |_, o| {
            service(o, NODE, Feature::ScaleOutWorker).state = ServiceState::Running;
            o.catalog = Fact::Absent;
        },
        &["WorkerStopped site: StopService"],
        "Worker",
    ),
    (
        "no instance was asked for a catalog",
        |_, o| {
            o.catalog = Fact::Absent;
            o.instances.clear();
        },
        &["WorkerStopped site: Waiting InstanceUnreachable"],
        "",
    ),
    (
        "its host is silent",
        |_, o| silent(o, NODE),
        &[
            "TeardownAllowed PKG1: Waiting AgentUnreachable",
            "WorkerStopped site: Waiting AgentUnreachable",
            "WorkerUntrusted PKG1: Waiting AgentUnreachable",
            "WorkerUntrusted PKG1: Waiting AgentUnreachable",
            "ClaimReleased site: Waiting AgentUnreachable",
        ],
        "",
    ),
    (
        "its host is silent for long",
        |d, o| {
            silent(o, NODE);
            d.deletion.silent_since_unix_ms = Some(NOW - 600_000);
        },
        &[
            "TeardownAllowed PKG1: Blocked HostUnreachable",
            "WorkerStopped site: Waiting AgentUnreachable",
            "WorkerUntrusted PKG1: Waiting AgentUnreachable",
            "WorkerUntrusted PKG1: Waiting AgentUnreachable",
            "ClaimReleased site: Waiting AgentUnreachable",
        ],
        "",
    ),
    (
        "its host is given up: it is disabled in the catalog all the same",
        |d, o| {
            silent(o, NODE);
            d.deletion.given_up.insert(NODE.into());
        },
        &["TeardownAllowed PKG1: Warned HostGivenUp", "WorkerDisabled PKG1: DisableWorker"],
        "",
    ),
    (
        "its host is given up and it is disabled: no master node trusts it any more",
        |d, o| {
            disabled(o);
            silent(o, NODE);
            d.deletion.given_up.insert(NODE.into());
        },
        &[
            "TeardownAllowed PKG1: Warned HostGivenUp",
            "WorkerUntrusted QRY1: RemoveCertificate",
            "WorkerUntrusted QRY2: RemoveCertificate",
        ],
        "store: Root",
    ),
    (
        "a master node is given up: the other one does not trust it any more",
        |d, o| {
            stopped(o);
            silent(o, "QRY2");
            d.deletion.given_up.insert("qry2".into());
        },
        &["TeardownAllowed QRY2: Warned HostGivenUp", "WorkerUntrusted QRY1: RemoveCertificate"],
        "store: Root",
    ),
    (
        "a host that is given up answers: it is taken down like the others",
        |d, o| {
            stopped(o);
            d.deletion.given_up.insert("QRY2".into());
        },
        &["WorkerUntrusted QRY1: RemoveCertificate", "WorkerUntrusted QRY2: RemoveCertificate"],
        "",
    ),
];

#[test]
fn each_stage_of_the_teardown_gets_its_op() {
    check(&TEARDOWN, ROWS);
}

/// A worker on a master node placed the master's certificate there: it stays.
#[test]
fn the_masters_certificate_is_never_removed() {
    let mut observed = converged();
    stopped(&mut observed);
    let mut masters = stored(&mut observed, "QRY1", Store::Root, master_thumbprint()).clone();
    masters.placed_for = Some((TEARDOWN.desired)().worker.policy.owner.path());
    let Fact::Known(all) = &mut node(&mut observed, NODE).certificates else { panic!("known") };
    all.push(scaleout_model::node::StoredCertificate { store: Store::My, ..masters.clone() });
    let Fact::Known(all) = &mut node(&mut observed, "QRY1").certificates else { panic!("known") };
    *all = vec![masters];
    let plan = TEARDOWN.plan(&(TEARDOWN.desired)(), &observed);
    assert_eq!(lines(&plan), ["WorkerUntrusted QRY2: RemoveCertificate"]);
}
