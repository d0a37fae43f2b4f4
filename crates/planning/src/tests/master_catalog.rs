//! The master's chain in the catalog: logins, Scale Out, logging, address, health.

use super::{MASTER, Row, check};
use crate::tests::fixture::{MASTER_ACCOUNT, NODES, catalog, instance, service};
use scaleout_model::defaults::LOG_LOGIN;
use scaleout_model::desired::{DesiredMaster, LogLogin, SecretSlot};
use scaleout_model::fact::Fact;
use scaleout_model::names::LoginName;
use scaleout_model::node::{Feature, ServiceState};
use scaleout_model::observed::{EndpointProbe, Observed};
use scaleout_model::reason::Reason;
use scaleout_model::sql::{EvidencePurpose, LoginFacts};
use scaleout_model::verdict::WaitingOn;

fn login<'a>(observed: &'a mut Observed, index: usize, name: &str) -> &'a mut LoginFacts {
    let Fact::Known(logins) = &mut instance(observed, index).logins else { panic!("known") };
    logins.iter_mut().find(|login| login.name == LoginName::new(name)).unwrap()
}

fn forget(observed: &mut Observed, index: usize, name: &str) {
    let Fact::Known(logins) = &mut instance(observed, index).logins else { panic!("known") };
    logins.retain(|login| login.name != LoginName::new(name));
}

/// Before Scale Out was enabled: no master runs.
fn disabled(observed: &mut Observed) {
    catalog(observed).scale_out_enabled = false;
    for node in NODES {
        service(observed, node, Feature::ScaleOutMaster).state = ServiceState::Stopped;
    }
}

/// The rows.
pub(super) const ROWS: &[Row<DesiredMaster>] = &[
    (
        "the master has no login on the secondary",
        |_, o| forget(o, 1, MASTER_ACCOUNT),
        &[r"MasterLogins QRY2\ETL: CreateWindowsLogin"],
        "is-master",
    ),
    (
        "the login of the master's account is disabled on a replica",
        |_, o| login(o, 1, MASTER_ACCOUNT).disabled = true,
        &[r"MasterLogins QRY2\ETL: EnableLogin"],
        "is-master",
    ),
    (
        "the master is no ssis_admin",
        |_, o| {
            let Fact::Known(users) = &mut catalog(o).users else { panic!("known") };
            users[0].roles.clear();
        },
        &["MasterCatalogAdmin site: GrantCatalogAdmin"],
        "is-master",
    ),
    (
        "Scale Out is not enabled",
        |_, o| disabled(o),
        &["ScaleOutEnabled site: EnableScaleOut"],
        r#"replica: "QRY1""#,
    ),
    (
        "Scale Out is not enabled and a master runs",
        |_, o| catalog(o).scale_out_enabled = false,
        &["ScaleOutEnabled site: Blocked ScaleOutNotEnabled"],
        "",
    ),
    (
        "Scale Out is not enabled and the primary's host has no master",
        |d, o| {
            disabled(o);
            drop(d.nodes.remove(0));
        },
        &[
            "ScaleOutEnabled site: Blocked MasterFeatureMissingOnPrimary",
            "ClusteredRole QRY1: Unmanaged",
            "MasterWarnings QRY1: Warned FailoverTargetWithoutMasterFeature",
        ],
        "",
    ),
    (
        "Scale Out is not enabled and SSISDB is in no group yet",
        |_, o| {
            disabled(o);
            crate::tests::fixture::database(o, 0).in_group = false;
        },
        &["ScaleOutEnabled site: Waiting ReferenceNotReady"],
        "",
    ),
    (
        "the log login is missing on the secondary",
        |_, o| forget(o, 1, LOG_LOGIN),
        &[r"LogLoginEqual QRY2\ETL: CopyLogLogin"],
        r#"sid: "C3""#,
    ),
    (
        "the log login has another SID on the secondary",
        |_, o| login(o, 1, LOG_LOGIN).sid = "99".into(),
        &[r"LogLoginEqual QRY2\ETL: CopyLogLogin"],
        "log-login",
    ),
    (
        "the log login was disabled",
        |_, o| login(o, 1, LOG_LOGIN).disabled = true,
        &[r"LogLoginEqual QRY2\ETL: CopyLogLogin"],
        "",
    ),
    (
        "the log login was changed on the primary",
        |_, o| login(o, 0, LOG_LOGIN).modified = "2031-01-01T00:00:00".into(),
        &["LogLoginEqual QRY1: SetLogLoginPassword"],
        "log-login",
    ),
    (
        "an adopted log login is missing",
        |d, o| {
            d.log_login = LogLogin::Adopt;
            login(o, 1, LOG_LOGIN).name = LoginName::new("another");
        },
        &[r"LogLoginEqual QRY2\ETL: Blocked LogLoginMissing"],
        "",
    ),
    (
        "an adopted log login differs",
        |d, o| {
            d.log_login = LogLogin::Adopt;
            login(o, 1, LOG_LOGIN).sid = "99".into();
        },
        &[r"LogLoginEqual QRY2\ETL: Blocked LogLoginSidMismatch"],
        "",
    ),
    (
        "the log login's Secret is missing",
        |d, _| d.log_login = LogLogin::Password(SecretSlot::Missing("no Secret".into())),
        &[
            "LogLoginEqual QRY1: Blocked SecretRequired",
            r"LogLoginEqual QRY2\ETL: Blocked SecretRequired",
            "LogDatabase site: Blocked SecretRequired",
        ],
        "",
    ),
    (
        "the log string leads elsewhere",
        |_, o| drop(catalog(o).master_properties.insert("CLUSTER_LOGDB_SERVER".into(), "QRY1".into())),
        &["LogDatabase site: UpdateLogDatabase"],
        "is-lsnr.corp.example,14330",
    ),
    (
        "the log string is not proved",
        |_, o| o.evidence.retain(|evidence| evidence.purpose != EvidencePurpose::LogDatabase),
        &["LogDatabase site: UpdateLogDatabase"],
        "log-login",
    ),
    (
        "the log string leads elsewhere and no password is given",
        |d, o| {
            d.log_login = LogLogin::Adopt;
            drop(catalog(o).master_properties.remove("CLUSTER_LOGDB_SERVER"));
        },
        &["LogDatabase site: Blocked LogDatabaseDrift"],
        "",
    ),
    (
        "the master address is another",
        |_, o| {
            drop(catalog(o).master_properties.insert("MASTER_ADDRESS".into(), "https://other:8500".into()));
        },
        &["MasterAddress site: UpdateMasterAddress"],
        "https://is-master.corp.example:8500",
    ),
    (
        "the endpoint answers with another certificate",
        |_, o| {
            let reason = Reason::MasterCertificateThumbprintMismatch;
            o.endpoint = Fact::Known(EndpointProbe::Failed(WaitingOn { reason, message: "another".into() }));
        },
        &["EndpointReachable site: Waiting MasterCertificateThumbprintMismatch"],
        "",
    ),
    (
        "the endpoint does not answer",
        |_, o| o.endpoint = Fact::Absent,
        &["EndpointReachable site: Waiting MasterEndpointUnreachable"],
        "",
    ),
    (
        "the heartbeat is stale",
        |_, o| catalog(o).master_age_seconds = Fact::Known(91),
        &["HeartbeatFresh site: Waiting MasterHeartbeatStale"],
        "",
    ),
    (
        "there was never a heartbeat",
        |_, o| catalog(o).master_age_seconds = Fact::Absent,
        &["HeartbeatFresh site: Waiting MasterSsisdbUnreachable"],
        "",
    ),
    (
        "executions do not run in Scale Out by default",
        |_, o| catalog(o).scale_out_default = false,
        &["MasterWarnings site: Warned ScaleOutNotDefault"],
        "",
    ),
];

#[test]
fn each_drift_of_the_catalog_gets_its_op() {
    check(&MASTER, ROWS);
}
