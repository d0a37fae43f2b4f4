//! The common part of status: times, bounds, evidence, failovers; nothing in it changes by itself.

use super::{Change, GROUP, MASTER, WORKER};
use crate::plan::{Entry, Plan};
use crate::status::{Derivation, Situation, derive_convergence, read_evidence, read_waits, record_failover};
use crate::tests::fixture::{converged, database, unknown};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;
use scaleout_api::convergence::Wait;
use scaleout_api::{Convergence, limits};
use scaleout_model::desired::DesiredWorker;
use scaleout_model::verdict::{Drift, Finding, StepId, Target};

const AREAS: &[&str] = &["CatalogReady", "GroupReady"];

fn at(seconds: i64) -> Time {
    Time(Timestamp::from_second(seconds).unwrap())
}

fn derive(plan: &Plan, situation: Situation, prior: Option<&Convergence>, seconds: i64) -> Convergence {
    let evidence = converged().evidence;
    let input = Derivation {
        areas: AREAS,
        plan,
        situation,
        evidence: &evidence,
        prior,
        generation: 3,
        now: at(seconds),
    };
    derive_convergence(&input)
}

/// SSISDB recovers on the primary.
fn troubled() -> Plan {
    let mut observed = converged();
    database(&mut observed, 0).state = "RECOVERING".into();
    GROUP.plan(&(GROUP.desired)(), &observed)
}

fn quiet() -> Plan {
    GROUP.plan(&(GROUP.desired)(), &converged())
}

#[test]
fn a_status_of_an_unchanged_site_does_not_change() {
    for plan in [quiet(), troubled()] {
        let first = derive(&plan, Situation::Enforced, None, 1000);
        assert_eq!(derive(&plan, Situation::Enforced, Some(&first), 2000), first);
    }
}

#[test]
fn a_transition_time_is_kept_while_the_status_is() {
    let first = derive(&quiet(), Situation::Enforced, None, 1000);
    let second = derive(&troubled(), Situation::Enforced, Some(&first), 2000);
    let third = derive(&troubled(), Situation::Enforced, Some(&second), 3000);
    let fourth = derive(&quiet(), Situation::Enforced, Some(&third), 4000);
    let since = |status: &Convergence, type_| status.condition(type_).unwrap().last_transition_time.clone();
    for (status, catalog, group) in
        [(first, 1000, 1000), (second, 2000, 1000), (third, 2000, 1000), (fourth, 4000, 1000)]
    {
        assert_eq!(since(&status, "CatalogReady"), at(catalog));
        assert_eq!(since(&status, "Ready"), at(catalog));
        assert_eq!(since(&status, "GroupReady"), at(group));
        assert!(status.conditions.iter().all(|condition| condition.observed_generation == Some(3)));
    }
}

#[test]
fn a_suspended_object_keeps_its_other_conditions() {
    let first = derive(&quiet(), Situation::Enforced, None, 1000);
    let second = derive(&troubled(), Situation::Suspended, Some(&first), 2000);
    assert_eq!(second.condition("Ready"), first.condition("Ready"));
    assert_eq!(second.condition("CatalogReady"), first.condition("CatalogReady"));
    assert_eq!(second.condition("Suspended").unwrap().status, "True");
    assert_eq!(second.conditions.len(), first.conditions.len());
}

#[test]
fn drift_is_capped_and_the_rest_is_counted() {
    let drift = |count| {
        let drift = vec![Drift::between("field", "seen", "wanted"); count];
        let finding = Finding { drift, ..Finding::converged(Target::Site) };
        let entry = Entry::new(StepId("Step"), "GroupReady", finding);
        let status = derive(&Plan { entries: vec![entry] }, Situation::Enforced, None, 1000);
        (status.drift.len(), status.drift_omitted)
    };
    assert_eq!(drift(0), (0, None));
    assert_eq!(drift(limits::DRIFT), (limits::DRIFT, None));
    assert_eq!(drift(limits::DRIFT + 5), (limits::DRIFT, Some(5)));
}

#[test]
fn the_plan_shows_what_is_not_settled() {
    let status = derive(&troubled(), Situation::Enforced, None, 1000);
    let plan = status.plan.unwrap();
    assert_eq!(plan.digest, troubled().digest());
    let shown: Vec<(&str, &str, &str)> = plan
        .steps
        .iter()
        .map(|step| (step.step.as_str(), step.verdict.as_str(), step.reason.as_str()))
        .collect();
    assert_eq!(shown, [("CatalogExists", "Waiting", "CatalogUnavailable")]);
    let finding = || Finding::waiting(Target::Site, scaleout_model::reason::Reason::Seeding, "so");
    let entries = (0..200).map(|_| Entry::new(StepId("Step"), "GroupReady", finding()));
    let status = derive(&Plan { entries: entries.collect() }, Situation::Enforced, None, 1000);
    assert_eq!(status.plan.unwrap().steps.len(), limits::PLAN_STEPS);
}

#[test]
fn evidence_survives_the_way_through_status() {
    let before = converged().evidence;
    let after = read_evidence(Some(&derive(&quiet(), Situation::Enforced, None, 1000)));
    assert_eq!(after, before);
    let mut observed = converged();
    observed.evidence = after;
    assert!(MASTER.plan(&(MASTER.desired)(), &observed).is_converged());
    assert_eq!(read_evidence(None), Vec::new());
    let mut status = derive(&quiet(), Situation::Enforced, None, 1000);
    status.evidence[0].purpose = "FromTheFuture".into();
    assert_eq!(read_evidence(Some(&status)).len(), before.len() - 1);
}

#[test]
fn failovers_are_remembered_once_and_bounded() {
    let mut status = Convergence::default();
    let now = at(1000);
    assert!(!record_failover(&mut status, "Group", None, Some("QRY1"), &now));
    assert!(!record_failover(&mut status, "Group", Some("QRY1"), None, &now));
    assert!(!record_failover(&mut status, "Group", Some("QRY1"), Some("qry1"), &now));
    assert!(status.failovers.is_empty());
    for count in 0..limits::FAILOVERS + 3 {
        let (from, to) = (format!("N{count}"), format!("N{}", count + 1));
        assert!(record_failover(&mut status, "Group", Some(&from), Some(&to), &now));
    }
    assert_eq!(status.failovers.len(), limits::FAILOVERS);
    assert_eq!(status.failovers.last().unwrap().to, format!("N{}", limits::FAILOVERS + 3));
}

/// A worker that shall be disabled, with tasks or without, and the waits that are remembered of it after it.
fn drain(busy: bool, change: Change, prior: &Convergence, seconds: i64) -> Convergence {
    let (mut desired, mut observed) = ((WORKER.desired)(), converged());
    desired.enabled = false;
    observed.now_unix_ms = seconds * 1000;
    observed.waits = read_waits(Some(prior));
    if busy {
        super::worker::busy(&mut observed);
    }
    change(&mut observed);
    derive(&WORKER.plan(&desired, &observed), Situation::Enforced, Some(prior), seconds)
}

#[test]
fn a_wait_is_written_once_and_goes_when_it_ends() {
    let known: Change = |_| {};
    let begun = drain(true, known, &Convergence::default(), 1000);
    let what = "WorkerEnabled PKG1".to_owned();
    assert_eq!(begun.waits, [Wait { what, since: at(1000) }]);
    let message = |status: &Convergence| status.plan.clone().unwrap().steps[0].message.clone();
    assert!(message(&begun).ends_with("at the latest at 1970-01-01T00:26:40Z"), "{}", message(&begun));
    assert_eq!(drain(true, known, &begun, 1599), begun, "nothing changes while it lasts");
    let blind: Change = |observed| observed.catalog = unknown();
    assert_eq!(drain(true, blind, &begun, 1300).waits, begun.waits, "what can't be read ends no wait");
    assert!(drain(false, blind, &Convergence::default(), 1300).waits.is_empty(), "nor does it begin one");
    let over = drain(true, known, &begun, 1600);
    assert_eq!(over.waits, begun.waits);
    let said = "DisableWorker on replica QRY1: tasks run still, and drain.timeoutSeconds (600 s) is over";
    assert_eq!(message(&over), said);
    assert!(drain(false, known, &begun, 1300).waits.is_empty(), "quiet");
    let mut observed = converged();
    super::worker::busy(&mut observed);
    let plan = WORKER.plan(&DesiredWorker { enabled: false, ..(WORKER.desired)() }, &observed);
    assert!(derive(&plan, Situation::Observed, Some(&begun), 1300).waits.is_empty(), "nothing would be done");
}
