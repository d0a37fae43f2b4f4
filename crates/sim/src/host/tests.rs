//! Host calls on the simulated machine.

use super::SimHost;
use crate::site_handle::SiteHandle;
use scaleout_agent::host::{
    ClusterHost, ComputerHost, Host, HostChange, HostErrorKind, HttpHost, MediaProof, MediaSource,
    PropertyValue, ResourceType, ServiceHost, SetupHost, SetupProgress, SetupRequest, Stored,
};
use scaleout_model::names::NodeName;
use scaleout_model::node::{Feature, ServiceState};
use scaleout_model::secret::SecretBytes;
use scaleout_model::version::SqlVersion;
use scaleout_sim_site::faults::Fault;
use scaleout_sim_site::{SimSite, site_file};

const START_MS: i64 = 1_767_225_600_000;

fn handle() -> SiteHandle {
    let yaml = include_str!("../../../../tests/sites/demo.yaml");
    SiteHandle::new(SimSite::new(site_file::read(yaml, START_MS).unwrap()))
}

fn host(site: &SiteHandle, name: &str) -> SimHost {
    SimHost::new(site, &NodeName::new(name)).unwrap()
}

fn pass(site: &SiteHandle, ms: i64) {
    for _ in 0..ms / 100 {
        site.update(|sim| sim.tick(sim.site.now_ms + 100));
    }
}

struct Silent;
impl SetupProgress for Silent {
    fn report(&self, _: &str) {}
}

fn request() -> SetupRequest {
    SetupRequest {
        media: MediaSource {
            setup: r"D:\media\sql2019\setup.exe".into(),
            proof: MediaProof::Publisher("CN=Publisher".into()),
            update_folder: None,
        },
        feature: Feature::ScaleOutWorker,
        version: SqlVersion::V2019,
        port: 8391,
        thumbprint: None,
        master_host: Some("ssis-master.corp.example".into()),
    }
}

#[tokio::test]
async fn the_machine_tells_what_it_is() {
    let site = handle();
    let sql = host(&site, "SQL01");
    assert_eq!(sql.identity().await.unwrap().dns_name.as_str(), "sql01.corp.example");
    assert_eq!(sql.clock_unix_ms().await.unwrap(), START_MS);
    let engines = sql.engines().await.unwrap();
    assert_eq!((engines.len(), engines[0].state), (1, ServiceState::Running));
    assert_eq!(engines[0].account.as_str(), r"CORP\svc-sql");
    assert_eq!(sql.cluster().await.unwrap().unwrap().name, "SQLCLU01");
    assert_eq!(host(&site, "ETL01").cluster().await.unwrap(), None);
    site.update(|sim| sim.site.nodes.get_mut(&NodeName::new("SQL01")).unwrap().up = false);
    assert_eq!(sql.identity().await.unwrap_err().kind, HostErrorKind::Unanswered);
}

#[tokio::test]
async fn setup_runs_to_its_end_and_leaves_a_worker() {
    let site = handle();
    let etl = host(&site, "ETL01");
    let mut changes = etl.changes();
    assert_eq!(etl.verify_media(&request().media).await.unwrap().version, SqlVersion::V2019);
    let running = tokio::spawn({
        let etl = etl.clone();
        async move { etl.run_setup(&request(), &Silent).await }
    });
    site.until(|sim| (!sim.site.nodes[&NodeName::new("ETL01")].installs.is_empty()).then_some(())).await;
    let second = etl.run_setup(&request(), &Silent).await.unwrap_err();
    assert_eq!((second.kind, second.code), (HostErrorKind::NotReady, Some(1618)));
    pass(&site, 2_500);
    assert_eq!(running.await.unwrap().unwrap().code, 0);
    let services = etl.scale_out_services().await.unwrap();
    assert_eq!(services[0].account.as_str(), r"NT SERVICE\SSISScaleOutWorker150");
    let settings = etl.settings(Feature::ScaleOutWorker, SqlVersion::V2019).await.unwrap().unwrap();
    assert!(String::from_utf8(settings.bytes).unwrap().contains("https://ssis-master.corp.example:8391"));
    assert_eq!(changes.recv().await.unwrap(), HostChange::Service("SSISScaleOutWorker150".into()));
}

#[tokio::test]
async fn accounts_are_proved_and_rights_granted() {
    let site = handle();
    let sql = host(&site, "SQL01");
    let account = r"CORP\svc-ssis-master".into();
    let right = SecretBytes::new("svc-ssis-master of the demo site");
    assert_eq!(sql.prove_logon(&account, &right).await, Ok(()));
    let wrong = sql.prove_logon(&account, &SecretBytes::new("wrong")).await.unwrap_err();
    assert_eq!((wrong.kind, wrong.code), (HostErrorKind::Credential, Some(1326)));
    assert_eq!(sql.has_service_logon_right(&account).await, Ok(false));
    sql.grant_service_logon_right(&account).await.unwrap();
    assert_eq!(sql.has_service_logon_right(&account).await, Ok(true));
    let hadr = sql.hadr(&"MSSQLSERVER".into()).await.unwrap().unwrap();
    assert!(!hadr.enabled && hadr.in_effect);
    sql.set_hadr(&"MSSQLSERVER".into(), true).await.unwrap();
    let hadr = sql.hadr(&"MSSQLSERVER".into()).await.unwrap().unwrap();
    assert!(hadr.enabled && !hadr.in_effect);
}

#[tokio::test]
async fn resources_are_created_and_read_back() {
    let site = handle();
    let sql = host(&site, "SQL01");
    sql.create_group(&"cap".into()).await.unwrap();
    assert_eq!(sql.create_group(&"cap".into()).await.unwrap_err().code, Some(5010));
    sql.create_resource(&"cap".into(), "cap ip", ResourceType::IpAddress).await.unwrap();
    let pairs = [("Address", "10.0.0.50"), ("SubnetMask", "255.255.255.0"), ("Network", "Cluster Network 1")];
    let properties =
        pairs.map(|(name, value)| (name.to_owned(), PropertyValue::Text(value.to_owned()))).into();
    assert_eq!(sql.set_private_properties("cap ip", &properties).await, Ok(Stored::InEffect));
    assert_eq!(sql.private_properties("cap ip").await.unwrap()["Address"], properties["Address"]);
    sql.online_group(&"cap".into()).await.unwrap();
    pass(&site, 500);
    let facts = host(&site, "SQL02").cluster().await.unwrap().unwrap();
    assert_eq!(facts.roles[0].state, scaleout_model::node::GroupState::Online);
}

#[tokio::test]
async fn faults_meet_the_next_writes() {
    let site = handle();
    let sql = host(&site, "SQL01");
    let add = |fault| site.update(|sim| sim.faults.add_node("SQL01".into(), fault, 1));
    let account = r"CORP\svc-sql".into();
    let reserve = |port| scaleout_model::node::UrlReservation {
        port,
        account: scaleout_model::names::AccountName::clone(&account),
    };
    add(Fault::Fail);
    assert!(sql.add_url_reservation(&reserve(1)).await.is_err());
    add(Fault::ApplyWithoutAnswer);
    let hanging = tokio::spawn({
        let (sql, reservation) = (sql.clone(), reserve(2));
        async move { sql.add_url_reservation(&reservation).await }
    });
    site.until(|sim| sim.site.nodes[&NodeName::new("SQL01")].reservations.contains_key(&2).then_some(()))
        .await;
    assert!(!hanging.is_finished());
    hanging.abort();
    sql.add_url_reservation(&reserve(3)).await.unwrap();
    let ports: Vec<u16> = sql.url_reservations().await.unwrap().iter().map(|r| r.port).collect();
    assert_eq!(ports, [2, 3]);
}
