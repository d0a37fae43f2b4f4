//! Statuses as `derive_convergence` makes them, for judges outside of this workspace: kstatus' own library and Argo CD's
//! interpreter (`tests/status-judge`). Each sample says what they must make of it.

use super::{GROUP, MASTER, WORKER};
use crate::plan::{Entry, Plan};
use crate::status::{Derivation, Situation, derive_convergence};
use crate::tests::fixture::{converged, database, empty, unknown};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;
use scaleout_api::{Convergence, conditions};
use scaleout_model::reason::Reason;
use scaleout_model::verdict::{Finding, StepId, Target};
use serde_json::{Value, json};

/// The generation that every status here speaks of.
const OBSERVED: i64 = 3;

fn derive(
    areas: &[&'static str],
    plan: &Plan,
    situation: Situation,
    prior: Option<&Convergence>,
) -> Convergence {
    let now = Time(Timestamp::from_second(1_900_000_000).unwrap());
    let input = Derivation { areas, plan, situation, evidence: &[], prior, generation: OBSERVED, now };
    derive_convergence(&input)
}

/// An object of the group's kind at a generation, perhaps in deletion.
fn object(status: Option<&Convergence>, generation: i64, deleting: bool) -> Value {
    let mut metadata = json!({"name": "catalog", "namespace": "etl", "generation": generation});
    if deleting {
        metadata["deletionTimestamp"] = json!("2030-03-17T17:46:40Z");
    }
    let mut object = json!({
        "apiVersion": format!("{}/{}", scaleout_api::GROUP, scaleout_api::VERSION),
        "kind": "SsisdbAvailabilityGroup", "metadata": metadata, "spec": {},
    });
    if let Some(status) = status {
        object["status"] =
            json!({"observedGeneration": status.observed_generation, "conditions": status.conditions});
    }
    object
}

fn single(finding: Finding) -> Plan {
    Plan { entries: vec![Entry::new(StepId("Step"), "CatalogReady", finding)] }
}

/// An object whose status speaks of it as it is; kstatus' word and Argo CD's.
fn current(name: &str, status: &Convergence, judged: [&str; 2]) -> Value {
    sample(name, &object(Some(status), OBSERVED, false), judged)
}

fn sample(name: &str, object: &Value, [kstatus, argo]: [&str; 2]) -> Value {
    json!({"name": name, "kstatus": kstatus, "argo": argo, "object": object})
}

fn group(plan: &Plan, situation: Situation) -> Convergence {
    derive(conditions::GROUP, plan, situation, None)
}

/// What is under way or needs somebody.
fn troubled() -> Vec<Value> {
    let mut site = converged();
    database(&mut site, 0).state = "RECOVERING".into();
    let waiting = GROUP.plan(&(GROUP.desired)(), &site);
    let unread = single(Finding::waiting(Target::Site, Reason::NotObserved, "nobody looked"));
    let working = GROUP.plan(&(GROUP.desired)(), &empty());
    let drift = group(&working, Situation::Observed);
    let mut silent = converged();
    silent.nodes.values_mut().for_each(|fact| *fact = unknown());
    let silent = group(&GROUP.plan(&(GROUP.desired)(), &silent), Situation::Enforced);
    let stalled = group(&blocked(), Situation::Enforced);
    vec![
        // kstatus takes an object without any status for current: wait for the condition as well.
        sample("not visited yet", &object(None, 1, false), ["Current", "Progressing"]),
        current("working", &group(&working, Situation::Enforced), ["InProgress", "Progressing"]),
        current("waiting for the site", &group(&waiting, Situation::Enforced), ["InProgress", "Progressing"]),
        current("facts are unknown", &group(&unread, Situation::Enforced), ["InProgress", "Progressing"]),
        current("nothing answers", &silent, ["InProgress", "Progressing"]),
        current("observed with drift", &drift, ["InProgress", "Degraded"]),
        current("stalled", &stalled, ["Failed", "Degraded"]),
        sample("stalled, changed since", &object(Some(&stalled), 4, false), ["InProgress", "Progressing"]),
        sample("stalled in deletion", &object(Some(&stalled), 3, true), ["Terminating", "Degraded"]),
    ]
}

/// What is right, and what was right before.
fn settled() -> Vec<Value> {
    let quiet = GROUP.plan(&(GROUP.desired)(), &converged());
    let ready = group(&quiet, Situation::Enforced);
    let master = MASTER.plan(&(MASTER.desired)(), &converged());
    let master = derive(conditions::MASTER, &master, Situation::Enforced, None);
    let worker = WORKER.plan(&(WORKER.desired)(), &converged());
    let worker = derive(conditions::WORKER, &worker, Situation::Enforced, None);
    let suspended = |prior| derive(conditions::GROUP, &quiet, Situation::Suspended, Some(prior));
    let working = group(&GROUP.plan(&(GROUP.desired)(), &empty()), Situation::Enforced);
    vec![
        current("ready", &ready, ["Current", "Healthy"]),
        current("ready master", &master, ["Current", "Healthy"]),
        current("ready worker", &worker, ["Current", "Healthy"]),
        current("observed and right", &group(&quiet, Situation::Observed), ["Current", "Healthy"]),
        current("suspended when ready", &suspended(&ready), ["Current", "Suspended"]),
        current("suspended in the middle", &suspended(&working), ["InProgress", "Suspended"]),
        sample("ready, changed since", &object(Some(&ready), 4, false), ["InProgress", "Progressing"]),
        sample("ready in deletion", &object(Some(&ready), 3, true), ["Terminating", "Progressing"]),
    ]
}

fn blocked() -> Plan {
    single(Finding::blocked(Target::Site, Reason::SecretRequired, "no Secret"))
}

#[test]
fn the_judges_samples_are_what_we_derive() {
    let text = format!("{}\n", serde_json::to_string_pretty(&[settled(), troubled()].concat()).unwrap());
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/status-judge/samples.json");
    if std::env::var_os("SCALEOUT_WRITE_SAMPLES").is_some() && std::env::var_os("CI").is_none() {
        std::fs::write(path, &text).unwrap();
    }
    let stored = std::fs::read_to_string(path).unwrap_or_default();
    assert!(stored == text, "statuses changed: SCALEOUT_WRITE_SAMPLES=1 cargo test -p scaleout-planning");
}
