//! The product's SQL port against the simulated SQL Server, over TLS: every op in order converges a two-instance site, a
//! second pass changes nothing, and facts say what is there.

#![expect(clippy::unwrap_used, reason = "a test says by its panic what failed")]
#![expect(clippy::indexing_slicing, reason = "a test says by its panic what failed")]
#![expect(clippy::panic, reason = "a test says by its panic what failed")]

mod scenarios;
mod site;

use scaleout_model::fact::Fact;
use scaleout_model::node::{Feature, StartType};
use scaleout_model::outcome::Outcome;
use scaleout_model::secret::SecretBytes;
use scaleout_model::sql::{
    AvailabilityMode, FailoverMode, GroupOption, ListenerSpec, ReplicaOption, ReplicaRole, ReplicaSpec,
    SeedingMode, SqlOp, SyncState,
};
use scaleout_sim_site::state::{InstalledFeature, Service, ServiceProgram, feature_key};
use site::{GROUP, LISTENER, Shape, TestSite, USUAL};

type Op = SqlOp<SecretBytes>;

fn secret(text: &str) -> SecretBytes {
    SecretBytes::new(text)
}

fn replica(site: &TestSite, name: &str) -> ReplicaSpec {
    ReplicaSpec {
        name: site.shape.replica(name),
        endpoint_url: format!("TCP://{}.corp.example:5022", name.to_lowercase()),
        availability_mode: AvailabilityMode::Synchronous,
        failover_mode: FailoverMode::Manual,
        seeding_mode: SeedingMode::Automatic,
    }
}

/// Done, or no change where `again`; the evidence does not matter here.
async fn run(site: &TestSite, replica: &str, op: Op, again: bool) {
    let before = site.effects();
    let outcome = site.execute(replica, op.clone()).await;
    match (&outcome, again) {
        (Outcome::Done(_), false) => {}
        (Outcome::NoChange(_), true) => {
            assert_eq!(site.effects(), before, "{} on {replica} again", op.name());
        }
        _ => panic!("{} on {replica}, again {again}: {outcome:?}", op.name()),
    }
    if !again {
        assert!(site.effects() > before, "{} on {replica} did something", op.name());
    }
}

/// Each op once, then again.
async fn twice(site: &TestSite, replica: &str, op: Op) {
    run(site, replica, op.clone(), false).await;
    run(site, replica, op, true).await;
}

async fn prepare_instances(site: &TestSite) {
    for name in ["SQL01", "SQL02"] {
        twice(site, name, Op::CreateWindowsLogin { account: r"CORP\svc-ssis-master".into() }).await;
        twice(site, name, Op::CreateWindowsLogin { account: r"CORP\svc-sql".into() }).await;
        disable_login(site, name, r"CORP\svc-ssis-master");
        twice(site, name, Op::EnableLogin { account: r"CORP\svc-ssis-master".into() }).await;
        twice(site, name, Op::GrantClusterService).await;
        twice(site, name, Op::CreateEndpoint { name: "hadr_endpoint".to_owned(), port: 5022 }).await;
        let connect =
            Op::GrantEndpointConnect { name: "hadr_endpoint".to_owned(), account: r"CORP\svc-sql".into() };
        twice(site, name, connect).await;
    }
}

fn disable_login(site: &TestSite, replica: &str, login: &str) {
    let mut sim = site.lock();
    let instance = sim.site.instance_mut(&site.shape.replica(replica)).unwrap();
    instance.logins.get_mut(&login.into()).unwrap().disabled = true;
}

async fn build_catalog(site: &TestSite) {
    twice(site, "SQL01", Op::CreateCatalog { master_key: secret("master key") }).await;
    let wrong = site.execute("SQL01", Op::ProveMasterKey { master_key: secret("another") }).await;
    assert!(matches!(wrong, Outcome::Failed(_)), "{wrong:?}");
    // Shipped in FULL, so there is nothing to do.
    run(site, "SQL01", Op::SetRecoveryFull, true).await;
    twice(site, "SQL01", Op::BackupCatalog { directory: r"D:\Backup".to_owned() }).await;
}

async fn build_group(site: &TestSite) {
    let group = || GROUP.into();
    let options = vec![GroupOption::DatabaseHealthTrigger(true)];
    twice(site, "SQL01", Op::CreateGroup { group: group(), options, replica: replica(site, "SQL01") }).await;
    twice(site, "SQL01", Op::AddReplica { group: group(), replica: replica(site, "SQL02") }).await;
    twice(site, "SQL02", Op::JoinReplica { group: group() }).await;
    run(site, "SQL02", Op::GrantSeeding { group: group() }, false).await;
    twice(site, "SQL01", Op::AddCatalogToGroup { group: group() }).await;
    site.pass(5_000);
    run(site, "SQL02", Op::GrantSeeding { group: group() }, true).await;
    run(site, "SQL01", Op::OwnCatalog, true).await;
    let listener = ListenerSpec {
        dns_name: "ssis-agl".into(),
        port: 1433,
        addresses: vec![(LISTENER.to_owned(), "255.255.255.0".to_owned())],
        dhcp: false,
    };
    twice(site, "SQL01", Op::CreateListener { group: group(), listener }).await;
    twice(site, "SQL01", Op::SetListenerPort { group: group(), dns_name: "ssis-agl".into(), port: 1444 })
        .await;
    let level = GroupOption::FailureConditionLevel(2);
    twice(site, "SQL01", Op::SetGroupOption { group: group(), option: level }).await;
}

async fn support_failover(site: &TestSite) {
    twice(site, "SQL01", Op::EnsureCatalogObserver { login: "observer".into() }).await;
    let catalog = site.catalog("SQL01").await;
    let Fact::Known(catalog) = catalog else { panic!("{catalog:?}") };
    assert_eq!(catalog.monitor_granted, Fact::Known(false), "as shipped");
    for name in ["SQL01", "SQL02"] {
        run(site, name, Op::AddMasterKeyCredential { master_key: secret("master key") }, false).await;
        run(site, name, Op::TakeMasterKeyCredential { master_key: secret("master key") }, true).await;
        twice(site, name, Op::EnableClr).await;
        let Fact::Known(hash) = catalog.assembly_hash.clone() else { panic!("{:?}", catalog.assembly_hash) };
        twice(site, name, Op::TrustAssembly { hash }).await;
        twice(site, name, Op::EnsureStartupProcedure).await;
        let sid = (name == "SQL02").then(|| sid_of(site, "SQL01", "##MS_SSISServerCleanupJobLogin##"));
        twice(site, name, Op::CreateCleanupLogin { sid }).await;
        twice(site, name, Op::EnsureFailoverJob).await;
        twice(site, name, Op::EnsureMaintenanceJob).await;
        twice(site, name, Op::EnsureJobObserver { login: "observer".into() }).await;
    }
    twice(site, "SQL01", Op::EnsureCleanupUser).await;
    assert_eq!(site.catalog("SQL01").await.known().unwrap().monitor_granted, Fact::Known(true));
    twice(site, "SQL01", Op::RegisterReplica { replica: site.shape.replica("SQL01"), state: 1 }).await;
    twice(site, "SQL01", Op::RegisterReplica { replica: site.shape.replica("SQL02"), state: 2 }).await;
}

fn sid_of(site: &TestSite, replica: &str, login: &str) -> String {
    let sim = site.lock();
    sim.site.instance(&site.shape.replica(replica)).unwrap().1.logins[&login.into()].sid.to_string()
}

/// The Scale Out Master as set-up leaves it on a node.
fn install_master(site: &TestSite, node: &str) {
    let version = site.shape.major();
    let mut sim = site.lock();
    let node = sim.site.nodes.get_mut(&node.into()).unwrap();
    let feature = InstalledFeature {
        feature: Feature::ScaleOutMaster,
        version,
        product_version: site.shape.version.to_owned(),
        settings: None,
    };
    node.features.insert(feature_key(Feature::ScaleOutMaster, version), feature);
    let program = ServiceProgram::ScaleOutMaster(version);
    let account = r"CORP\svc-ssis-master".into();
    node.services.insert(version.master_service().0, Service::stopped(program, account, StartType::Manual));
}

async fn enable_scale_out(site: &TestSite) {
    let early = site.execute("SQL01", Op::EnableScaleOut).await;
    assert!(matches!(early, Outcome::Failed(_)), "no Scale Out Master on the host: {early:?}");
    install_master(site, "SQL01");
    twice(site, "SQL01", Op::EnableScaleOut).await;
    let password = || secret("log 'password'");
    twice(site, "SQL01", Op::SetLogLoginPassword { password: password() }).await;
    let sid = sid_of(site, "SQL01", "##MS_SSISLogDBWorkerAgentLogin##");
    twice(site, "SQL02", Op::CopyLogLogin { sid, password: password() }).await;
    let server = "ssis-agl.corp.example,1444".to_owned();
    twice(site, "SQL01", Op::UpdateLogDatabase { server, password: password() }).await;
    twice(site, "SQL01", Op::GrantCatalogAdmin { account: r"CORP\svc-ssis-master".into() }).await;
    let address = "https://ssis-master.corp.example:8391".to_owned();
    twice(site, "SQL01", Op::UpdateMasterAddress { address }).await;
}

async fn set_automatic(site: &TestSite) {
    for name in ["SQL01", "SQL02"] {
        let option = ReplicaOption::FailoverMode(FailoverMode::Automatic);
        twice(
            site,
            "SQL01",
            Op::ModifyReplica { group: GROUP.into(), replica: site.shape.replica(name), option },
        )
        .await;
    }
}

/// A site on which every op was carried out.
async fn converged(shape: Shape) -> TestSite {
    let site = TestSite::start(shape).await;
    prepare_instances(&site).await;
    build_catalog(&site).await;
    build_group(&site).await;
    support_failover(&site).await;
    enable_scale_out(&site).await;
    set_automatic(&site).await;
    site
}

async fn converge_and_observe(shape: Shape) {
    let site = converged(shape).await;
    for name in ["SQL01", "SQL02"] {
        let facts = site.observe(name).await;
        assert_eq!(facts.server_name, shape.replica(name));
        // A secondary's copy cannot be read.
        assert!(facts.hadr_enabled && facts.rights.jobs, "{:?}", facts.rights);
        assert!(facts.support.log_backup_age_seconds.is_absent(), "{:?}", facts.support);
        let full = facts.support.full_backup_age_seconds.known();
        assert!(if name == "SQL01" { full.is_some_and(|age| *age >= 0) } else { full.is_none() }, "{full:?}");
        assert_eq!(facts.rights.catalog, name == "SQL01", "{:?}", facts.rights);
        let Fact::Known(group) = &facts.group else { panic!("{:?}", facts.group) };
        assert_eq!(group.primary, Fact::Known(shape.replica("SQL01")));
        let role = if name == "SQL01" { ReplicaRole::Primary } else { ReplicaRole::Secondary };
        assert_eq!(group.local_role, Fact::Known(role));
        let own = group.sync(&shape.replica(name), "SSISDB").unwrap();
        assert_eq!((own.state, own.failover_ready.clone()), (SyncState::Synchronized, Fact::Known(true)));
        let Fact::Known(listener) = &group.listener else { panic!("{:?}", group.listener) };
        assert_eq!(listener.port, Some(1444));
        assert!(listener.addresses[0].online);
        let Fact::Known(database) = &facts.catalog_database else { panic!("{:?}", facts.catalog_database) };
        assert_eq!(database.owner, Fact::Known("operator".into()));
        assert_eq!(facts.support.startup_procedure, Fact::Known(true));
        assert_eq!(facts.support.clr_enabled, Fact::Known(true));
        assert!(
            matches!(&facts.support.failover_job, Fact::Known(job) if job.enabled && job.scheduled && job.steps == 1)
        );
        assert!(matches!(&facts.support.master_key_credentials, Fact::Known(list) if list.len() == 1));
    }
    let Fact::Known(catalog) = site.catalog("SQL01").await else { panic!("no catalog") };
    assert!(catalog.scale_out_enabled);
    assert_eq!(catalog.property("MASTER_ADDRESS"), Some("https://ssis-master.corp.example:8391"));
    assert_eq!(catalog.property("CLUSTER_LOGDB_SERVER"), Some("ssis-agl.corp.example,1444"));
    assert_eq!(catalog.replicas, [(shape.replica("SQL01"), 1), (shape.replica("SQL02"), 2)]);
}

#[tokio::test]
async fn every_op_converges_the_site_and_a_second_pass_changes_nothing() {
    converge_and_observe(USUAL).await;
}

#[tokio::test]
async fn other_versions_instances_and_drives_converge_as_well() {
    for version in ["14.0.3480.1", "16.0.4185.3"] {
        converge_and_observe(Shape { version, instance: "PROD", port: 51_433, drive: "E" }).await;
    }
}
