//! What is held keeps its own reason, and how long it is held.

use super::*;
use scaleout_model::fact::{CauseKind, Fact};
use scaleout_model::node::{AgentFacts, EngineFacts, NodeFacts, ServiceState, StartType};
use scaleout_model::outcome::Class;
use scaleout_model::reason::Reason;
use scaleout_model::sql::SqlOp;
use scaleout_model::verdict::{Drift, Finding, StepId, Target};
use scaleout_planning::plan::Entry;
use std::collections::BTreeMap;

/// A site of one node with one instance, as its agent tells of it.
fn observed(mode: LoginMode, started_unix_ms: Option<i64>) -> Observed {
    fn unknown<T>() -> Fact<T> {
        Fact::unknown(CauseKind::NotObserved, "not part of this test")
    }
    let engine = EngineFacts {
        instance: scaleout_model::names::ReplicaName::new("SQL01").instance(),
        product_version: "15.0.4355.3".into(),
        state: ServiceState::Running,
        started_unix_ms,
        account: r"CORP\sql-engine".into(),
        login_mode: mode,
        hadr_enabled: true,
        sql_agent: ServiceState::Running,
        sql_agent_start: StartType::Automatic,
    };
    let node = NodeFacts {
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
    };
    Observed {
        nodes: BTreeMap::from([("SQL01".into(), Fact::Known(node))]),
        instances: BTreeMap::new(),
        catalog: unknown(),
        endpoint: unknown(),
        evidence: Vec::new(),
        waits: BTreeMap::new(),
        now_unix_ms: 0,
    }
}

fn op() -> Op {
    Op::Sql { replica: "SQL01".into(), op: SqlOp::EnableClr }
}

/// The reason that a held op shows; `None`: it is tried.
fn shown(holds: &Holds, observed: &Observed) -> Option<Reason> {
    let finding = Finding::act(Target::Site, Drift::missing("it"), op());
    let mut plan = Plan { entries: vec![Entry::new(StepId("Step"), "Area", finding)] };
    holds.apply(&mut plan, observed);
    match &plan.entries[0].verdict {
        Verdict::Blocked(why) => Some(why.reason),
        Verdict::Act(_) => None,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_held_op_shows_its_own_reason_until_its_time_is_over() {
    for (class, told, reason) in [
        (Class::Credential, None, Reason::CredentialRefused),
        (Class::Credential, Some(Reason::CatalogPasswordUnknown), Reason::CatalogPasswordUnknown),
        (Class::Human, Some(Reason::JoinRollbackFailed), Reason::JoinRollbackFailed),
        (Class::Terminal, Some(Reason::GroupOnOtherCluster), Reason::GroupOnOtherCluster),
        (Class::Terminal, None, Reason::OperationRefused),
    ] {
        let (holds, site) = (Holds::default(), observed(LoginMode::Mixed, Some(1)));
        assert_eq!(shown(&holds, &site), None);
        let failure = Failure::new(class, None, "no").with_reason(told);
        holds.record(&op(), &Outcome::Failed(failure), &site);
        for _ in 0..14 {
            assert_eq!(shown(&holds, &site), Some(reason));
            tokio::time::advance(Duration::from_mins(1)).await;
        }
        tokio::time::advance(Duration::from_mins(1)).await;
        assert_eq!(shown(&holds, &site), None, "{reason}");
    }
}

#[test]
fn what_may_help_ends_the_hold() {
    let mixed = || observed(LoginMode::Mixed, Some(1));
    let mut silent = mixed();
    silent.nodes.clear();
    for (name, site, held) in [
        ("the same", mixed(), true),
        ("the instance was restarted", observed(LoginMode::Mixed, Some(2)), false),
        ("its mode was switched", observed(LoginMode::WindowsOnly, Some(1)), false),
        ("its agent is silent", silent, true),
    ] {
        let holds = Holds::default();
        let failure = Failure::new(Class::Credential, None, "no");
        holds.record(&op(), &Outcome::Failed(failure), &mixed());
        assert_eq!(shown(&holds, &site).is_some(), held, "{name}");
        holds.record(&op(), &Outcome::Done(None), &mixed());
        assert_eq!(shown(&holds, &site), None, "{name}: done");
    }
}
