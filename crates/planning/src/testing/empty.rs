//! The empty site: a cluster of two nodes with an instance each, a machine for the worker; no Scale Out, no SSISDB, no
//! group, Always On off.

use super::{ENGINE_ACCOUNT, NODES, NOW, OPERATOR_SID, REPLICAS, WORKER, name};
use scaleout_model::fact::{CauseKind, Fact};
use scaleout_model::names::{AccountName, DnsName, LoginName, MediaKey, NodeName, ReplicaName};
use scaleout_model::node::{
    AgentFacts, ClusterFacts, ClusterNetwork, ClusterNode, EngineFacts, Feature, FeatureFacts, LoginMode,
    NodeFacts, NodeState, Quorum, ServiceState, StartType,
};
use scaleout_model::observed::Observed;
use scaleout_model::sql::{InstanceFacts, LoginFacts, ObserverRights, SupportFacts};
use scaleout_model::version::SqlVersion;

/// The empty site.
pub(crate) fn empty() -> Observed {
    let hosts =
        REPLICAS.iter().zip(NODES).map(|(replica, node)| (name(node), Fact::Known(host(node, replica))));
    let worker = (name(WORKER), Fact::Known(machine(WORKER)));
    let instances = REPLICAS.map(|replica| (ReplicaName::new(replica), Fact::Known(instance(replica))));
    Observed {
        nodes: hosts.chain([worker]).collect(),
        instances: instances.into_iter().collect(),
        catalog: Fact::Absent,
        endpoint: Fact::unknown(CauseKind::NotObserved, "the endpoint was not probed"),
        evidence: Vec::new(),
        now_unix_ms: NOW,
    }
}

fn machine(node: &str) -> NodeFacts {
    NodeFacts {
        computer_name: name(node),
        dns_name: DnsName::new(format!("{}.corp.example", node.to_lowercase())),
        clock_unix_ms: NOW,
        agent: AgentFacts {
            version: "0.1.0".into(),
            epoch: None,
            served_namespaces: vec!["etl".into()],
            claims: Vec::new(),
            running: Vec::new(),
            media: vec![MediaKey::new("sql-media")],
        },
        pending_reboot: Fact::Known(false),
        cluster: Fact::Absent,
        engines: Fact::Known(Vec::new()),
        features: Fact::Known(Vec::new()),
        services: Fact::Known(Vec::new()),
        certificates: Fact::Known(Vec::new()),
        bindings: Fact::Known(Vec::new()),
        reservations: Fact::Known(Vec::new()),
        firewall: Fact::Known(Vec::new()),
        settings: Fact::Known(Vec::new()),
        client_auth_trust_mode: Fact::Absent,
    }
}

fn host(node: &str, replica: &str) -> NodeFacts {
    let engine = EngineFacts {
        instance: ReplicaName::new(replica).instance(),
        product_version: "15.0.4355.3".into(),
        state: ServiceState::Running,
        account: AccountName::new(ENGINE_ACCOUNT),
        login_mode: LoginMode::Mixed,
        hadr_enabled: false,
        sql_agent: ServiceState::Stopped,
        sql_agent_start: StartType::Manual,
    };
    let feature = FeatureFacts { feature: Feature::IntegrationServices, version: SqlVersion::V2019 };
    NodeFacts {
        cluster: Fact::Known(cluster()),
        engines: Fact::Known(vec![engine]),
        features: Fact::Known(vec![feature]),
        ..machine(node)
    }
}

fn cluster() -> ClusterFacts {
    ClusterFacts {
        name: "FC9".into(),
        nodes: NODES.map(|node| ClusterNode { name: NodeName::new(node), state: NodeState::Up }).to_vec(),
        quorum: Quorum::Normal,
        networks: vec![ClusterNetwork {
            name: "Clients".into(),
            address: "10.9.0.0".into(),
            mask: "255.255.255.0".into(),
            client_access: true,
        }],
        roles: Vec::new(),
    }
}

fn instance(replica: &str) -> InstanceFacts {
    InstanceFacts {
        server_name: replica.into(),
        machine_name: ReplicaName::new(replica).machine().as_str().to_owned(),
        product_version: "15.0.4355.3".into(),
        major: 15,
        engine_edition: 3,
        collation: "Latin1_General_CI_AS".into(),
        clustered: false,
        hadr_enabled: false,
        windows_only: false,
        clock_unix_ms: NOW,
        rights: ObserverRights { server_state: true, any_definition: true, jobs: false, catalog: false },
        logins: Fact::Known(vec![login("doer", OPERATOR_SID, true), login("watcher", "B2", false)]),
        permissions: Fact::Known(Vec::new()),
        endpoint: Fact::Absent,
        group: Fact::Absent,
        catalog_database: Fact::Absent,
        support: SupportFacts {
            clr_enabled: Fact::Known(false),
            trusted_assemblies: Fact::Known(Vec::new()),
            startup_procedure: Fact::Known(false),
            failover_job: Fact::Absent,
            maintenance_job: Fact::Absent,
            master_key_credentials: Fact::Known(Vec::new()),
        },
    }
}

/// A SQL login.
pub(super) fn login(name: &str, sid: &str, sysadmin: bool) -> LoginFacts {
    LoginFacts {
        name: LoginName::new(name),
        sid: sid.into(),
        sql: !name.contains('\\'),
        disabled: false,
        modified: "2030-01-01T00:00:00".into(),
        sysadmin,
    }
}
