//! The real agent's ops, one after the other, on the simulated machines.

use super::SimHost;
use crate::site_handle::{SiteHandle, unix_ms};
use scaleout_agent::config::TlsFiles;
use scaleout_agent::host::{MediaProof, MediaSource};
use scaleout_agent::{Agent, AgentConfig};
use scaleout_agent_api::OpRequest;
use scaleout_certificates::{LeafRequest, generate_leaf};
use scaleout_model::certificate::{PublicCertificate, Thumbprint};
use scaleout_model::fence::{Epoch, Fence, Kind, Owner};
use scaleout_model::names::NodeName;
use scaleout_model::node::{
    Feature, GroupState, NodeOp, RoleAddress, RoleSpec, ServiceRef, StartType, Store,
};
use scaleout_model::outcome::Outcome;
use scaleout_model::secret::SecretBytes;
use scaleout_model::version::SqlVersion;
use scaleout_sim_site::explain::{EndpointAnswer, answer_endpoint};
use scaleout_sim_site::{SimSite, site_file};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

const ACCOUNT: &str = r"CORP\svc-ssis-master";

fn handle() -> SiteHandle {
    let yaml = include_str!("../../../../tests/sites/demo.yaml");
    let mut site = site_file::read(yaml, unix_ms()).unwrap();
    site.latencies.install_ms = 200;
    site.latencies.restart_ms = 100;
    SiteHandle::new(SimSite::new(site))
}

fn agent(site: &SiteHandle, node: &str, folder: &Path) -> Arc<Agent> {
    let media = MediaSource {
        setup: "/media/sql2019/setup.exe".into(),
        proof: MediaProof::Publisher("CN=Publisher".into()),
        update_folder: None,
    };
    let config = AgentConfig {
        listen: "127.0.0.1:0".parse().unwrap(),
        state_dir: folder.join(node),
        controller_identity: "controller".to_owned(),
        namespaces: vec!["ssis".to_owned()],
        lineage: None,
        tls: TlsFiles { certificate: "crt".into(), key: "key".into(), ca: "ca".into() },
        media: [("sql2019".into(), media)].into(),
    };
    Agent::open(&config, Arc::new(SimHost::new(site, &NodeName::new(node)).unwrap())).unwrap()
}

async fn execute(agent: &Arc<Agent>, op: NodeOp<SecretBytes>) -> Outcome {
    let epoch = Epoch { lineage: "l".into(), number: 1, holder: "h".into() };
    let (namespace, name, uid) = ("ssis".into(), "ssis-master".into(), "u".into());
    let owner = Owner { kind: Kind::ScaleOutMaster, namespace, name, uid, generation: 1 };
    agent.execute("controller", OpRequest { fence: Fence { epoch, owner }, op }).await
}

/// The master's ops on one node, in order.
fn master_ops(
    settings_digest: String,
    thumbprint: Thumbprint,
    pem: &str,
    key: &str,
) -> Vec<NodeOp<SecretBytes>> {
    let values = [("SSLCertThumbprint", thumbprint.to_string()), ("SqlServerName", "lsnr,1433".to_owned())];
    vec![
        NodeOp::ImportKeyPair {
            store: Store::Root,
            thumbprint,
            pem: pem.to_owned(),
            key: SecretBytes::new(key),
        },
        NodeOp::SetServiceAccount {
            service: ServiceRef::Master(SqlVersion::V2019),
            account: ACCOUNT.into(),
            password: Some(SecretBytes::new("svc-ssis-master of the demo site")),
        },
        NodeOp::ConfigureService {
            service: ServiceRef::Master(SqlVersion::V2019),
            start_type: StartType::Manual,
            clear_recovery_actions: true,
        },
        NodeOp::GrantKeyRead { store: Store::Root, thumbprint, account: ACCOUNT.into() },
        NodeOp::ReserveUrl { port: 8391, account: ACCOUNT.into() },
        NodeOp::WriteSettings {
            feature: Feature::ScaleOutMaster,
            version: SqlVersion::V2019,
            expected_digest: settings_digest,
            values: values.map(|(key, value)| (key.to_owned(), value)).into(),
        },
        NodeOp::EnsureFirewallRule { name: "SSIS Scale Out Master".into(), port: 8391 },
    ]
}

fn role() -> RoleSpec {
    RoleSpec {
        name: "ssis-master".into(),
        service_name: "SSISScaleOutMaster150".into(),
        client_access_point: "ssis-master".into(),
        addresses: vec![RoleAddress {
            ip: "10.0.0.50".into(),
            mask: "255.255.255.0".into(),
            network: "Cluster Network 1".into(),
        }],
        possible_owners: vec!["SQL01".into(), "SQL02".into()],
        preferred_owners: None,
    }
}

fn install() -> NodeOp<SecretBytes> {
    NodeOp::InstallFeature {
        feature: Feature::ScaleOutMaster,
        version: SqlVersion::V2019,
        media: "sql2019".into(),
        port: 8391,
        thumbprint: None,
        master_host: None,
    }
}

async fn prepare(agent: &Arc<Agent>, thumbprint: Thumbprint, pem: &str, key: &str) {
    let hadr = NodeOp::EnableHadr { instance: "MSSQLSERVER".into() };
    assert_eq!(execute(agent, hadr).await, Outcome::Done(None));
    assert_eq!(execute(agent, install()).await, Outcome::Done(None));
    let facts = agent.facts().await.unwrap();
    let settings = facts.settings.known().unwrap()[0].clone();
    assert_eq!(settings.values["PortNumber"], "8391");
    let bound = facts.bindings.known().unwrap()[0].thumbprint;
    for op in master_ops(settings.digest, thumbprint, pem, key) {
        let name = op.name();
        let outcome = execute(agent, op).await;
        assert!(matches!(outcome, Outcome::Done(_) | Outcome::NoChange(_)), "{name}: {outcome:?}");
    }
    let bind = NodeOp::BindCertificate { port: 8391, thumbprint, expected: Some(bound) };
    assert_eq!(execute(agent, bind).await, Outcome::Done(None));
}

#[tokio::test]
async fn the_agents_ops_bring_the_role_online() {
    let folder = tempfile::tempdir().unwrap();
    let site = handle();
    let clock = CancellationToken::new();
    tokio::spawn(site.clone().run_clock(clock.clone()));
    let now = unix_ms() / 1000;
    let request = LeafRequest {
        names: vec!["ssis-master.corp.example".into()],
        not_before: now - 60,
        not_after: now + 86_400 * 365,
    };
    let pair = generate_leaf(&request).unwrap();
    let thumbprint = PublicCertificate::from_pem(&pair.certificate_pem).unwrap().thumbprint();
    let agents = [agent(&site, "SQL01", folder.path()), agent(&site, "SQL02", folder.path())];
    for agent in &agents {
        prepare(agent, thumbprint, &pair.certificate_pem, &pair.key_pem).await;
    }
    assert_eq!(execute(&agents[0], NodeOp::EnsureRole(role())).await, Outcome::Done(None));
    assert_eq!(
        execute(&agents[0], NodeOp::OnlineRole { role: "ssis-master".into() }).await,
        Outcome::Done(None)
    );

    let facts = agents[1].facts().await.unwrap();
    let cluster = facts.cluster.known().unwrap();
    assert_eq!(cluster.role(&"ssis-master".into()).unwrap().state, GroupState::Online);
    let answer = site.read(|sim| answer_endpoint(&sim.site, None, "10.0.0.50", 8391));
    assert!(
        matches!(answer, EndpointAnswer::Presents { thumbprint: own, .. } if own == thumbprint),
        "{answer:?}"
    );

    let effects = site.read(|sim| sim.effects.len());
    let settings = agents[0].facts().await.unwrap().settings.known().unwrap()[0].digest.clone();
    let mut again = master_ops(settings, thumbprint, &pair.certificate_pem, &pair.key_pem);
    again.push(install());
    again.push(NodeOp::EnsureRole(role()));
    again.push(NodeOp::OnlineRole { role: "ssis-master".into() });
    for op in again {
        let name = op.name();
        let outcome = execute(&agents[0], op).await;
        assert!(matches!(outcome, Outcome::Done(_) | Outcome::NoChange(_)), "{name}: {outcome:?}");
    }
    assert_eq!(site.read(|sim| sim.effects.len()), effects, "a second pass has no effect");
    restart_and_move(&site, &agents).await;
    take_down(&site, &agents[1], thumbprint).await;
    clock.cancel();
}

/// The teardown's ops on the node that owns the role now; each does nothing the second time.
async fn take_down(site: &SiteHandle, agent: &Arc<Agent>, thumbprint: Thumbprint) {
    let ops = || {
        vec![
            NodeOp::OfflineRole { role: "ssis-master".into() },
            NodeOp::DeleteRole { role: "ssis-master".into() },
            NodeOp::UnbindCertificate { port: 8391, expected: thumbprint },
            NodeOp::ReleaseUrl { port: 8391, account: ACCOUNT.into() },
            NodeOp::RemoveFirewallRule { name: "SSIS Scale Out Master".into() },
            NodeOp::RemoveCertificate { store: Store::Root, thumbprint },
        ]
    };
    for op in ops() {
        let name = op.name();
        assert_eq!(execute(agent, op).await, Outcome::Done(None), "{name}");
    }
    let facts = agent.facts().await.unwrap();
    assert!(facts.cluster.known().unwrap().role(&"ssis-master".into()).is_none());
    assert_eq!(facts.bindings.known().unwrap(), &[]);
    assert_eq!(facts.reservations.known().unwrap(), &[]);
    assert_eq!(facts.firewall.known().unwrap(), &[]);
    assert!(!facts.certificates.known().unwrap().iter().any(|c| c.thumbprint == thumbprint));
    let effects = site.read(|sim| sim.effects.len());
    for op in ops() {
        let name = op.name();
        assert_eq!(execute(agent, op).await, Outcome::NoChange(None), "{name}");
    }
    assert_eq!(site.read(|sim| sim.effects.len()), effects, "a second teardown has no effect");
}

async fn restart_and_move(site: &SiteHandle, agents: &[Arc<Agent>; 2]) {
    let restart = NodeOp::RestartRoleService {
        role: "ssis-master".into(),
        expected_owner: "SQL01".into(),
        not_before_unix_ms: unix_ms(),
    };
    assert_eq!(execute(&agents[0], restart).await, Outcome::Done(None));
    site.update(|sim| {
        let effect = scaleout_sim_site::effect::ControlEffect::StopNode { node: "SQL01".into() };
        sim.apply(&scaleout_sim_site::Effect::Control(effect), &scaleout_sim_site::Origin::Control).unwrap();
    });
    site.until(|sim| {
        let group = sim.site.cluster.as_ref()?.groups.get(&"ssis-master".into())?;
        (group.owner == NodeName::new("SQL02") && group.state() == GroupState::Online).then_some(())
    })
    .await;
    let facts = agents[1].facts().await.unwrap();
    let services: BTreeMap<_, _> = facts
        .services
        .as_ref()
        .known()
        .unwrap()
        .iter()
        .map(|s| (s.name.clone(), s.started_unix_ms))
        .collect();
    assert!(services["SSISScaleOutMaster150"].is_some());
}
