//! A refused login in the light of what the instance's agent says.

use super::*;
use crate::ports::{EpochAnswer, NodeEvent, SqlEncryption, WriteGuard};
use async_trait::async_trait;
use futures::stream::{BoxStream, StreamExt as _};
use scaleout_model::fact::Cause;
use scaleout_model::fence::{Epoch, Fence};
use scaleout_model::node::{AgentFacts, EngineFacts, LoginMode, NodeOp, ServiceState, StartType};
use scaleout_model::outcome::Outcome;
use scaleout_model::secret::SecretBytes;
use scaleout_model::sql::SqlOp;
use std::sync::atomic::{AtomicUsize, Ordering};

/// An agent, silent or not; an instance that refuses the login, with what refusals come to.
struct Peers {
    answers: bool,
    refusals: Refusals,
    reads: AtomicUsize,
}

fn node_facts() -> NodeFacts {
    fn unknown<T>() -> Fact<T> {
        Fact::unknown(CauseKind::NotObserved, "not part of this test")
    }
    let engine = EngineFacts {
        instance: ReplicaName::new("SQL01").instance(),
        product_version: "15.0.4355.3".into(),
        state: ServiceState::Running,
        started_unix_ms: Some(1),
        account: r"CORP\sql-engine".into(),
        login_mode: LoginMode::Mixed,
        hadr_enabled: true,
        sql_agent: ServiceState::Running,
        sql_agent_start: StartType::Automatic,
    };
    NodeFacts {
        computer_name: "SQL01".into(),
        dns_name: "sql01.corp.example".into(),
        clock_unix_ms: 0,
        agent: AgentFacts::default(),
        pending_reboot: unknown(),
        cluster: unknown(),
        engines: Fact::Known(vec![engine]),
        features: unknown(),
        services: unknown(),
        certificates: unknown(),
        bindings: unknown(),
        reservations: unknown(),
        firewall: unknown(),
        settings: unknown(),
        client_auth_trust_mode: unknown(),
    }
}

#[async_trait]
impl NodePort for Peers {
    async fn facts(&self, _: &NodeTarget) -> Result<NodeFacts, Cause> {
        if self.answers { Ok(node_facts()) } else { Err(Cause::new(CauseKind::Unreachable, "silent")) }
    }
    async fn execute(&self, _: &NodeTarget, _: &Fence, _: NodeOp<SecretBytes>) -> Outcome {
        unreachable!("nothing is written")
    }
    async fn raise_epoch(&self, _: &NodeTarget, _: &Epoch) -> Result<EpochAnswer, Cause> {
        unreachable!("nothing is written")
    }
    fn events(&self, _: &NodeTarget) -> BoxStream<'static, NodeEvent> {
        futures::stream::empty().boxed()
    }
}

#[async_trait]
impl SqlPort for Peers {
    async fn observe(&self, _: &SqlTarget, _: &GroupName) -> Result<InstanceFacts, Cause> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        Err(Cause::new(CauseKind::CredentialRefused, "error 18456"))
    }
    async fn observe_catalog(&self, _: &SqlTarget) -> Fact<CatalogFacts> {
        unreachable!("there is no primary")
    }
    fn note_logins(&self, _: &SqlTarget, state: LoginState) -> Refusals {
        assert_eq!((state.mode, state.started_unix_ms), (LoginMode::Mixed, Some(1)));
        self.refusals
    }
    async fn execute(&self, _: &SqlTarget, _: &Fence, _: &dyn WriteGuard, _: SqlOp<SecretBytes>) -> Outcome {
        unreachable!("nothing is written")
    }
    async fn depose(&self, _: &SqlTarget, _: &Epoch) -> Result<(), Cause> {
        unreachable!("nothing is written")
    }
}

#[tokio::test]
async fn a_refused_login_is_explained_by_the_agent() {
    use CauseKind::{CredentialRefused, MixedModeOff};
    for (answers, refusals, kind, reads) in [
        (true, Refusals::Stand, CredentialRefused, 1),
        (true, Refusals::Lapse, CredentialRefused, 2),
        (true, Refusals::WindowsOnly, MixedModeOff, 1),
        (true, Refusals::AwaitRestart, MixedModeOff, 1),
        (false, Refusals::WindowsOnly, CredentialRefused, 1),
    ] {
        let peers = Peers { answers, refusals, reads: AtomicUsize::new(0) };
        let site = Site {
            nodes: vec![NodeTarget { node: "SQL01".into(), host: "sql01.corp.example".into(), port: 8443 }],
            instances: vec![SqlTarget {
                replica: "SQL01".into(),
                host: "sql01.corp.example".into(),
                port: 1433,
                encryption: SqlEncryption::Mandatory,
                ca_pem: None,
                observer: None,
                operator: None,
            }],
            group: GroupName::new("AG"),
        };
        let recent = Recent::default();
        let readers = Readers { nodes: &peers, sql: &peers, recent: &recent, not_older: Duration::ZERO };
        let observed = observe(readers, &site, Vec::new(), 0).await;
        let cause = observed.instance(&"SQL01".into()).cause().cloned().unwrap();
        assert_eq!((cause.kind, peers.reads.load(Ordering::Relaxed)), (kind, reads), "{refusals:?}");
        assert_eq!(cause.message.contains("waits for the restart"), refusals == Refusals::AwaitRestart);
        assert_eq!(
            observed.catalog.cause().map(|cause| cause.kind),
            Some(kind),
            "what depends on it says the same"
        );
    }
}
