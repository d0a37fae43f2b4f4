//! The master's chain on its nodes: installation, account, certificate, settings.

use super::{MASTER, Row, check};
use crate::tests::fixture::{
    MASTER_ACCOUNT, NODES, handle, master_thumbprint, name, node, service, settings, stored,
    worker_thumbprint,
};
use scaleout_model::desired::{
    DesiredCertificate, DesiredMaster, Installation, Rollout, SecretSlot, ServiceAccount,
};
use scaleout_model::fact::Fact;
use scaleout_model::names::{AccountName, DnsName, MediaKey};
use scaleout_model::node::{Feature, RunningOp, StartType, Store};
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::verdict::WaitingOn;
use scaleout_model::version::SqlVersion;

const FEATURE: Feature = Feature::ScaleOutMaster;

/// Takes the feature, its service and its file away.
fn uninstall(observed: &mut Observed, on: &str) {
    let facts = node(observed, on);
    let Fact::Known(features) = &mut facts.features else { panic!("known") };
    features.retain(|installed| installed.feature != FEATURE);
    (facts.services, facts.settings) = (Fact::Known(Vec::new()), Fact::Known(Vec::new()));
}

/// The rows.
pub(super) const ROWS: &[Row<DesiredMaster>] = &[
    (
        "another master has claimed a node",
        |_, o| node(o, "QRY2").agent.claims[1].namespace = "other".into(),
        &["MasterNodesReady QRY2: Blocked ClaimedByOther"],
        "",
    ),
    (
        "the certificate is not made yet",
        |d, _| d.certificate = DesiredCertificate::ToGenerate { names: vec![DnsName::new("is-master")] },
        &["CertificateDecided site: GenerateCertificate"],
        "is-master",
    ),
    (
        "the certificate can't be used",
        |d, _| {
            let why = WaitingOn { reason: Reason::CertificateNameMissing, message: "no such name".into() };
            d.certificate = DesiredCertificate::Unusable(why);
        },
        &[
            "CertificateDecided site: Blocked CertificateNameMissing",
            "CertificateImported QRY1: Blocked CertificateNameMissing",
            "CertificateImported QRY2: Blocked CertificateNameMissing",
            "MasterKeyAccess QRY1: Blocked CertificateNameMissing",
            "MasterKeyAccess QRY2: Blocked CertificateNameMissing",
            "TlsBinding QRY1: Blocked CertificateNameMissing",
            "TlsBinding QRY2: Blocked CertificateNameMissing",
            "MasterSettings QRY1: Blocked CertificateNameMissing",
            "MasterSettings QRY2: Blocked CertificateNameMissing",
        ],
        "",
    ),
    (
        "the certificate is not on a node",
        |_, o| node(o, "QRY2").certificates = Fact::Known(Vec::new()),
        &["CertificateImported QRY2: ImportKeyPair"],
        "store: Root",
    ),
    (
        "the certificate lacks its key on a node",
        |_, o| stored(o, "QRY2", Store::Root, master_thumbprint()).has_private_key = false,
        &["CertificateImported QRY2: ImportKeyPair"],
        "master-cert",
    ),
    (
        "an existing certificate is not on a node",
        |d, o| {
            d.certificate = DesiredCertificate::Existing(master_thumbprint());
            node(o, "QRY2").certificates = Fact::Known(Vec::new());
        },
        &["CertificateImported QRY2: Blocked CertificateMissing"],
        "",
    ),
    (
        "the feature is missing beside the group: one node at a time",
        |_, o| {
            for node in NODES {
                uninstall(o, node);
            }
        },
        &["MasterInstalled QRY1: InstallFeature", "MasterInstalled QRY2: Waiting DisruptionInFlight"],
        "port: 8500, thumbprint: Some(",
    ),
    (
        "the feature is missing beside the group: set-up runs on the other",
        |_, o| {
            for node in NODES {
                uninstall(o, node);
            }
            node(o, "QRY2").agent.running.push(RunningOp {
                op: "InstallFeature".into(),
                disruptive: false,
                owner: "etl/ScaleOutMaster/master".into(),
                progress: String::new(),
            });
        },
        &[
            "MasterInstalled QRY1: Waiting DisruptionInFlight",
            "MasterInstalled QRY2: Waiting InstallationRunning",
        ],
        "",
    ),
    (
        "the feature is missing and spec allows no disruption",
        |d, o| {
            d.policy.disruption_allowed = false;
            uninstall(o, "QRY2");
        },
        &["MasterInstalled QRY2: Blocked DisruptionNotAllowed"],
        "",
    ),
    (
        "the feature is missing and spec does not let us install it",
        |d, o| {
            d.installation = Installation::Never;
            uninstall(o, "QRY2");
        },
        &["MasterInstalled QRY2: Blocked InstallationNotAllowed"],
        "",
    ),
    (
        "the feature is missing and the agent has no such media",
        |d, o| {
            d.installation = Installation::IfAbsent(MediaKey::new("other"));
            uninstall(o, "QRY2");
        },
        &["MasterInstalled QRY2: Blocked MediaMissing"],
        "",
    ),
    (
        "the feature is missing and Windows waits for a restart",
        |_, o| {
            node(o, "QRY2").pending_reboot = Fact::Known(true);
            uninstall(o, "QRY2");
        },
        &["MasterInstalled QRY2: Blocked PendingReboot"],
        "",
    ),
    (
        "spec names another version",
        |d, _| d.version = Some(SqlVersion::V2022),
        &[
            "MasterInstalled QRY1: Blocked VersionDiffers",
            "MasterInstalled QRY2: Blocked VersionDiffers",
            "MasterAccount QRY1: Blocked VersionDiffers",
            "MasterAccount QRY2: Blocked VersionDiffers",
            "ServiceOnDemand QRY1: Blocked VersionDiffers",
            "ServiceOnDemand QRY2: Blocked VersionDiffers",
            "MasterKeyAccess QRY1: Blocked VersionDiffers",
            "MasterKeyAccess QRY2: Blocked VersionDiffers",
            "MasterSettings QRY1: Blocked VersionDiffers",
            "MasterSettings QRY2: Blocked VersionDiffers",
            "ClusteredRole site: Blocked VersionDiffers",
            "MasterRestarted site: Blocked VersionDiffers",
        ],
        "",
    ),
    (
        "the service has another account",
        |_, o| service(o, "QRY2", FEATURE).account = AccountName::new(r"NT Service\SSISScaleOutMaster150"),
        &["MasterAccount QRY2: SetServiceAccount"],
        "is-master",
    ),
    (
        "the account's Secret is another version",
        |d, _| {
            let mut password = handle("master-account", "password");
            password.resource_version = "2".into();
            d.account = ServiceAccount::Named {
                account: AccountName::new(MASTER_ACCOUNT),
                password: SecretSlot::Present(password),
            };
        },
        &["MasterAccount QRY1: SetServiceAccount", "MasterAccount QRY2: SetServiceAccount"],
        "resource_version: \"2\"",
    ),
    (
        "the account's Secret is missing",
        |d, _| {
            d.account = ServiceAccount::Named {
                account: AccountName::new(MASTER_ACCOUNT),
                password: SecretSlot::Missing("no Secret".into()),
            };
        },
        &["MasterAccount QRY1: Blocked SecretRequired", "MasterAccount QRY2: Blocked SecretRequired"],
        "",
    ),
    (
        "the service starts at boot",
        |_, o| service(o, "QRY1", FEATURE).start_type = StartType::Automatic,
        &["ServiceOnDemand QRY1: ConfigureService"],
        "start_type: Manual, clear_recovery_actions: true",
    ),
    (
        "the service control manager restarts the service",
        |_, o| service(o, "QRY2", FEATURE).recovery_actions = true,
        &["ServiceOnDemand QRY2: ConfigureService"],
        "",
    ),
    (
        "the account may not read the key",
        |_, o| stored(o, "QRY2", Store::Root, master_thumbprint()).key_readers.clear(),
        &["MasterKeyAccess QRY2: GrantKeyRead"],
        "is-master",
    ),
    (
        "another certificate is bound",
        |_, o| {
            let Fact::Known(bindings) = &mut node(o, "QRY1").bindings else { panic!("known") };
            bindings[0].thumbprint = worker_thumbprint();
        },
        &["TlsBinding QRY1: BindCertificate"],
        "expected: Some(",
    ),
    (
        "nothing is bound",
        |_, o| node(o, "QRY2").bindings = Fact::Known(Vec::new()),
        &["TlsBinding QRY2: BindCertificate"],
        "expected: None",
    ),
    (
        "a worker does not trust the new certificate yet",
        |d, o| {
            let replaces = Some(worker_thumbprint());
            d.rollout = Rollout { replaces, untrusting: vec!["pkg1".into()] };
            node(o, "QRY2").bindings = Fact::Known(Vec::new());
        },
        &[
            "TlsBinding QRY1: Waiting MasterCertificateUntrusted",
            "TlsBinding QRY2: Waiting MasterCertificateUntrusted",
            "MasterSettings QRY1: Waiting MasterCertificateUntrusted",
            "MasterSettings QRY2: Waiting MasterCertificateUntrusted",
        ],
        "",
    ),
    (
        "the URL is reserved for nobody",
        |_, o| node(o, "QRY2").reservations = Fact::Known(Vec::new()),
        &["UrlReservation QRY2: ReserveUrl"],
        "port: 8500",
    ),
    (
        "the master's firewall rule is missing",
        |_, o| node(o, "QRY2").firewall = Fact::Known(Vec::new()),
        &["MasterFirewall QRY2: EnsureFirewallRule"],
        "port: 8500",
    ),
    (
        "a setting differs",
        |_, o| drop(settings(o, "QRY2", FEATURE).values.insert("PortNumber".into(), "8391".into())),
        &["MasterSettings QRY2: WriteSettings"],
        r#"expected_digest: "d0", values: {"PortNumber": "8500"}"#,
    ),
    (
        "a settings file can't be read",
        |_, o| settings(o, "QRY2", FEATURE).format = None,
        &["MasterSettings QRY2: Blocked SettingsFileUnreadable"],
        "",
    ),
    (
        "the group does not report its listener",
        |d, o| {
            d.group.listener = None;
            settings(o, "QRY2", FEATURE).values.clear();
        },
        &[
            "MasterSettings QRY1: Waiting ReferenceNotReady",
            "MasterSettings QRY2: Waiting ReferenceNotReady",
            "LogDatabase site: Waiting ReferenceNotReady",
        ],
        "",
    ),
];

#[test]
fn each_drift_of_a_master_node_gets_its_op() {
    check(&MASTER, ROWS);
}

/// A machine of another name at the agent's endpoint holds everything up: it is somebody else's.
#[test]
fn a_wrong_peer_bars_every_write() {
    let (desired, mut observed) = ((MASTER.desired)(), crate::tests::fixture::converged());
    node(&mut observed, "QRY1").bindings = Fact::Known(Vec::new());
    let wrong = Fact::unknown(scaleout_model::fact::CauseKind::WrongPeer, "this is QRY7");
    observed.nodes.insert(name("QRY2"), wrong);
    assert_eq!(MASTER.plan(&desired, &observed).ops().count(), 0);
}
