//! The worker's chain.

use super::{Row, WORKER, check};
use crate::tests::fixture::{
    AGENT_ID, NOW, WORKER as NODE, WORKER_PEM, catalog, instance, master_thumbprint, node, service, settings,
    stored, worker_thumbprint,
};
use scaleout_model::certificate::PublicCertificate;
use scaleout_model::desired::{DesiredCertificate, DesiredWorker};
use scaleout_model::fact::Fact;
use scaleout_model::names::{AccountName, DnsName};
use scaleout_model::node::{Feature, ServiceState, StartType, Store};
use scaleout_model::observed::Observed;
use scaleout_model::sql::{TaskFacts, WorkerRow};

const FEATURE: Feature = Feature::ScaleOutWorker;

/// The worker's row in the catalog.
pub(super) fn row(observed: &mut Observed) -> &mut WorkerRow {
    let Fact::Known(rows) = &mut catalog(observed).workers else { panic!("known") };
    &mut rows[0]
}

/// A task of the worker in flight.
pub(super) fn busy(observed: &mut Observed) {
    let task = TaskFacts { agent_id: Some(AGENT_ID.to_uppercase()), status: 3 };
    catalog(observed).tasks = Fact::Known(vec![task]);
}

/// The certificate is made on the node.
fn made_on_node(desired: &mut DesiredWorker) {
    desired.certificate = DesiredCertificate::OnNode { names: vec![DnsName::new(NODE)] };
}

/// Its certificate in My is the real one of `pkg1.pem`; its settings name it if `named`.
fn holds_real(observed: &mut Observed, named: bool) {
    let thumbprint = PublicCertificate::from_pem(WORKER_PEM).unwrap().thumbprint();
    for (on, store) in [(NODE, Store::My), ("QRY1", Store::Root), ("QRY2", Store::Root)] {
        stored(observed, on, store, worker_thumbprint()).thumbprint = thumbprint;
    }
    if named {
        let values = &mut settings(observed, NODE, FEATURE).values;
        values.insert("WorkerHttpsCertThumbprint".into(), thumbprint.to_string());
    }
}

fn edited(observed: &mut Observed) {
    settings(observed, NODE, FEATURE).modified_unix_ms = NOW - 1000;
}

/// The rows.
pub(super) const ROWS: &[Row<DesiredWorker>] = &[
    (
        "another worker has claimed the node",
        |_, o| node(o, NODE).agent.claims[0].name = "other".into(),
        &["WorkerAgent PKG1: Blocked ClaimedByOther"],
        "",
    ),
    (
        "the feature is missing",
        |_, o| {
            let facts = node(o, NODE);
            (facts.features, facts.services) = (Fact::Known(Vec::new()), Fact::Known(Vec::new()));
            facts.settings = Fact::Known(Vec::new());
        },
        &["WorkerInstalled PKG1: InstallFeature"],
        r#"master_host: Some("is-master.corp.example")"#,
    ),
    (
        "the service has another account",
        |_, o| service(o, NODE, FEATURE).account = AccountName::new(r"NT Service\SSISScaleOutWorker150"),
        &["WorkerAccount PKG1: SetServiceAccount"],
        "is-worker",
    ),
    (
        "its certificate is missing",
        |_, o| {
            let Fact::Known(all) = &mut node(o, NODE).certificates else { panic!("known") };
            all.retain(|certificate| certificate.store == Store::Root);
        },
        &["WorkerCertificate PKG1: ImportKeyPair"],
        "store: My",
    ),
    (
        "its certificate is made on the node",
        |d, o| {
            made_on_node(d);
            drop(settings(o, NODE, FEATURE).values.remove("WorkerHttpsCertThumbprint"));
        },
        &["WorkerCertificate PKG1: GenerateCertificate"],
        "PKG1",
    ),
    (
        "the certificate that its settings name is adopted",
        |d, o| {
            made_on_node(d);
            holds_real(o, true);
        },
        &[],
        "",
    ),
    (
        "a certificate that was made for it is used",
        |d, o| {
            made_on_node(d);
            holds_real(o, false);
            let real = PublicCertificate::from_pem(WORKER_PEM).unwrap().thumbprint();
            stored(o, NODE, Store::My, real).placed_for = Some(d.policy.owner.path());
        },
        &["WorkerSettings PKG1: WriteSettings"],
        "WorkerHttpsCertThumbprint",
    ),
    (
        "an existing certificate is missing",
        |d, _| d.certificate = DesiredCertificate::Existing(master_thumbprint()),
        &["WorkerCertificate PKG1: Blocked CertificateMissing"],
        "",
    ),
    (
        "its account may not read the key",
        |_, o| stored(o, NODE, Store::My, worker_thumbprint()).key_readers.clear(),
        &["WorkerKeyAccess PKG1: GrantKeyRead"],
        "is-worker",
    ),
    (
        "it does not trust the master",
        |_, o| {
            let Fact::Known(all) = &mut node(o, NODE).certificates else { panic!("known") };
            all.retain(|certificate| certificate.store == Store::My);
        },
        &["MasterTrusted PKG1: ImportCertificate"],
        "store: Root",
    ),
    (
        "it does not trust the master's next certificate",
        |d, _| d.master.pending_certificate = Some((worker_thumbprint(), "next".into())),
        &["MasterTrusted PKG1: ImportCertificate"],
        "next",
    ),
    (
        "the master does not report its certificate",
        |d, _| d.master.certificate = None,
        &["MasterTrusted PKG1: Waiting ReferenceNotReady", "WorkerSettings PKG1: Waiting ReferenceNotReady"],
        "",
    ),
    (
        "one master node does not trust it",
        |_, o| {
            let Fact::Known(all) = &mut node(o, "QRY2").certificates else { panic!("known") };
            all.retain(|certificate| certificate.thumbprint != worker_thumbprint());
        },
        &["WorkerTrusted QRY2: ImportCertificate"],
        "store: Root",
    ),
    (
        "its settings pin another certificate",
        |_, o| {
            let values = &mut settings(o, NODE, FEATURE).values;
            values.insert("MasterHttpsCertThumbprint".into(), worker_thumbprint().to_string());
        },
        &["WorkerSettings PKG1: WriteSettings"],
        "MasterHttpsCertThumbprint",
    ),
    (
        "its service does not start at boot",
        |_, o| service(o, NODE, FEATURE).start_type = StartType::Manual,
        &["WorkerRunning PKG1: ConfigureService"],
        "Automatic",
    ),
    (
        "its service was stopped",
        |_, o| service(o, NODE, FEATURE).state = ServiceState::Stopped,
        &["WorkerRunning PKG1: StartService"],
        "",
    ),
    (
        "its file is dated in the future",
        |_, o| settings(o, NODE, FEATURE).modified_unix_ms = NOW + 1000,
        &[],
        "",
    ),
    ("its file changed after the start", |_, o| edited(o), &["WorkerRunning PKG1: RestartService"], ""),
    (
        "the log string changed after the start, by the primary's clock",
        |d, o| {
            instance(o, 0).clock_unix_ms = NOW - 3_600_000;
            d.master.log_database_revision = Some(NOW - 3_600_000 - 1000);
        },
        &["WorkerRunning PKG1: RestartService"],
        "not_before_unix_ms: 1899999999000",
    ),
    (
        "its file changed after the start and tasks run there",
        |_, o| {
            edited(o);
            busy(o);
        },
        &["WorkerRunning PKG1: Waiting TasksRunning"],
        "",
    ),
    (
        "its file changed after the start, tasks run there, and the wait for them is over",
        |_, o| {
            edited(o);
            busy(o);
            o.waits.insert("WorkerRunning PKG1".into(), NOW - 600_000);
        },
        &["WorkerRunning PKG1: RestartService"],
        "",
    ),
    (
        "its file changed after the start, tasks run there, and the wait has no end",
        |d, o| {
            edited(o);
            busy(o);
            d.drain_timeout_seconds = None;
            o.waits.insert("WorkerRunning PKG1".into(), 0);
        },
        &["WorkerRunning PKG1: Blocked TasksRunning"],
        "",
    ),
    (
        "its file changed after the start and spec allows no disruption",
        |d, o| {
            edited(o);
            d.policy.disruption_allowed = false;
        },
        &["WorkerRunning PKG1: Blocked DisruptionNotAllowed"],
        "",
    ),
    (
        "its file changed after the start, spec allows no disruption, and it is given no tasks",
        |d, o| {
            edited(o);
            row(o).enabled = false;
            (d.policy.disruption_allowed, d.enabled) = (false, false);
        },
        &["WorkerRunning PKG1: RestartService"],
        "",
    ),
    (
        "its file changed after the start and it never registered",
        |_, o| {
            edited(o);
            catalog(o).workers = Fact::Known(Vec::new());
        },
        &[
            "WorkerRunning PKG1: RestartService",
            "WorkerRegistered PKG1: Waiting WorkerNotRegistered",
            "WorkerHeartbeat PKG1: Waiting WorkerNotRegistered",
            "WorkerEnabled PKG1: Waiting WorkerNotRegistered",
        ],
        "",
    ),
    (
        "its row is of an earlier installation",
        |_, o| row(o).agent_id = "other".into(),
        &["WorkerRegistered PKG1: Waiting WorkerNotRegistered"],
        "",
    ),
    (
        "its heartbeat is stale",
        |_, o| row(o).age_seconds = 181,
        &["WorkerHeartbeat PKG1: Waiting WorkerHeartbeatStale"],
        "",
    ),
    ("it is disabled", |_, o| row(o).enabled = false, &["WorkerEnabled PKG1: EnableWorker"], AGENT_ID),
    (
        "it shall be disabled",
        |d, _| d.enabled = false,
        &["WorkerEnabled PKG1: DisableWorker"],
        "regardless: false",
    ),
    (
        "it shall be disabled and tasks run there",
        |d, o| {
            d.enabled = false;
            busy(o);
        },
        &["WorkerEnabled PKG1: Waiting WorkerDraining"],
        "",
    ),
    (
        "it shall be disabled, tasks run there, and the drain is over",
        |d, o| {
            d.enabled = false;
            busy(o);
            o.waits.insert("WorkerEnabled PKG1".into(), NOW - 600_000);
        },
        &["WorkerEnabled PKG1: DisableWorker"],
        "regardless: true",
    ),
    (
        "it shall be disabled, tasks run there, and the drain has no end",
        |d, o| {
            d.enabled = false;
            busy(o);
            d.drain_timeout_seconds = None;
        },
        &["WorkerEnabled PKG1: Blocked WorkerDraining"],
        "",
    ),
];

#[test]
fn each_drift_of_a_worker_gets_its_op() {
    check(&WORKER, ROWS);
}

/// A worker on a node of the group: set-up there needs leave.
#[test]
fn set_up_beside_the_group_needs_leave() {
    let (mut desired, mut observed) = ((WORKER.desired)(), crate::tests::fixture::converged());
    desired.node = crate::tests::fixture::name("QRY2");
    desired.policy.disruption_allowed = false;
    let seen = super::lines(&WORKER.plan(&desired, &observed));
    assert!(seen.contains(&"WorkerInstalled QRY2: Blocked DisruptionNotAllowed".to_owned()), "{seen:?}");
    crate::tests::fixture::database(&mut observed, 1).in_group = false;
    let seen = super::lines(&WORKER.plan(&desired, &observed));
    assert!(seen.contains(&"WorkerInstalled QRY2: InstallFeature".to_owned()), "{seen:?}");
}
