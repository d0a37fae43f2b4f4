//! What the converged site has inside of SQL Server, written by hand.

use super::fixture::{LOG_PASSWORD, MASTER_ACCOUNT, START_MS, instance, login, node, pass, sid_of};
use crate::SimSite;
use crate::effect::NodeEffect;
use crate::state::{
    AvailabilityGroup, Catalog, Database, DatabaseContent, DatabaseState, DatabaseUser, Endpoint,
    EndpointState, GroupOptions, Job, JobStep, Listener, LoginKind, LoginPassword, MasterKey, RecoveryModel,
    Replica, Schedule, Secret, ServerPermission, Setting, Sid, TrustedAssembly, assembly_of,
};
use scaleout_model::names::{LoginName, ReplicaName};
use scaleout_model::sql::{AvailabilityMode, FailoverMode, ReplicaRole, SecondaryConnections, SeedingMode};
use sha2::{Digest as _, Sha512};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Always On, endpoints, SSISDB, availability group and listener.
pub(super) fn build_group(site: &mut SimSite) {
    for name in ["SQL01", "SQL02"] {
        node(site, name, NodeEffect::SetHadr { instance: "MSSQLSERVER".into(), enabled: true }).unwrap();
        node(site, name, NodeEffect::RestartInstance { instance: "MSSQLSERVER".into() }).unwrap();
        pass(site, 1_500);
        let rule = NodeEffect::SetFirewallRule {
            name: "endpoint".into(),
            group: "test".into(),
            port: 5022,
            enabled: true,
        };
        node(site, name, rule).unwrap();
        let cluster_sid = sid_of(&site.site, r"NT SERVICE\ClusSvc");
        let own = instance(site, name);
        let cluster_login = LoginName::new(r"NT SERVICE\ClusSvc");
        own.logins.insert(cluster_login.clone(), login(cluster_sid, LoginKind::Windows));
        own.permissions.extend(["ALTER ANY AVAILABILITY GROUP", "VIEW SERVER STATE"].map(|permission| {
            ServerPermission {
                grantee: cluster_login.clone(),
                permission: permission.to_owned(),
                endpoint: None,
                denied: false,
            }
        }));
        let endpoint = Endpoint {
            id: 65_536,
            port: 5022,
            state: EndpointState::Started,
            authentication: "NEGOTIATE".into(),
            encryption: "AES".into(),
            role: "ALL".into(),
            owner: Sid::sa(),
        };
        own.endpoints.insert("hadr_endpoint".to_owned(), endpoint);
    }
    let master_key = instance(site, "SQL01").service_master_key.clone();
    let mut catalog = Catalog::shipped("15.0.4355.3");
    catalog.master_key =
        Some(MasterKey { password: Some(Secret::new("dmk")), encrypted_by: Some(master_key) });
    let database = Database {
        id: 5,
        state: DatabaseState::Online,
        recovery: RecoveryModel::Full,
        owner: Sid::sa(),
        created_ms: START_MS,
        read_only: false,
        multi_user: true,
        auto_close: false,
        trustworthy: false,
        family_guid: "f".into(),
        log_chain: Some(1),
        group: Some("AG".into()),
        content: Arc::new(DatabaseContent { catalog: Some(catalog), ..DatabaseContent::default() }),
    };
    instance(site, "SQL01").databases.insert("SSISDB".into(), database);
    let now = site.site.now_ms;
    site.site.groups.insert("AG".into(), group());
    site.tick(now);
    pass(site, 2_000);
}

fn group() -> AvailabilityGroup {
    let replica = |name: &str| {
        let replica = Replica {
            id: name.to_lowercase(),
            metadata_id: 1,
            owner: Sid::sa(),
            endpoint_url: format!("TCP://{}.corp.example:5022", name.to_lowercase()),
            availability_mode: AvailabilityMode::Synchronous,
            failover_mode: FailoverMode::Automatic,
            seeding_mode: SeedingMode::Automatic,
            session_timeout: 10,
            backup_priority: 50,
            secondary_connections: SecondaryConnections::No,
            joined: true,
            seeding_granted_by: Some(Sid::sa()),
            created_ms: START_MS,
            modified_ms: START_MS,
            role: ReplicaRole::Resolving,
            connected: false,
            connect_error: None,
            databases: BTreeMap::new(),
        };
        (ReplicaName::new(name), replica)
    };
    AvailabilityGroup {
        id: "g".into(),
        resource_id: "r".into(),
        resource_group_id: "rg".into(),
        options: GroupOptions::default(),
        replicas: BTreeMap::from([replica("SQL01"), replica("SQL02")]),
        databases: BTreeMap::from([("SSISDB".to_owned(), "d".to_owned())]),
        listener: Some(Listener {
            id: "l".into(),
            dns_name: "ssisdb-lsnr".into(),
            port: Some(1433),
            addresses: BTreeMap::from([("10.0.0.40".to_owned(), "255.255.255.0".to_owned())]),
            dhcp: false,
        }),
        primary: "SQL01".into(),
        failing_over_until_ms: None,
        seeding: Vec::new(),
        sequence: 1,
    }
}

pub(super) fn build_logins(site: &mut SimSite) {
    let master_sid = sid_of(&site.site, MASTER_ACCOUNT);
    let log_sid = Sid::of_sql_login("log");
    for name in ["SQL01", "SQL02"] {
        let text = LoginPassword::Text { text: Secret::new(LOG_PASSWORD), salt: "01020304".into() };
        let own = instance(site, name);
        own.logins.insert(MASTER_ACCOUNT.into(), login(master_sid.clone(), LoginKind::Windows));
        own.logins
            .insert("##MS_SSISLogDBWorkerAgentLogin##".into(), login(log_sid.clone(), LoginKind::Sql(text)));
        let job = monitor_job(own.login_of_sid(&Sid::sa()).unwrap().1.sid.clone());
        own.jobs.insert("SSIS Failover Monitor Job".into(), job);
        own.configuration.insert("clr enabled".into(), Setting { value: 1, in_use: 1 });
        let hash = hex::encode_upper(Sha512::digest(assembly_of("15.0.4355.3").as_slice()));
        let trusted = TrustedAssembly { description: String::new(), created_ms: START_MS };
        own.trusted_assemblies.insert(hash, trusted);
    }
    let user = |sid: Sid, role: &str| DatabaseUser {
        id: 5,
        sid,
        windows: false,
        roles: BTreeSet::from([role.to_owned()]),
        grants: BTreeSet::new(),
    };
    let content = instance(site, "SQL01").database_mut("SSISDB").unwrap().content_mut();
    content.users.insert(MASTER_ACCOUNT.into(), user(master_sid, "ssis_admin"));
    content.users.insert("##MS_SSISLogDBWorkerAgentUser##".into(), user(log_sid, "ssis_cluster_worker"));
    let catalog = content.catalog.as_mut().unwrap();
    catalog.master_properties.insert("IS_SCALEOUT_ENABLED".into(), "TRUE".into());
    catalog.update_property("MASTER_ADDRESS", "https://ssis-master.corp.example:8391");
    catalog.alwayson_support_state = BTreeMap::from([("SQL01".to_owned(), 1), ("SQL02".to_owned(), 2)]);
    catalog.log_connection_string = Some(Secret::new(format!(
        "Data Source=ssisdb-lsnr.corp.example,1433;Initial Catalog=SSISDB;\
         User Id=##MS_SSISLogDBWorkerAgentLogin##;Password='{LOG_PASSWORD}';"
    )));
}

fn monitor_job(owner: Sid) -> Job {
    let step = JobStep {
        name: "AlwaysOn Failover Monitor".into(),
        database: "msdb".into(),
        command: "EXEC [SSISDB].[internal].[refresh_replica_status] @@SERVERNAME, @status OUT".into(),
        on_success: 1,
        on_fail: 2,
        retry_attempts: 0,
        retry_interval: 0,
    };
    let schedule = Schedule {
        id: 1,
        enabled: true,
        freq_type: 4,
        freq_interval: 1,
        freq_subday_type: 4,
        freq_subday_interval: 2,
        active_start_time: 0,
    };
    Job {
        id: "j".into(),
        enabled: true,
        owner,
        description: String::new(),
        local_server: true,
        steps: vec![step],
        schedules: BTreeMap::from([("Monitor Scheduler".to_owned(), schedule)]),
        last_run_ms: None,
        last_error: 0,
        created_ms: START_MS,
    }
}
