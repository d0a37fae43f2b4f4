//! The failure catalogue (domain §9): one cause each, and the documented symptom.

use super::fixture::{
    AGENT, MASTER_ACCOUNT, WORKER_ACCOUNT, converged, edit_settings, instance, issued_certificate,
    master_fresh, node, pass, primary_catalog, worker_fresh,
};
use crate::effect::{ControlEffect, Effect, NodeEffect, Origin};
use crate::explain::{
    MasterRefusal, TlsRefusal, WorkerRefusal, catalog_of_master, log_refusal, master_of_worker,
};
use crate::network::NoConnection;
use crate::state::Sid;
use crate::{SimSite, effect::Reply};
use scaleout_model::certificate::Thumbprint;
use scaleout_model::names::NodeName;
use scaleout_model::node::{Feature, Store};
use scaleout_model::version::SqlVersion;

pub(super) fn worker_reason(site: &SimSite) -> Option<WorkerRefusal> {
    let name = NodeName::new("ETL01");
    let service = site.site.nodes[&name].service_named("SSISScaleOutWorker150").unwrap();
    master_of_worker(&site.site, &name, service).err()
}

fn master_reason(site: &SimSite) -> Option<MasterRefusal> {
    let name = NodeName::new("SQL01");
    let service = site.site.nodes[&name].service_named("SSISScaleOutMaster150").unwrap();
    catalog_of_master(&site.site, &name, service).err()
}

fn restart(site: &mut SimSite, name: &str, service: &str) {
    let effect = ControlEffect::RestartService { node: name.into(), service: service.into() };
    site.apply(&Effect::Control(effect), &Origin::Control).unwrap();
    pass(site, 500);
}

pub(super) fn control(site: &mut SimSite, effect: ControlEffect) -> Result<Reply, crate::Refused> {
    site.apply(&Effect::Control(effect), &Origin::Control)
}

fn master_cert(site: &SimSite) -> Thumbprint {
    let root = &site.site.nodes[&NodeName::new("SQL01")].certificates.root;
    *root.iter().find(|(_, cert)| cert.key.is_some()).unwrap().0
}

fn worker_cert(site: &SimSite) -> Thumbprint {
    *site.site.nodes[&NodeName::new("ETL01")].certificates.my.keys().next().unwrap()
}

#[test]
fn the_converged_site_is_healthy() {
    let mut site = converged();
    assert_eq!(master_reason(&site), None);
    assert_eq!(worker_reason(&site), None);
    let report = crate::explain::report(&site.site);
    assert_eq!(report.len(), 5);
    assert!(report.iter().all(|one| one.refusal.is_none()), "{report:?}");
    assert!(master_fresh(&mut site));
    assert!(worker_fresh(&mut site));
    let catalog = primary_catalog(&site);
    assert_eq!(catalog.property("MACHINE_NAME"), "SQL01");
    assert_eq!(catalog.property("MACHINE_IP"), "10.0.0.11");
    assert_eq!(catalog.property("SSLCERT_THUMBPRINT"), master_cert(&site).to_string());
    assert_eq!(catalog.property("MASTER_ADDRESS"), "https://ssis-master.corp.example:8391");
    assert_eq!(catalog.worker_agents[AGENT].user_account, WORKER_ACCOUNT);
    assert_eq!(log_refusal(&site.site, &"ETL01".into(), catalog), Ok("SQL01".into()));
}

/// A change of the cause, and the worker's reason that must follow from it.
type Cause = (&'static str, fn(&mut SimSite), fn(&WorkerRefusal) -> bool);

const WORKER_CAUSES: [Cause; 15] = [
    ("#3 firewall of the owner", close_firewall, |r| {
        *r == WorkerRefusal::EndpointNotFound(NoConnection::Firewall)
    }),
    (
        "#3 port of the endpoint",
        |s| {
            edit_settings(s, "ETL01", Feature::ScaleOutWorker, ":8391", ":8392");
            restart(s, "ETL01", "SSISScaleOutWorker150");
        },
        |r| matches!(r, WorkerRefusal::EndpointNotFound(_)),
    ),
    (
        "#3 name of the endpoint",
        |s| {
            edit_settings(s, "ETL01", Feature::ScaleOutWorker, "https://ssis-master.", "https://other.");
            restart(s, "ETL01", "SSISScaleOutWorker150");
        },
        |r| *r == WorkerRefusal::EndpointNotFound(NoConnection::NameUnknown),
    ),
    (
        "#4 master not in the worker's Root",
        |s| {
            let thumbprint = master_cert(s);
            node(s, "ETL01", NodeEffect::DeleteCertificate { store: Store::Root, thumbprint }).unwrap();
        },
        |r| *r == WorkerRefusal::MasterUntrusted,
    ),
    (
        "#4, #29 host not in the certificate",
        |s| {
            edit_settings(
                s,
                "ETL01",
                Feature::ScaleOutWorker,
                "https://ssis-master.corp.example",
                "https://sql01.corp.example",
            );
            restart(s, "ETL01", "SSISScaleOutWorker150");
        },
        |r| *r == WorkerRefusal::NameMismatch,
    ),
    (
        "#4 thumbprint",
        |s| {
            let pinned = master_cert(s).to_string();
            edit_settings(s, "ETL01", Feature::ScaleOutWorker, &pinned, &"AB".repeat(20));
            restart(s, "ETL01", "SSISScaleOutWorker150");
        },
        |r| *r == WorkerRefusal::ThumbprintMismatch,
    ),
    (
        "#4 clock beyond the certificate",
        |s| {
            s.site.nodes.get_mut(&NodeName::new("ETL01")).unwrap().clock_skew_ms = i64::MAX / 4;
        },
        |r| *r == WorkerRefusal::Expired,
    ),
    (
        "#5 key of the worker",
        |s| {
            let etl = s.site.nodes.get_mut(&NodeName::new("ETL01")).unwrap();
            etl.certificates.my.values_mut().for_each(|cert| cert.key_readers.clear());
        },
        |r| *r == WorkerRefusal::PrivateKeyAccess,
    ),
    (
        "#5 certificate of the worker gone",
        |s| {
            let thumbprint = worker_cert(s);
            node(s, "ETL01", NodeEffect::DeleteCertificate { store: Store::My, thumbprint }).unwrap();
        },
        |r| *r == WorkerRefusal::OwnCertificateMissing,
    ),
    (
        "#6 worker not in the owner's Root",
        |s| {
            let thumbprint = worker_cert(s);
            node(s, "SQL01", NodeEffect::DeleteCertificate { store: Store::Root, thumbprint }).unwrap();
        },
        |r| *r == WorkerRefusal::Forbidden,
    ),
    (
        "#6 issued certificate in the owner's Root",
        |s| {
            let add = NodeEffect::AddCertificate { store: Store::Root, der: issued_certificate(), key: None };
            node(s, "SQL01", add).unwrap();
        },
        |r| *r == WorkerRefusal::ForbiddenByRootStore,
    ),
    (
        "#7 binding missing",
        |s| {
            node(s, "SQL01", NodeEffect::DeleteBinding { port: 8391 }).unwrap();
        },
        |r| *r == WorkerRefusal::TlsBindingWrong(TlsRefusal::NoBinding),
    ),
    (
        "#7 key of the master",
        |s| {
            let sql = s.site.nodes.get_mut(&NodeName::new("SQL01")).unwrap();
            sql.certificates.root.values_mut().for_each(|cert| cert.key_readers.clear());
        },
        |r| *r == WorkerRefusal::TlsBindingWrong(TlsRefusal::KeyNotReadable),
    ),
    (
        "master service stopped outside of the cluster's view",
        |s| {
            s.site.cluster.as_mut().unwrap().groups.get_mut(&"ssis-master".into()).unwrap().wanted_online =
                false;
        },
        |r| matches!(r, WorkerRefusal::EndpointNotFound(_)),
    ),
    (
        "#50 master without login",
        |s| {
            instance(s, "SQL01").logins.remove(&MASTER_ACCOUNT.into());
        },
        |r| *r == WorkerRefusal::MasterWithoutCatalog(MasterRefusal::LoginMissing("SQL01".into())),
    ),
];

#[test]
fn each_cause_keeps_the_worker_away_by_itself() {
    let healthy = converged();
    for (name, cause, reason) in WORKER_CAUSES {
        let mut site = healthy.clone();
        assert!(worker_fresh(&mut site), "{name}: fresh before");
        cause(&mut site);
        pass(&mut site, 500);
        let refusal = worker_reason(&site).unwrap_or_else(|| panic!("{name}: no reason"));
        assert!(reason(&refusal), "{name}: {refusal:?} {}", refusal.text());
        assert!(!worker_fresh(&mut site), "{name}: stale after");
    }
}

fn close_firewall(site: &mut SimSite) {
    let rule = NodeEffect::SetFirewallRule {
        name: "master".into(),
        group: "test".into(),
        port: 8391,
        enabled: false,
    };
    node(site, "SQL01", rule).unwrap();
}

#[test]
fn client_auth_trust_mode_lifts_the_403_of_foreign_roots() {
    let mut site = converged();
    let add = NodeEffect::AddCertificate { store: Store::Root, der: issued_certificate(), key: None };
    node(&mut site, "SQL01", add).unwrap();
    assert!(!worker_fresh(&mut site));
    site.site.nodes.get_mut(&NodeName::new("SQL01")).unwrap().client_auth_trust_mode = Some(2);
    assert!(worker_fresh(&mut site));
}

/// A change of the cause, and the master's reason that must follow from it.
type MasterCause = (&'static str, fn(&mut SimSite), fn(&MasterRefusal) -> bool);

const MASTER_CAUSES: [MasterCause; 6] = [
    (
        "#1, #16 SqlServerName",
        |s| {
            edit_settings(
                s,
                "SQL01",
                Feature::ScaleOutMaster,
                "ssisdb-lsnr.corp.example,1433",
                "nowhere,1433",
            );
            restart(s, "SQL01", "SSISScaleOutMaster150");
        },
        |r| matches!(r, MasterRefusal::SqlServerUnreachable(..)),
    ),
    (
        "port of the listener",
        |s| {
            edit_settings(s, "SQL01", Feature::ScaleOutMaster, "example,1433", "example,1434");
            restart(s, "SQL01", "SSISScaleOutMaster150");
        },
        |r| matches!(r, MasterRefusal::SqlServerUnreachable(..)),
    ),
    (
        "#50 login missing",
        |s| {
            instance(s, "SQL01").logins.remove(&MASTER_ACCOUNT.into());
        },
        |r| matches!(r, MasterRefusal::LoginMissing(_)),
    ),
    (
        "login with another SID",
        |s| {
            instance(s, "SQL01").logins.get_mut(&MASTER_ACCOUNT.into()).unwrap().sid =
                Sid::of_sql_login("other");
        },
        |r| matches!(r, MasterRefusal::LoginMissing(_)),
    ),
    (
        "not ssis_admin",
        |s| {
            let content = instance(s, "SQL01").database_mut("SSISDB").unwrap().content_mut();
            content.users.get_mut(&MASTER_ACCOUNT.into()).unwrap().roles.clear();
        },
        |r| matches!(r, MasterRefusal::NotCatalogAdmin(_)),
    ),
    (
        "settings unreadable",
        |s| {
            super::fixture::settings(s, "SQL01", Feature::ScaleOutMaster, "PortNumber=8391");
            restart(s, "SQL01", "SSISScaleOutMaster150");
        },
        |r| *r == MasterRefusal::SettingsUnreadable,
    ),
];

#[test]
fn each_cause_keeps_the_master_from_its_catalog() {
    let healthy = converged();
    for (name, cause, reason) in MASTER_CAUSES {
        let mut site = healthy.clone();
        assert!(master_fresh(&mut site), "{name}: fresh before");
        cause(&mut site);
        pass(&mut site, 500);
        let refusal = master_reason(&site).unwrap_or_else(|| panic!("{name}: no reason"));
        assert!(reason(&refusal), "{name}: {refusal:?} {}", refusal.text());
        assert!(!master_fresh(&mut site), "{name}: stale after");
    }
}

#[test]
fn a_changed_file_counts_from_the_next_start() {
    let mut site = converged();
    edit_settings(&mut site, "ETL01", Feature::ScaleOutWorker, ":8391", ":8392");
    assert!(worker_fresh(&mut site), "#13: nothing changes before the restart");
    restart(&mut site, "ETL01", "SSISScaleOutWorker150");
    assert!(!worker_fresh(&mut site));
}

#[test]
fn a_file_edited_by_hand_is_as_old_as_the_edit() {
    let mut site = converged();
    let file = |site: &SimSite| {
        let node = &site.site.nodes[&NodeName::new("ETL01")];
        node.feature(Feature::ScaleOutWorker, SqlVersion::V2019).unwrap().settings.clone().unwrap()
    };
    let before = file(&site);
    pass(&mut site, 500);
    let path = "/nodes/ETL01/features/ScaleOutWorker150/settings";
    let set = |path: String, value: serde_json::Value| Effect::Set(path, value);
    site.apply(&set(format!("{path}/bytes"), "{}".into()), &Origin::Control).unwrap();
    let edited = file(&site);
    assert_eq!(edited.modified_ms, before.modified_ms.max(site.site.now_ms));
    pass(&mut site, 500);
    site.apply(&set("/latencies/failoverMs".into(), 7.into()), &Origin::Control).unwrap();
    assert_eq!(file(&site), edited, "#13: other changes leave it alone");
}
