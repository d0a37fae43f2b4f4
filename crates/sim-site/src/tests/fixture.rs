//! The demo site, converged: by effects where the machines are concerned, by hand inside of SQL Server.

use super::fixture_sql::{build_group, build_logins};
use crate::effect::{ClusterEffect, Effect, InstallRequest, NodeEffect, Origin, Refused, Reply};
use crate::state::{Bytes, Catalog, Instance, Login, LoginKind, Secret, Sid, certificate_facts};
use crate::{SimSite, Site, site_file};
use scaleout_model::certificate::Thumbprint;
use scaleout_model::names::{AccountName, NodeName};
use scaleout_model::node::{Feature, Store};
use scaleout_model::version::SqlVersion;
use std::collections::BTreeSet;

/// 2026-01-01T00:00:00Z.
pub(super) const START_MS: i64 = 1_767_225_600_000;
pub(super) const AGENT: &str = "6583054a-e915-4c2a-80e4-c765e79ef61d";
pub(super) const LOG_PASSWORD: &str = "log password";
pub(super) const MASTER_ACCOUNT: &str = r"CORP\svc-ssis-master";
pub(super) const WORKER_ACCOUNT: &str = r"CORP\svc-ssis-worker";
const DEMO: &str = include_str!("../../../../tests/sites/demo.yaml");

pub(super) fn demo() -> SimSite {
    SimSite::new(site_file::read(DEMO, START_MS).unwrap())
}

pub(super) fn node(site: &mut SimSite, name: &str, effect: NodeEffect) -> Result<Reply, Refused> {
    site.apply(&Effect::Node(name.into(), effect), &Origin::Control)
}

pub(super) fn cluster(site: &mut SimSite, effect: ClusterEffect) -> Result<Reply, Refused> {
    site.apply(&Effect::Cluster("SQL01".into(), effect), &Origin::Control)
}

/// Lets `ms` go by in steps of 100 ms.
pub(super) fn pass(site: &mut SimSite, ms: i64) {
    step(site, ms, 100);
}

/// Lets `ms` go by in steps of one second.
pub(super) fn pass_slowly(site: &mut SimSite, ms: i64) {
    step(site, ms, 1_000);
}

fn step(site: &mut SimSite, ms: i64, step_ms: i64) {
    let end = site.site.now_ms + ms;
    while site.site.now_ms < end {
        let next = (site.site.now_ms + step_ms).min(end);
        site.tick(next);
    }
}

/// A self-signed certificate with its key.
pub(super) fn certificate(names: &[&str]) -> (Bytes, Secret) {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut parameters =
        rcgen::CertificateParams::new(names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>()).unwrap();
    parameters.distinguished_name.push(rcgen::DnType::CommonName, names[0]);
    let certificate = parameters.self_signed(&key).unwrap();
    assert!(certificate_facts(certificate.der()).unwrap().self_signed);
    (Bytes::new(certificate.der().to_vec()), Secret::new(key.serialize_pem()))
}

/// A certificate that another signed.
pub(super) fn issued_certificate() -> Bytes {
    let authority_key = rcgen::KeyPair::generate().unwrap();
    let mut authority = rcgen::CertificateParams::new(vec![]).unwrap();
    authority.distinguished_name.push(rcgen::DnType::CommonName, "authority");
    let issuer = rcgen::Issuer::from_params(&authority, &authority_key);
    let key = rcgen::KeyPair::generate().unwrap();
    let mut leaf = rcgen::CertificateParams::new(vec!["leaf".to_owned()]).unwrap();
    leaf.distinguished_name.push(rcgen::DnType::CommonName, "leaf");
    Bytes::new(leaf.signed_by(&key, &issuer).unwrap().der().to_vec())
}

pub(super) fn instance<'a>(site: &'a mut SimSite, name: &str) -> &'a mut Instance {
    site.site.instance_mut(&name.into()).unwrap()
}

pub(super) fn sid_of(site: &Site, account: &str) -> Sid {
    site.account_sid(&"SQL01".into(), &AccountName::new(account)).unwrap()
}

pub(super) fn login(sid: Sid, kind: LoginKind) -> Login {
    Login {
        id: 300,
        sid,
        kind,
        disabled: false,
        policy_checked: false,
        expiration_checked: false,
        default_database: "master".to_owned(),
        roles: BTreeSet::new(),
        created_ms: START_MS,
        modified_ms: START_MS,
    }
}

/// The whole site, converged; one worker on ETL01.
pub(super) fn converged() -> SimSite {
    let mut site = demo();
    build_group(&mut site);
    build_master(&mut site);
    build_worker(&mut site);
    pass(&mut site, 10_000);
    site
}

/// Master features, certificate, settings, logins, catalog properties and the clustered role.
fn build_master(site: &mut SimSite) {
    let (der, key) = certificate(&["ssis-master.corp.example", "ssis-master"]);
    let thumbprint = Thumbprint::of_der(der.as_slice());
    for name in ["SQL01", "SQL02"] {
        let add = NodeEffect::AddCertificate { store: Store::Root, der: der.clone(), key: Some(key.clone()) };
        node(site, name, add).unwrap();
        install(site, name, Feature::ScaleOutMaster, Some(thumbprint), None);
        set_account(site, name, "SSISScaleOutMaster150", MASTER_ACCOUNT, "svc-ssis-master of the demo site");
        let grant =
            NodeEffect::GrantKeyRead { store: Store::Root, thumbprint, account: MASTER_ACCOUNT.into() };
        node(site, name, grant).unwrap();
        let text = format!(
            "{{\"PortNumber\": 8391, \"SSLCertThumbprint\": \"{thumbprint}\", \
             \"SqlServerName\": \"ssisdb-lsnr.corp.example,1433\", \"MasterHeartbeatIntervalInMs\": 1000}}"
        );
        settings(site, name, Feature::ScaleOutMaster, &text);
        let rule = NodeEffect::SetFirewallRule {
            name: "master".into(),
            group: "test".into(),
            port: 8391,
            enabled: true,
        };
        node(site, name, rule).unwrap();
    }
    build_logins(site);
    build_role(site);
}

fn build_role(site: &mut SimSite) {
    let create = |resource: &str, kind: &str| ClusterEffect::CreateResource {
        group: "ssis-master".into(),
        resource: resource.into(),
        type_name: kind.into(),
    };
    let set = |resource: &str, values: &[(&str, &str)]| ClusterEffect::SetProperties {
        resource: resource.into(),
        properties: values.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
    };
    let depend = |resource: &str, on: &str| ClusterEffect::SetDependencies {
        resource: resource.into(),
        expression: on.into(),
    };
    let address =
        [("Address", "10.0.0.50"), ("SubnetMask", "255.255.255.0"), ("Network", "Cluster Network 1")];
    for effect in [
        ClusterEffect::CreateGroup { group: "ssis-master".into() },
        create("ip", "IP Address"),
        set("ip", &address),
        create("name", "Network Name"),
        set("name", &[("DnsName", "ssis-master")]),
        depend("name", "[ip]"),
        create("service", "Generic Service"),
        set("service", &[("ServiceName", "SSISScaleOutMaster150")]),
        depend("service", "[name]"),
        ClusterEffect::OnlineGroup { group: "ssis-master".into() },
    ] {
        cluster(site, effect).unwrap();
    }
    pass(site, 1_000);
}

/// One worker on ETL01, trusted both ways, registered and enabled.
fn build_worker(site: &mut SimSite) {
    let (der, key) = certificate(&["ETL01"]);
    let own = Thumbprint::of_der(der.as_slice());
    let master = site.site.nodes[&NodeName::new("SQL01")].certificates.root.clone();
    let (pinned, master) = master.iter().find(|(_, cert)| cert.key.is_some()).unwrap();
    for name in ["SQL01", "SQL02", "ETL01"] {
        node(site, name, NodeEffect::AddCertificate { store: Store::Root, der: der.clone(), key: None })
            .unwrap();
    }
    let public = NodeEffect::AddCertificate { store: Store::Root, der: master.der.clone(), key: None };
    node(site, "ETL01", public).unwrap();
    node(site, "ETL01", NodeEffect::AddCertificate { store: Store::My, der, key: Some(key) }).unwrap();
    install(site, "ETL01", Feature::ScaleOutWorker, None, Some("ssis-master.corp.example"));
    set_account(site, "ETL01", "SSISScaleOutWorker150", WORKER_ACCOUNT, "svc-ssis-worker of the demo site");
    let grant =
        NodeEffect::GrantKeyRead { store: Store::My, thumbprint: own, account: WORKER_ACCOUNT.into() };
    node(site, "ETL01", grant).unwrap();
    let text = format!(
        "{{\"MasterEndpoint\": \"https://ssis-master.corp.example:8391\", \"MasterHttpsCertThumbprint\": \"{pinned}\", \
         \"WorkerHttpsCertThumbprint\": \"{own}\", \"AgentHeartbeatInterval\": \"00:00:01\", \"AgentId\": \"{AGENT}\"}}"
    );
    settings(site, "ETL01", Feature::ScaleOutWorker, &text);
    node(site, "ETL01", NodeEffect::StartService { service: "SSISScaleOutWorker150".into() }).unwrap();
    pass(site, 1_000);
    let content = instance(site, "SQL01").database_mut("SSISDB").unwrap().content_mut();
    let catalog = content.catalog.as_mut().unwrap();
    let row = catalog.worker_agents.get_mut(AGENT).expect("the worker registered");
    assert!(!row.enabled, "a new worker is disabled");
    row.enabled = true;
}

fn install(
    site: &mut SimSite,
    name: &str,
    feature: Feature,
    thumbprint: Option<Thumbprint>,
    master: Option<&str>,
) {
    let request = InstallRequest {
        feature,
        media: "sql2019".into(),
        port: 8391,
        thumbprint,
        master_host: master.map(str::to_owned),
        made_certificate: None,
    };
    node(site, name, NodeEffect::StartInstall(request)).unwrap();
    pass(site, 2_500);
}

fn set_account(site: &mut SimSite, name: &str, service: &str, account: &str, password: &str) {
    let set = NodeEffect::SetServiceAccount {
        service: service.into(),
        account: account.into(),
        password: Some(Secret::new(password)),
    };
    node(site, name, set).unwrap();
    node(site, name, NodeEffect::GrantServiceLogonRight { account: account.into() }).unwrap();
}

pub(super) fn settings(site: &mut SimSite, name: &str, feature: Feature, text: &str) {
    let replace = NodeEffect::ReplaceSettings {
        feature,
        version: SqlVersion::V2019,
        bytes: Bytes::new(text.to_owned()),
    };
    node(site, name, replace).unwrap();
}

/// The settings file of a feature with one text replaced by another; the service is not restarted.
pub(super) fn edit_settings(site: &mut SimSite, name: &str, feature: Feature, from: &str, to: &str) {
    let node = &site.site.nodes[&NodeName::new(name)];
    let bytes = node.feature(feature, SqlVersion::V2019).unwrap().settings.as_ref().unwrap().bytes.clone();
    let text = String::from_utf8(bytes.as_slice().to_vec()).unwrap();
    assert!(text.contains(from));
    settings(site, name, feature, &text.replace(from, to));
}

/// The catalog on the present primary.
pub(super) fn primary_catalog(site: &SimSite) -> &Catalog {
    let primary = site.site.groups.values().next().unwrap().primary.clone();
    crate::catalog::catalog(&site.site, &primary).unwrap()
}

/// Whether the master wrote its heartbeat within the last three seconds of the site's time.
pub(super) fn master_fresh(site: &mut SimSite) -> bool {
    let before = primary_catalog(site).property("LAST_ONLINE_TIME").to_owned();
    pass(site, 3_000);
    primary_catalog(site).property("LAST_ONLINE_TIME") != before
}

/// Whether the worker refreshed its row within the last three seconds of the site's time.
pub(super) fn worker_fresh(site: &mut SimSite) -> bool {
    pass(site, 3_000);
    primary_catalog(site)
        .worker_agents
        .get(AGENT)
        .is_some_and(|row| row.last_online_ms > site.site.now_ms - 2_500)
}
