//! The common part of status: times, bounds, evidence, failovers; nothing in it changes by itself.

use super::{GROUP, MASTER};
use crate::plan::{Entry, Plan};
use crate::status::{Derivation, Situation, derive_convergence, read_evidence, record_failover};
use crate::tests::fixture::{converged, database};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;
use scaleout_api::Convergence;
use scaleout_api::limits;
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
        let finding = Finding::converged(Target::Site);
        let entry = Entry {
            step: StepId("Step"),
            area: "GroupReady",
            target: finding.target,
            drift,
            verdict: finding.verdict,
        };
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
    let entries = (0..200).map(|_| {
        let Finding { target, drift, verdict } = finding();
        Entry { step: StepId("Step"), area: "GroupReady", target, drift, verdict }
    });
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
