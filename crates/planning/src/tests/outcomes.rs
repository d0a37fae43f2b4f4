//! What attempted ops mean for plan, evidence and the next visit.

use crate::plan::{Entry, Plan};
use crate::status::{Attempt, apply_attempts, evidence_after, next_wakeup};
use crate::tests::fixture::{NOW, converged, name};
use scaleout_model::fact::Fact;
use scaleout_model::node::{ClaimRole, NodeOp};
use scaleout_model::observed::Observed;
use scaleout_model::op::Op;
use scaleout_model::outcome::{Class, Failure, Outcome, Refusal};
use scaleout_model::reason::Reason;
use scaleout_model::sql::{Evidence, EvidencePurpose};
use scaleout_model::verdict::{Drift, Finding, Held, StepId, Target, Verdict, WaitingOn};
use std::time::Duration;

const STEP: StepId = StepId("Step");

#[test]
fn what_was_proved_of_a_replica_ends_with_it() {
    let mut observed = converged();
    let seeded = |observed: &Observed| {
        let living = observed.living_evidence();
        living.into_iter().filter(|e| e.purpose == EvidencePurpose::SeedingGranted).count()
    };
    let evidence = Evidence {
        purpose: EvidencePurpose::SeedingGranted,
        target: r"QRY2\ETL".into(),
        secret: String::new(),
        marker: "group".into(),
        recorded_unix_ms: NOW,
    };
    observed.evidence.retain(|e| e.purpose != EvidencePurpose::SeedingGranted);
    observed.evidence.push(evidence);
    assert_eq!(seeded(&observed), 1);
    for facts in observed.instances.values_mut() {
        let Fact::Known(facts) = facts else { panic!("known") };
        let Fact::Known(group) = &mut facts.group else { panic!("known") };
        group.replicas.retain(|replica| replica.name.as_str() == "QRY1");
    }
    assert_eq!(seeded(&observed), 0);
}

fn act(on: &str) -> Finding {
    let op = Op::Node { node: name(on), op: NodeOp::ReleaseClaim { role: ClaimRole::Worker } };
    Finding::act(Target::Node(name(on)), Drift::missing("it"), op)
}

fn plan(findings: Vec<Finding>) -> Plan {
    Plan { entries: findings.into_iter().map(|finding| Entry::new(STEP, "Area", finding)).collect() }
}

fn attempt(outcome: Outcome) -> Attempt {
    Attempt { step: STEP, target: Target::Node(name("QRY1")), outcome }
}

fn failed(class: Class, code: Option<i64>) -> Outcome {
    Outcome::Failed(Failure::new(class, code, "no"))
}

fn told(class: Class, reason: Reason) -> Outcome {
    Outcome::Failed(Failure::new(class, None, "no").with_reason(Some(reason)))
}

fn not_yet(reason: Reason) -> Outcome {
    Outcome::NotYet(WaitingOn { reason, message: "not yet".into() })
}

#[test]
fn each_outcome_has_its_verdict() {
    let rows = [
        (Outcome::Done(None), "Act"),
        (Outcome::NoChange(None), "Act"),
        (not_yet(Reason::InstallationRunning), "Waiting InstallationRunning"),
        (not_yet(Reason::SecretRequired), "Blocked SecretRequired"),
        (Outcome::Conflict("changed".into()), "Waiting StaleView"),
        (Outcome::Refused(Refusal::StaleEpoch), "Waiting StaleView"),
        (Outcome::Refused(Refusal::OtherLineage), "Blocked OwnedByAnother"),
        (Outcome::Refused(Refusal::NamespaceNotAllowed), "Blocked NamespaceNotAllowed"),
        (Outcome::Refused(Refusal::ClaimedByOther("x".into())), "Blocked ClaimedByOther"),
        (failed(Class::Unanswered, None), "Waiting OperationFailed"),
        (failed(Class::Transient, Some(1205)), "Waiting OperationFailed"),
        (failed(Class::NotPrimary, Some(3906)), "Waiting OperationFailed"),
        (failed(Class::NotSecondary, None), "Waiting OperationFailed"),
        (failed(Class::Prerequisite, None), "Waiting OperationFailed"),
        (failed(Class::Credential, Some(18456)), "Blocked CredentialRefused"),
        (failed(Class::Leftover, None), "Blocked OperationRefused"),
        (told(Class::Human, Reason::JoinRollbackFailed), "Blocked JoinRollbackFailed"),
        (told(Class::Terminal, Reason::GroupOnOtherCluster), "Blocked GroupOnOtherCluster"),
        (told(Class::Credential, Reason::CatalogPasswordUnknown), "Blocked CatalogPasswordUnknown"),
        (told(Class::Credential, Reason::LogonRefused), "Blocked LogonRefused"),
        (told(Class::Transient, Reason::ComputerObjectDenied), "Blocked ComputerObjectDenied"),
        (told(Class::Transient, Reason::DatabaseMasterKeyClosed), "Blocked DatabaseMasterKeyClosed"),
        (
            told(Class::Prerequisite, Reason::MasterFeatureMissingOnPrimary),
            "Blocked MasterFeatureMissingOnPrimary",
        ),
        (told(Class::Prerequisite, Reason::LogLoginMissing), "Waiting LogLoginMissing"),
        (told(Class::Prerequisite, Reason::ReplicaNotConnected), "Waiting ReplicaNotConnected"),
        (failed(Class::Terminal, Some(1)), "Blocked OperationRefused"),
    ];
    for (outcome, expected) in rows {
        let before = plan(vec![act("QRY1"), act("QRY2")]);
        let after = apply_attempts(&before, &[attempt(outcome.clone())]);
        let seen = match &after.entries[0].verdict {
            Verdict::Act(_) => "Act".to_owned(),
            Verdict::Waiting(why) => format!("Waiting {}", why.reason),
            Verdict::Blocked(why) => format!("Blocked {}", why.reason),
            other => format!("{other:?}"),
        };
        assert_eq!(seen, expected, "{outcome:?}");
        assert_eq!(after.entries[0].drift, before.entries[0].drift, "what differs, differs still");
        assert_eq!(after.entries[1], before.entries[1], "what was not tried stays");
    }
}

fn proof(target: &str, marker: &str) -> Evidence {
    Evidence {
        purpose: EvidencePurpose::LogLoginPassword,
        target: target.into(),
        secret: "log-login/uid/1".into(),
        marker: marker.into(),
        recorded_unix_ms: 0,
    }
}

#[test]
fn new_evidence_replaces_what_it_renews() {
    let prior = [proof("QRY2", "old"), proof("QRY1", "old")];
    let attempts = [
        attempt(Outcome::Done(Some(proof("qry2", "new")))),
        attempt(Outcome::NoChange(Some(proof("A", "a")))),
    ];
    let seen: Vec<(String, String)> =
        evidence_after(&prior, &attempts).into_iter().map(|e| (e.target, e.marker)).collect();
    let expected = [("A", "a"), ("QRY1", "old"), ("qry2", "new")].map(|(t, m)| (t.to_owned(), m.to_owned()));
    assert_eq!(seen, expected);
    assert_eq!(evidence_after(&prior, &[attempt(failed(Class::Transient, None))]).len(), 2);
}

fn held(until_unix_ms: Option<i64>) -> Finding {
    let waiting = Finding::waiting(Target::Site, Reason::TasksRunning, "tasks run");
    waiting.with_held(Some(Held { until_unix_ms, over: None }))
}

#[test]
fn the_next_visit_depends_on_what_is_left() {
    let blocked = Finding::blocked(Target::Site, Reason::MixedModeOff, "off");
    let waiting = Finding::waiting(Target::Site, Reason::Seeding, "seeding");
    let warned = Finding::warned(Target::Site, Reason::Unmanaged, "so");
    let done = || vec![attempt(Outcome::Done(None))];
    let tried = |outcome| vec![attempt(outcome)];
    let rows = [
        ("nothing to do", vec![warned], vec![], 0, 20_000),
        ("a human must act", vec![blocked.clone()], vec![], 0, 15_000),
        ("waiting, though a human must act too", vec![blocked, waiting], vec![], 0, 2_000),
        ("an op that is held", vec![act("QRY1")], vec![], 0, 2_000),
        ("tasks run", vec![held(None)], vec![], 0, 10_000),
        ("tasks run, and the wait ends soon", vec![held(Some(NOW + 3_000))], vec![], 0, 3_050),
        ("work was done", vec![act("QRY1")], done(), 0, 50),
        ("an op must wait", vec![act("QRY1")], tried(not_yet(Reason::InstallationRunning)), 0, 1_000),
        ("an op failed once", vec![act("QRY1")], tried(failed(Class::Transient, None)), 1, 2_000),
        ("an op failed four times", vec![act("QRY1")], tried(failed(Class::Transient, None)), 4, 16_000),
        ("an op keeps failing", vec![act("QRY1")], tried(failed(Class::Transient, None)), 4_000_000, 60_000),
    ];
    for (what, findings, attempts, failures, milliseconds) in rows {
        let pause = next_wakeup(&plan(findings), &attempts, failures, NOW);
        assert_eq!(pause, Duration::from_millis(milliseconds), "{what}");
    }
}
