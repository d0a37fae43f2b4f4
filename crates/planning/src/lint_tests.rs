//! Each defect that the lint knows, in a plan that no step would make.

use super::*;
use crate::plan::Entry;
use crate::tests::Change;
use crate::tests::fixture::{
    AGENT_ID, catalog, converged, group, handle, name, node, policy, replica, unknown, worker_thumbprint,
};
use scaleout_model::fence::Kind;
use scaleout_model::node::{ClaimRole, Quorum, ServiceRef, Store};
use scaleout_model::sql::ReplicaRole;
use scaleout_model::verdict::{StepId, Target, Verdict};
use scaleout_model::version::SqlVersion;

fn entry(step: &'static str, op: Op) -> Entry {
    let (target, verdict) = (Target::Site, Verdict::Act(Box::new(op)));
    Entry { step: StepId(step), area: "Area", target, drift: Vec::new(), verdict, held: None }
}

fn on_node(on: &str, op: NodeOp<scaleout_model::secret::SecretHandle>) -> Op {
    Op::Node { node: name(on), op }
}

fn on_replica(index: usize, op: SqlOp<scaleout_model::secret::SecretHandle>) -> Op {
    Op::Sql { replica: replica(index), op }
}

fn harmless(on: &str) -> Op {
    on_node(on, NodeOp::ReleaseClaim { role: ClaimRole::Worker })
}

fn judge(ops: Vec<(&'static str, Op)>, change: impl Fn(&mut Observed)) -> Result<(), PlanDefect> {
    let mut observed = converged();
    change(&mut observed);
    let entries = ops.into_iter().map(|(step, op)| entry(step, op)).collect();
    lint(&Plan { entries }, &policy(Kind::ScaleOutMaster), &observed)
}

#[test]
fn a_right_plan_passes() {
    let ops = vec![
        ("A", harmless("QRY1")),
        ("B", on_replica(0, SqlOp::EnableScaleOut)),
        ("C", on_replica(1, SqlOp::EnableClr)),
        ("D", Op::GenerateCertificate { names: Vec::new() }),
        ("E", on_node("QRY1", NodeOp::EnableHadr { instance: "ETL".into() })),
    ];
    assert_eq!(judge(ops, |_| {}), Ok(()));
}

#[test]
fn a_write_needs_a_policy_that_enforces() {
    let mut policy = policy(Kind::ScaleOutMaster);
    policy.enforce = false;
    let plan = Plan { entries: vec![entry("A", harmless("QRY1"))] };
    assert!(matches!(lint(&plan, &policy, &converged()), Err(PlanDefect::WriteForbidden(_))));
}

#[test]
fn each_defect_is_caught() {
    let hadr = |on| on_node(on, NodeOp::EnableHadr { instance: "ETL".into() });
    let twice = judge(vec![("A", harmless("QRY1")), ("A", harmless("QRY1"))], |_| {});
    assert!(matches!(twice, Err(PlanDefect::TwoOps(..))));
    let disruptions = judge(vec![("A", hadr("QRY1")), ("B", hadr("QRY2"))], |_| {});
    assert!(matches!(disruptions, Err(PlanDefect::TwoDisruptions(_))));
    let silent = judge(vec![("A", harmless("QRY1"))], |o| drop(o.nodes.insert(name("QRY1"), unknown())));
    assert!(matches!(silent, Err(PlanDefect::ActsOnUnknown(_))));
    let stranger = judge(vec![("A", harmless("QRY9"))], |_| {});
    assert!(matches!(stranger, Err(PlanDefect::ActsOnUnknown(_))));
    let silent = judge(vec![("A", on_replica(1, SqlOp::EnableClr))], |o| {
        o.instances.insert(replica(1), unknown());
    });
    assert!(matches!(silent, Err(PlanDefect::ActsOnUnknown(_))));
    let secondary = judge(vec![("A", on_replica(1, SqlOp::EnableScaleOut))], |_| {});
    assert!(matches!(secondary, Err(PlanDefect::NotThePrimary(_))));
    let unsure = judge(vec![("A", on_replica(0, SqlOp::EnableScaleOut))], |o| {
        group(o, 0).local_role = scaleout_model::fact::Fact::Known(ReplicaRole::Secondary);
        o.instances.insert(replica(1), unknown());
    });
    assert!(matches!(unsure, Err(PlanDefect::NotThePrimary(_))));
    let frozen = judge(vec![("A", harmless("QRY1"))], |o| {
        if let scaleout_model::fact::Fact::Known(cluster) = &mut node(o, "QRY2").cluster {
            cluster.quorum = Quorum::Forced;
        }
    });
    assert!(matches!(frozen, Err(PlanDefect::Frozen(_))));
}

/// Before there is a group, the primary's ops go to the one instance that has SSISDB.
#[test]
fn without_a_group_any_replica_may_be_the_home() {
    let alone = judge(vec![("A", on_replica(1, SqlOp::SetRecoveryFull))], |o| {
        for index in 0..2 {
            crate::tests::fixture::instance(o, index).group = scaleout_model::fact::Fact::Absent;
        }
    });
    assert_eq!(alone, Ok(()));
}

/// Every destructive op passes when its grounds are known, and not when one is unknown.
#[test]
fn nothing_destroys_blindly() {
    let tasks: Change = |o| catalog(o).tasks = unknown();
    let services: Change = |o| node(o, "QRY1").services = unknown();
    let certificates: Change = |o| node(o, "QRY1").certificates = unknown();
    let clusters: Change = |o| node(o, "QRY1").cluster = unknown();
    let logins: Change = |o| crate::tests::fixture::instance(o, 1).logins = unknown();
    let users: Change = |o| catalog(o).users = unknown();
    let remove = NodeOp::RemoveCertificate { store: Store::Root, thumbprint: worker_thumbprint() };
    let stop = NodeOp::StopService { service: ServiceRef::Worker(SqlVersion::V2019) };
    let copy = SqlOp::CopyLogLogin { sid: "C3".into(), password: handle("log-login", "password") };
    let disable = SqlOp::DisableWorker { agent_id: AGENT_ID.into(), regardless: false };
    let rows: [(Op, &[Change]); 6] = [
        (on_node("QRY1", remove), &[certificates]),
        (on_node("QRY1", stop), &[services, tasks]),
        (on_node("QRY1", NodeOp::OfflineRole { role: "is-master".into() }), &[clusters, tasks]),
        (on_node("QRY1", NodeOp::DeleteRole { role: "is-master".into() }), &[clusters, tasks]),
        (on_replica(1, copy), &[logins, users]),
        (on_replica(0, disable), &[tasks]),
    ];
    for (op, grounds) in rows {
        assert!(op.is_destructive(), "{op}");
        assert_eq!(judge(vec![("A", op.clone())], |_| {}), Ok(()), "{op}");
        for ground in grounds {
            let blind = judge(vec![("A", op.clone())], ground);
            assert!(matches!(blind, Err(PlanDefect::DestroysBlindly(_))), "{op}: {blind:?}");
        }
    }
}
