//! The machine that tests begin with, and requests to its agent.

use super::fake::{FakeHost, Machine};
use crate::Agent;
use crate::config::{AgentConfig, TlsFiles};
use crate::host::{HostService, MediaProof, MediaSource};
use crate::state::StateError;
use scaleout_agent_api::OpRequest;
use scaleout_model::fence::{Epoch, Fence, Kind, Owner};
use scaleout_model::node::*;
use scaleout_model::outcome::Outcome;
use scaleout_model::secret::SecretBytes;
use scaleout_model::version::SqlVersion;
use std::path::Path;
use std::sync::Arc;

pub(super) const CONTROLLER: &str = "scaleout-controller.corp.example";
pub(super) const MASTER_SERVICE: &str = "SSISScaleOutMaster150";
pub(super) const ACCOUNT: &str = r"CORP\svc-ssis-master";
pub(super) const PASSWORD: &str = "canary-pass-91c4";

pub(super) fn service(name: &str) -> HostService {
    HostService {
        name: name.to_owned(),
        state: ServiceState::Stopped,
        start_type: StartType::Manual,
        account: r"NT SERVICE\SSISScaleOutMaster150".into(),
        recovery_actions: false,
        started_unix_ms: None,
    }
}

pub(super) fn machine() -> Machine {
    let node = |name: &str| ClusterNode { name: name.into(), state: NodeState::Up };
    Machine {
        services: ["MSSQLSERVER", "SQLSERVERAGENT", MASTER_SERVICE]
            .into_iter()
            .map(|name| (name.to_owned(), service(name)))
            .collect(),
        features: vec![FeatureFacts { feature: Feature::ScaleOutMaster, version: SqlVersion::V2019 }],
        settings: [(
            Feature::ScaleOutMaster,
            br#"{ "PortNumber": 8391, "SqlServerName": "SQL01" }"#.to_vec(),
        )]
        .into(),
        passwords: [(ACCOUNT.into(), PASSWORD.as_bytes().to_vec())].into(),
        cluster: Some(ClusterFacts {
            name: "SQLCLU01".to_owned(),
            nodes: vec![node("SQL01"), node("SQL02"), node("ETL07")],
            quorum: Quorum::Normal,
            networks: Vec::new(),
            roles: Vec::new(),
        }),
        ..Machine::default()
    }
}

pub(super) fn config(folder: &Path) -> AgentConfig {
    let media = MediaSource {
        setup: folder.join("setup.exe"),
        proof: MediaProof::Sha256("00".repeat(32)),
        update_folder: None,
    };
    AgentConfig {
        listen: "127.0.0.1:0".parse().unwrap(),
        state_dir: folder.join("state"),
        controller_identity: CONTROLLER.to_owned(),
        namespaces: vec!["etl".to_owned()],
        lineage: None,
        tls: TlsFiles {
            certificate: folder.join("tls.crt"),
            key: folder.join("tls.key"),
            ca: folder.join("ca.crt"),
        },
        media: [("sql2019".into(), media)].into(),
    }
}

/// An agent with its machine and its state folder.
pub(super) struct Site {
    pub(super) host: Arc<FakeHost>,
    pub(super) agent: Arc<Agent>,
    pub(super) folder: tempfile::TempDir,
}

impl Site {
    pub(super) fn new() -> Self {
        Self::with(machine())
    }

    pub(super) fn with(machine: Machine) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let host = FakeHost::new(machine);
        let agent = open(folder.path(), &host).unwrap();
        Self { host, agent, folder }
    }

    /// The agent dies and starts again on the same state.
    pub(super) fn restart(self) -> Self {
        let Self { host, agent, folder } = self;
        drop(agent);
        let agent = open(folder.path(), &host).unwrap();
        Self { host, agent, folder }
    }

    pub(super) async fn run(&self, op: NodeOp<SecretBytes>) -> Outcome {
        self.run_as(fence(), op).await
    }

    pub(super) async fn run_as(&self, fence: Fence, op: NodeOp<SecretBytes>) -> Outcome {
        self.agent.execute(CONTROLLER, OpRequest { fence, op }).await
    }

    pub(super) fn audit(&self) -> Vec<serde_json::Value> {
        let text = std::fs::read_to_string(self.folder.path().join("state/audit.jsonl")).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

fn open(folder: &Path, host: &Arc<FakeHost>) -> Result<Arc<Agent>, StateError> {
    Agent::open(&config(folder), host.clone())
}

pub(super) fn epoch(number: u64, holder: &str) -> Epoch {
    Epoch { lineage: "l-1".into(), number, holder: holder.into() }
}

pub(super) fn fence() -> Fence {
    fence_of(Kind::ScaleOutMaster, "etl", "ssis-master")
}

pub(super) fn fence_of(kind: Kind, namespace: &str, name: &str) -> Fence {
    Fence {
        epoch: epoch(5, "pod-a"),
        owner: Owner { kind, namespace: namespace.into(), name: name.into(), uid: "u".into(), generation: 1 },
    }
}

pub(super) fn firewall(port: u16) -> NodeOp<SecretBytes> {
    NodeOp::EnsureFirewallRule { name: "SSIS Scale Out Master".into(), port }
}

pub(super) fn set_account() -> NodeOp<SecretBytes> {
    NodeOp::SetServiceAccount {
        service: ServiceRef::Master(SqlVersion::V2019),
        account: ACCOUNT.into(),
        password: Some(SecretBytes::new(PASSWORD)),
    }
}
