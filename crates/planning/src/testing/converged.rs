//! The converged site: QRY1 is the primary and owns the master's role.

use super::empty::login;
use super::facts::known;
use super::{
    AGENT_ID, ASSEMBLY, CLEANUP_SID, ENGINE_ACCOUNT, GROUP_ID, LOG_SID, MASTER_ACCOUNT, MASTER_SID, NODES,
    NOW, OPERATOR_SID, REPLICAS, WORKER, WORKER_ACCOUNT, WORKER_PEM, desired_master, empty, handle, instance,
    master_thumbprint, name, node, owner, replica, worker_thumbprint,
};
use scaleout_model::defaults::{CLEANUP_LOGIN, FIREWALL_GROUP, LOG_LOGIN};
use scaleout_model::fact::Fact;
use scaleout_model::fence::{Kind, Owner};
use scaleout_model::names::{AccountName, GroupName, LoginName, RoleName};
use scaleout_model::node::{
    Claim, ClaimRole, ClusterRole, Feature, FeatureFacts, FirewallRule, GroupState, NodeFacts, Resource,
    ResourceKind, ResourceState, ServiceFacts, ServiceState, SettingsFacts, SettingsFormat, StartType, Store,
    StoredCertificate, TlsBinding, UrlReservation,
};
use scaleout_model::observed::{EndpointProbe, Observed};
use scaleout_model::sql::{
    AvailabilityMode, CatalogDatabase, CatalogFacts, CatalogUser, DatabaseSync, EndpointFacts, Evidence,
    EvidencePurpose, FailoverMode, GroupFacts, JobFacts, JoinState, ListenerAddress, ListenerFacts,
    ObserverRights, PermissionFacts, ReplicaFacts, ReplicaRole, SecondaryConnections, SeedingMode,
    SupportFacts, SyncState, WorkerRow,
};
use scaleout_model::version::SqlVersion;

/// Files were changed an hour ago, services started half an hour ago, log data last changed a quarter before now.
const CHANGED: i64 = NOW - 3_600_000;
const STARTED: i64 = NOW - 600_000;
/// Port of the endpoints, which were adopted: spec would make them on another.
const ENDPOINT_PORT: u16 = 5024;

/// The converged site.
pub(crate) fn converged() -> Observed {
    let mut observed = empty();
    for (index, on) in NODES.into_iter().enumerate() {
        host(node(&mut observed, on), index);
        sql(&mut observed, index);
    }
    worker(node(&mut observed, WORKER));
    observed.catalog = Fact::Known(catalog());
    observed.endpoint = Fact::Known(EndpointProbe::Verified);
    observed.evidence = evidence();
    observed
}

fn host(facts: &mut NodeFacts, index: usize) {
    claim(facts, ClaimRole::Replica, &owner(Kind::SsisdbAvailabilityGroup));
    claim(facts, ClaimRole::MasterNode, &owner(Kind::ScaleOutMaster));
    for engine in known(&mut facts.engines) {
        (engine.hadr_enabled, engine.sql_agent) = (true, ServiceState::Running);
        engine.sql_agent_start = StartType::Automatic;
    }
    known(&mut facts.cluster).roles.push(role());
    install(facts, Feature::ScaleOutMaster, MASTER_ACCOUNT, StartType::Manual);
    let owns = index == 0;
    for service in known(&mut facts.services) {
        service.state = if owns { ServiceState::Running } else { ServiceState::Stopped };
        service.started_unix_ms = owns.then_some(STARTED);
    }
    facts.certificates = Fact::Known(vec![
        StoredCertificate {
            placed_for: Some(owner(Kind::ScaleOutMaster).path()),
            ..stored(Store::Root, master_thumbprint(), Some(MASTER_ACCOUNT))
        },
        StoredCertificate {
            placed_for: Some(owner(Kind::ScaleOutWorker).path()),
            ..stored(Store::Root, worker_thumbprint(), None)
        },
    ]);
    let binding = TlsBinding { port: 8500, thumbprint: master_thumbprint(), store: Store::Root };
    facts.bindings = Fact::Known(vec![binding]);
    facts.reservations =
        Fact::Known(vec![UrlReservation { port: 8500, account: AccountName::new(MASTER_ACCOUNT) }]);
    let instance = replica(index).instance();
    facts.firewall = Fact::Known(vec![
        rule(&format!("endpoint {instance}"), ENDPOINT_PORT),
        rule(&format!("SQL {instance}"), 14_331),
        rule("listener", 14_330),
        rule("master", 8500),
    ]);
    let values = [
        ("PortNumber", "8500".to_owned()),
        ("SSLCertThumbprint", master_thumbprint().to_string().to_lowercase()),
        ("SqlServerName", "is-lsnr.corp.example,14330".to_owned()),
        ("ThreadPoolSize", "25".to_owned()),
    ];
    facts.settings = Fact::Known(vec![file(Feature::ScaleOutMaster, &values)]);
}

fn worker(facts: &mut NodeFacts) {
    claim(facts, ClaimRole::Worker, &owner(Kind::ScaleOutWorker));
    install(facts, Feature::ScaleOutWorker, WORKER_ACCOUNT, StartType::Automatic);
    facts.certificates = Fact::Known(vec![
        stored(Store::My, worker_thumbprint(), Some(WORKER_ACCOUNT)),
        stored(Store::Root, master_thumbprint(), None),
    ]);
    let values = [
        ("AgentId", AGENT_ID.to_owned()),
        ("MasterEndpoint", desired_master().endpoint().to_uppercase()),
        ("MasterHttpsCertThumbprint", master_thumbprint().to_string()),
        ("WorkerHttpsCertThumbprint", worker_thumbprint().to_string()),
        ("MaxTaskCount", "8".to_owned()),
    ];
    facts.settings = Fact::Known(vec![file(Feature::ScaleOutWorker, &values)]);
}

fn claim(facts: &mut NodeFacts, role: ClaimRole, owner: &Owner) {
    facts.agent.claims.push(Claim {
        role,
        lineage: "kube".into(),
        namespace: owner.namespace.clone(),
        kind: owner.kind,
        name: owner.name.clone(),
    });
}

fn install(facts: &mut NodeFacts, feature: Feature, account: &str, start_type: StartType) {
    known(&mut facts.features).push(FeatureFacts { feature, version: SqlVersion::V2019 });
    let (name, _) = match feature {
        Feature::ScaleOutMaster => SqlVersion::V2019.master_service(),
        _ => SqlVersion::V2019.worker_service(),
    };
    known(&mut facts.services).push(ServiceFacts {
        name,
        feature,
        version: SqlVersion::V2019,
        state: ServiceState::Running,
        start_type,
        account: AccountName::new(account),
        recovery_actions: false,
        started_unix_ms: Some(STARTED),
    });
}

fn stored(
    store: Store,
    thumbprint: scaleout_model::certificate::Thumbprint,
    reader: Option<&str>,
) -> StoredCertificate {
    StoredCertificate {
        store,
        thumbprint,
        pem: WORKER_PEM.into(),
        self_signed: true,
        has_private_key: reader.is_some(),
        key_readers: reader.map(AccountName::new).into_iter().collect(),
        placed_for: None,
    }
}

fn rule(text: &str, port: u16) -> FirewallRule {
    FirewallRule { name: format!("{FIREWALL_GROUP} {text}"), port, enabled: true }
}

fn file(feature: Feature, values: &[(&str, String)]) -> SettingsFacts {
    SettingsFacts {
        feature,
        version: SqlVersion::V2019,
        digest: "d0".into(),
        format: Some(SettingsFormat::Json),
        values: values.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect(),
        modified_unix_ms: CHANGED,
    }
}

fn role() -> ClusterRole {
    let resource = |name: &str, kind| Resource {
        name: name.into(),
        kind,
        state: ResourceState::Online,
        depends_on: Vec::new(),
        depends_on_any: false,
        possible_owners: NODES.map(super::name).to_vec(),
    };
    ClusterRole {
        name: RoleName::new("is-master"),
        owner: name(NODES[0]),
        state: GroupState::Online,
        preferred_owners: Vec::new(),
        auto_failback: false,
        resources: vec![
            resource(
                "service",
                ResourceKind::GenericService {
                    service_name: "SSISScaleOutMaster150".into(),
                    use_network_name: true,
                },
            ),
            resource("name", ResourceKind::NetworkName { dns_name: "is-master".into(), status_dns: 0 }),
            resource(
                "address",
                ResourceKind::IpAddress {
                    address: "10.9.0.50".into(),
                    mask: "255.255.255.0".into(),
                    network: "Clients".into(),
                },
            ),
        ],
    }
}

fn sql(observed: &mut Observed, index: usize) {
    let facts = instance(observed, index);
    facts.hadr_enabled = true;
    facts.rights = ObserverRights { server_state: true, any_definition: true, jobs: true, catalog: true };
    known(&mut facts.logins).extend([
        login(r"NT SERVICE\ClusSvc", "0101", false),
        login(ENGINE_ACCOUNT, "0105BB", false),
        login(MASTER_ACCOUNT, MASTER_SID, false),
        login(LOG_LOGIN, LOG_SID, false),
        login(CLEANUP_LOGIN, CLEANUP_SID, false),
    ]);
    let grant = |grantee: &str, permission: &str, endpoint: Option<&str>| PermissionFacts {
        grantee: LoginName::new(grantee),
        permission: permission.into(),
        endpoint: endpoint.map(str::to_owned),
    };
    facts.permissions = Fact::Known(vec![
        grant(r"NT SERVICE\ClusSvc", "ALTER ANY AVAILABILITY GROUP", None),
        grant(r"NT SERVICE\ClusSvc", "VIEW SERVER STATE", None),
        grant(ENGINE_ACCOUNT, "CONNECT", Some("Adopted")),
    ]);
    facts.endpoint = Fact::Known(EndpointFacts {
        name: "Adopted".into(),
        port: ENDPOINT_PORT,
        started: true,
        authentication: "NEGOTIATE".into(),
        encryption: "AES".into(),
        partner: true,
    });
    facts.group = Fact::Known(availability_group(index));
    facts.catalog_database = Fact::Known(CatalogDatabase {
        state: "ONLINE".into(),
        recovery_model: "FULL".into(),
        log_chain: Fact::Known(true),
        created: "2030-01-01".into(),
        in_group: true,
        owner_sid: OPERATOR_SID.into(),
        owner: Fact::Known(LoginName::new("doer")),
        bars: Vec::new(),
        family_guid: Fact::Known("fa".into()),
    });
    facts.support = support();
}

fn support() -> SupportFacts {
    let job = |steps| JobFacts {
        enabled: true,
        owner: Fact::Known(AccountName::new(CLEANUP_LOGIN)),
        scheduled: true,
        steps,
    };
    SupportFacts {
        clr_enabled: Fact::Known(true),
        trusted_assemblies: Fact::Known(vec![ASSEMBLY.into()]),
        startup_procedure: Fact::Known(true),
        failover_job: Fact::Known(job(1)),
        maintenance_job: Fact::Known(job(2)),
        master_key_credentials: Fact::Known(vec!["65536:2030-01-01".into()]),
    }
}

fn availability_group(index: usize) -> GroupFacts {
    let role = |of: usize| if of == 0 { ReplicaRole::Primary } else { ReplicaRole::Secondary };
    let member = |of: usize| ReplicaFacts {
        name: replica(of),
        endpoint_url: format!("TCP://{}.corp.example:{ENDPOINT_PORT}", NODES[of].to_lowercase()),
        availability_mode: AvailabilityMode::Synchronous,
        failover_mode: FailoverMode::Automatic,
        seeding_mode: SeedingMode::Automatic,
        session_timeout: 10,
        backup_priority: 50,
        secondary_connections: SecondaryConnections::No,
        join_state: JoinState::Joined,
        role: Fact::Known(role(of)),
        connected: Fact::Known(true),
        connect_error: None,
    };
    let sync = |of: usize| DatabaseSync {
        replica: replica(of),
        database: "SSISDB".into(),
        state: SyncState::Synchronized,
        suspended: None,
        failover_ready: Fact::Known(true),
        joined: Fact::Known(true),
    };
    GroupFacts {
        name: GroupName::new("IS_AG"),
        group_id: GROUP_ID.into(),
        local_role: Fact::Known(role(index)),
        primary: Fact::Known(replica(0)),
        failure_condition_level: 3,
        health_check_timeout: 30_000,
        database_health_trigger: false,
        automated_backup_preference: "secondary".into(),
        required_synchronized_secondaries: 0,
        dtc_support: false,
        replicas: vec![member(0), member(1)],
        databases: vec!["SSISDB".into()],
        synchronization: if index == 0 { vec![sync(0), sync(1)] } else { vec![sync(1)] },
        seeding: Vec::new(),
        listener: Fact::Known(ListenerFacts {
            dns_name: "IS-LSNR".into(),
            port: Some(14_330),
            addresses: vec![ListenerAddress {
                ip: "10.9.0.40".into(),
                mask: "255.255.255.0".into(),
                dhcp: false,
                online: true,
            }],
        }),
    }
}

fn catalog() -> CatalogFacts {
    let user = |name: &str, sid: &str, role: &str| CatalogUser {
        name: LoginName::new(name),
        sid: sid.into(),
        roles: vec![role.into()],
    };
    let properties = [
        ("MASTER_ADDRESS", desired_master().endpoint()),
        ("CLUSTER_LOGDB_SERVER", "IS-LSNR.corp.example,14330".to_owned()),
    ];
    CatalogFacts {
        master_properties: properties.map(|(key, value)| (key.to_owned(), value)).into(),
        scale_out_enabled: true,
        scale_out_default: true,
        master_age_seconds: Fact::Known(12),
        workers: Fact::Known(vec![WorkerRow {
            agent_id: AGENT_ID.into(),
            enabled: true,
            machine: WORKER.into(),
            account: WORKER_ACCOUNT.into(),
            tags: String::new(),
            age_seconds: 20,
        }]),
        tasks: Fact::Known(Vec::new()),
        replicas: vec![(replica(0), 1), (replica(1), 2)],
        users: Fact::Known(vec![
            user("master", MASTER_SID, "ssis_admin"),
            user("##MS_SSISLogDBWorkerAgentUser##", LOG_SID, "ssis_cluster_worker"),
            user("cleanup", CLEANUP_SID, "ssis_failover_monitoring_agent"),
        ]),
        assembly_hash: Fact::Known(ASSEMBLY.into()),
    }
}

fn evidence() -> Vec<Evidence> {
    let proof = |purpose, target: &str, secret: &str, marker: &str| Evidence {
        purpose,
        target: target.into(),
        secret: handle(secret, "password").version_text(),
        marker: marker.into(),
        recorded_unix_ms: 0,
    };
    let mut all = vec![
        proof(EvidencePurpose::MasterKeyOpens, "site", "catalog-key", "2030-01-01"),
        proof(EvidencePurpose::LogDatabase, "site", "log-login", "is-lsnr.corp.example,14330|C3"),
        proof(EvidencePurpose::ServiceAccountPassword, WORKER, "worker-account", WORKER_ACCOUNT),
    ];
    for replica in REPLICAS {
        all.push(proof(EvidencePurpose::MasterKeyCredential, replica, "catalog-key", "65536:2030-01-01"));
        let marker = format!("{LOG_SID}:2030-01-01T00:00:00");
        all.push(proof(EvidencePurpose::LogLoginPassword, replica, "log-login", &marker));
    }
    for node in NODES {
        all.push(proof(EvidencePurpose::ServiceAccountPassword, node, "master-account", MASTER_ACCOUNT));
    }
    all
}
