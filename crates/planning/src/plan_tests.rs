//! The chain's rules, on small chains of their own.

use super::*;
use crate::tests::Change;
use crate::tests::fixture::{converged, name, node, policy, unknown};
use scaleout_model::fence::Kind;
use scaleout_model::node::{ClaimRole, GroupState, NodeOp, NodeState, Quorum, RunningOp};
use scaleout_model::sql::{ReplicaRole, SyncState};

/// A step that says what it is told to.
struct Said {
    id: StepId,
    after: &'static [StepId],
}

/// What each step says, by its name.
type Script = Vec<(StepId, Finding)>;

impl Step<Script> for Said {
    fn id(&self) -> StepId {
        self.id
    }
    fn area(&self) -> &'static str {
        "Area"
    }
    fn after(&self) -> &'static [StepId] {
        self.after
    }
    fn assess(&self, script: &Script, _observed: &Observed) -> Vec<Finding> {
        script.iter().filter(|(id, _)| *id == self.id).map(|(_, finding)| finding.clone()).collect()
    }
}

const FIRST: StepId = StepId("First");
const SECOND: StepId = StepId("Second");
const OTHER: StepId = StepId("Other");
const CHAIN: [&dyn Step<Script>; 3] =
    [&Said { id: FIRST, after: &[] }, &Said { id: SECOND, after: &[FIRST] }, &Said { id: OTHER, after: &[] }];

fn on(node: &str) -> Target {
    Target::Node(name(node))
}

fn act(target: Target, node: &str) -> Finding {
    let op = NodeOp::ReleaseClaim { role: ClaimRole::Worker };
    Finding::act(target, Drift::missing("it"), Op::Node { node: name(node), op })
}

fn disrupt(node: &str) -> Finding {
    let op = NodeOp::EnableHadr { instance: "ETL".into() };
    Finding::act(on(node), Drift::missing("it"), Op::Node { node: name(node), op })
}

fn run(script: Script, observed: &Observed) -> Vec<String> {
    run_with(&policy(Kind::ScaleOutMaster), script, observed)
}

fn run_with(policy: &Policy, script: Script, observed: &Observed) -> Vec<String> {
    let plan = plan(&CHAIN, policy, &{ script }, observed);
    let word = |verdict: &Verdict| match verdict {
        Verdict::Act(_) => "Act".to_owned(),
        Verdict::Waiting(why) => format!("Waiting {}", why.reason),
        Verdict::Blocked(why) => format!("Blocked {}", why.reason),
        other => format!("{other:?}"),
    };
    plan.entries
        .iter()
        .map(|entry| format!("{} {}: {}", entry.step, entry.target, word(&entry.verdict)))
        .collect()
}

#[test]
fn a_step_waits_for_unsettled_predecessors_on_related_targets_only() {
    let waits = Finding::waiting(on("QRY2"), Reason::AgentUnreachable, "silent");
    let rows: [(Finding, Finding, &str); 6] = [
        (waits.clone(), act(on("QRY1"), "QRY1"), "Second QRY1: Act"),
        (waits.clone(), act(on("QRY2"), "QRY2"), "Second QRY2: Waiting StepPending"),
        (
            waits.clone(),
            act(Target::Replica(r"qry2\ETL".into()), "QRY2"),
            r"Second qry2\ETL: Waiting StepPending",
        ),
        (waits, act(Target::Site, "QRY1"), "Second site: Waiting StepPending"),
        (act(Target::Site, "QRY1"), act(on("QRY2"), "QRY2"), "Second QRY2: Waiting StepPending"),
        (Finding::warned(on("QRY1"), Reason::Unmanaged, "so"), act(on("QRY1"), "QRY1"), "Second QRY1: Act"),
    ];
    for (first, second, expected) in rows {
        let seen = run(vec![(FIRST, first), (SECOND, second)], &converged());
        assert_eq!(seen.last().map(String::as_str), Some(expected));
    }
}

#[test]
fn a_step_waits_for_no_step_that_it_does_not_name() {
    let first = Finding::blocked(on("QRY1"), Reason::MixedModeOff, "off");
    let seen = run(vec![(FIRST, first), (OTHER, act(on("QRY1"), "QRY1"))], &converged());
    assert_eq!(seen, ["First QRY1: Blocked MixedModeOff", "Other QRY1: Act"]);
}

#[test]
fn at_most_one_op_disrupts() {
    let script = vec![(FIRST, disrupt("QRY1")), (FIRST, disrupt("QRY2")), (OTHER, act(on("QRY2"), "QRY2"))];
    let seen = run(script, &converged());
    assert_eq!(seen, ["First QRY1: Act", "First QRY2: Waiting DisruptionInFlight", "Other QRY2: Act"]);
}

#[test]
fn nothing_disrupts_without_leave() {
    let mut policy = policy(Kind::ScaleOutMaster);
    policy.disruption_allowed = false;
    let seen =
        run_with(&policy, vec![(FIRST, disrupt("QRY1")), (OTHER, act(on("QRY2"), "QRY2"))], &converged());
    assert_eq!(seen, ["First QRY1: Blocked DisruptionNotAllowed", "Other QRY2: Act"]);
}

/// Each kind of disruption that can be under way, on QRY2.
#[test]
fn nothing_disrupts_while_something_does() {
    let rows: [(&str, Change); 5] = [
        ("a running op", |o| {
            node(o, "QRY2").agent.running.push(RunningOp {
                op: "EnableHadr".into(),
                disruptive: true,
                owner: "etl/SsisdbAvailabilityGroup/catalog".into(),
                progress: String::new(),
            });
        }),
        ("a node that is down", |o| cluster(o).nodes[1].state = NodeState::Down),
        ("a role on its way", |o| cluster(o).roles[0].state = GroupState::Pending),
        ("a replica that is not connected", |o| {
            crate::tests::fixture::group(o, 0).replicas[1].connected =
                scaleout_model::fact::Fact::Known(false);
        }),
        ("a replica that lags", |o| {
            crate::tests::fixture::group(o, 0).synchronization[1].state = SyncState::Synchronizing;
        }),
    ];
    for (what, change) in rows {
        let mut observed = converged();
        change(&mut observed);
        let seen = run(vec![(FIRST, disrupt("QRY1")), (OTHER, act(on("QRY1"), "QRY1"))], &observed);
        assert_eq!(seen, ["First QRY1: Waiting DisruptionInFlight", "Other QRY1: Act"], "{what}");
    }
}

/// An op that mends the very node that is in trouble is not held up by its trouble.
#[test]
fn a_node_in_trouble_may_be_mended() {
    let mut observed = converged();
    crate::tests::fixture::group(&mut observed, 0).synchronization[1].state = SyncState::NotSynchronizing;
    cluster(&mut observed).nodes[1].state = NodeState::Down;
    assert_eq!(run(vec![(FIRST, disrupt("QRY2"))], &observed), ["First QRY2: Act"]);
}

#[test]
fn nothing_acts_where_the_policy_does_not_enforce() {
    let mut policy = policy(Kind::ScaleOutMaster);
    policy.enforce = false;
    let script = vec![(FIRST, disrupt("QRY1")), (OTHER, act(on("QRY2"), "QRY2"))];
    let seen = run_with(&policy, script, &converged());
    assert_eq!(seen, ["First QRY1: Waiting DriftObserved", "Other QRY2: Waiting DriftObserved"]);
}

#[test]
fn a_frozen_site_is_only_observed() {
    let forced: Change = |o| cluster(o).quorum = Quorum::Forced;
    let unknown: Change = |o| cluster(o).quorum = Quorum::Unknown;
    let two: Change = |o| {
        crate::tests::fixture::group(o, 1).local_role =
            scaleout_model::fact::Fact::Known(ReplicaRole::Primary);
    };
    let none: Change = |o| crate::tests::fixture::group(o, 0).local_role = resolving();
    let newer: Change = |o| crate::tests::fixture::instance(o, 1).major = 16;
    for (change, reason) in [
        (forced, "QuorumNotNormal"),
        (unknown, "QuorumNotNormal"),
        (two, "NoPrimary"),
        (none, "NoPrimary"),
        (newer, "VersionDiffers"),
    ] {
        let mut observed = converged();
        change(&mut observed);
        let seen = run(vec![(OTHER, act(on("QRY2"), "QRY2"))], &observed);
        assert_eq!(seen, [format!("Other QRY2: Waiting {reason}")]);
    }
}

fn resolving() -> scaleout_model::fact::Fact<ReplicaRole> {
    scaleout_model::fact::Fact::Known(ReplicaRole::Resolving)
}

/// A silent replica may be the primary, or be no part of the group yet: then only what needs a primary waits.
#[test]
fn a_site_whose_primary_is_not_known_is_not_frozen() {
    let silent: Change = |o| {
        o.instances.insert(crate::tests::fixture::replica(0), unknown());
    };
    let not_joined: Change = |o| {
        crate::tests::fixture::group(o, 0).local_role = resolving();
        crate::tests::fixture::instance(o, 1).group = scaleout_model::fact::Fact::Absent;
    };
    for change in [silent, not_joined] {
        let mut observed = converged();
        change(&mut observed);
        assert_eq!(run(vec![(OTHER, act(on("QRY2"), "QRY2"))], &observed), ["Other QRY2: Act"]);
    }
}

/// An object that may not be this site's owner writes nothing, related or not.
#[test]
fn an_object_that_is_not_the_owner_writes_nothing() {
    for reason in [
        Reason::NamespaceNotAllowed,
        Reason::OwnedByAnother,
        Reason::ClaimedByOther,
        Reason::FailoverClusterDiffers,
        Reason::FailoverClusterMissing,
        Reason::QuorumNotNormal,
        Reason::NodeNameDiffers,
        Reason::ReplicaNameDiffers,
    ] {
        let first = Finding::blocked(on("QRY1"), reason, "not ours");
        let seen = run(vec![(FIRST, first), (OTHER, act(on("QRY2"), "QRY2"))], &converged());
        assert_eq!(seen[1], "Other QRY2: Waiting StepPending", "{reason}");
    }
}

#[test]
fn equal_plans_have_equal_digests_and_settled_entries_do_not_count() {
    let digest = |script: Script| plan(&CHAIN, &policy(Kind::ScaleOutMaster), &script, &converged()).digest();
    let one = digest(vec![(FIRST, act(on("QRY1"), "QRY1"))]);
    assert_eq!(one.len(), 16);
    assert_eq!(one, digest(vec![(FIRST, act(on("QRY1"), "QRY1")), (OTHER, Finding::converged(on("QRY2")))]));
    assert_ne!(one, digest(vec![(FIRST, act(on("QRY2"), "QRY1"))]));
    assert_ne!(one, digest(vec![(OTHER, act(on("QRY1"), "QRY1"))]));
}

fn cluster(observed: &mut Observed) -> &mut scaleout_model::node::ClusterFacts {
    match &mut node(observed, "QRY1").cluster {
        scaleout_model::fact::Fact::Known(cluster) => cluster,
        _ => panic!("the fixture knows it"),
    }
}
