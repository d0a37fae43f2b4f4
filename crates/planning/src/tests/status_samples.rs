//! Statuses as `derive_convergence` makes them, for judges outside of this workspace: kstatus' own library and Argo CD's
//! interpreter (`tests/status-judge`). Each sample says what they must make of it.

use super::{GROUP, MASTER, WORKER};
use crate::plan::{Entry, Plan};
use crate::status::{Derivation, Situation, derive_convergence};
use crate::tests::fixture::{converged, database, empty};
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
    let Finding { target, drift, verdict } = finding;
    Plan { entries: vec![Entry { step: StepId("Step"), area: "CatalogReady", target, drift, verdict }] }
}

/// A sample of the group: status, generation, whether it is in deletion; kstatus' word and Argo CD's.
fn samples() -> Vec<Value> {
    let group = |plan: &Plan, situation| derive(conditions::GROUP, plan, situation, None);
    let quiet = GROUP.plan(&(GROUP.desired)(), &converged());
    let work = GROUP.plan(&(GROUP.desired)(), &empty());
    let mut site = converged();
    database(&mut site, 0).state = "RECOVERING".into();
    let wait = GROUP.plan(&(GROUP.desired)(), &site);
    let blocked = single(Finding::blocked(Target::Site, Reason::SecretRequired, "no Secret"));
    let unread = single(Finding::waiting(Target::Site, Reason::NotObserved, "nobody looked"));
    let ready = group(&quiet, Situation::Enforced);
    let converging = group(&work, Situation::Enforced);
    let stalled = group(&blocked, Situation::Enforced);
    let suspended = |prior| derive(conditions::GROUP, &quiet, Situation::Suspended, Some(prior));
    let master = MASTER.plan(&(MASTER.desired)(), &converged());
    let worker = WORKER.plan(&(WORKER.desired)(), &converged());
    let rows: Vec<(&str, Option<Convergence>, i64, bool, &str, &str)> = vec![
        // kstatus takes an object without any status for current: wait for the condition as well.
        ("not visited yet", None, 1, false, "Current", "Progressing"),
        ("ready", Some(ready.clone()), 3, false, "Current", "Healthy"),
        (
            "ready master",
            Some(derive(conditions::MASTER, &master, Situation::Enforced, None)),
            3,
            false,
            "Current",
            "Healthy",
        ),
        (
            "ready worker",
            Some(derive(conditions::WORKER, &worker, Situation::Enforced, None)),
            3,
            false,
            "Current",
            "Healthy",
        ),
        ("working", Some(converging.clone()), 3, false, "InProgress", "Progressing"),
        (
            "waiting for the site",
            Some(group(&wait, Situation::Enforced)),
            3,
            false,
            "InProgress",
            "Progressing",
        ),
        ("stalled", Some(stalled.clone()), 3, false, "Failed", "Degraded"),
        (
            "facts are unknown",
            Some(group(&unread, Situation::Enforced)),
            3,
            false,
            "InProgress",
            "Progressing",
        ),
        ("ready at an older generation", Some(ready.clone()), 4, false, "InProgress", "Progressing"),
        ("stalled at an older generation", Some(stalled.clone()), 4, false, "InProgress", "Progressing"),
        ("suspended when ready", Some(suspended(&ready)), 3, false, "Current", "Suspended"),
        ("suspended in the middle", Some(suspended(&converging)), 3, false, "InProgress", "Suspended"),
        ("observed and right", Some(group(&quiet, Situation::Observed)), 3, false, "Current", "Healthy"),
        ("observed with drift", Some(group(&work, Situation::Observed)), 3, false, "InProgress", "Degraded"),
        ("in deletion", Some(ready), 3, true, "Terminating", "Progressing"),
        ("in deletion and stalled", Some(stalled), 3, true, "Terminating", "Degraded"),
    ];
    let sample =
        |(name, status, generation, deleting, kstatus, argo): (_, Option<Convergence>, _, _, _, _)| {
            let object = object(status.as_ref(), generation, deleting);
            json!({"name": name, "kstatus": kstatus, "argo": argo, "object": object})
        };
    rows.into_iter().map(sample).collect()
}

#[test]
fn the_judges_samples_are_what_we_derive() {
    let text = format!("{}\n", serde_json::to_string_pretty(&samples()).unwrap());
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/status-judge/samples.json");
    if std::env::var_os("SCALEOUT_WRITE_SAMPLES").is_some() && std::env::var_os("CI").is_none() {
        std::fs::write(path, &text).unwrap();
    }
    let stored = std::fs::read_to_string(path).unwrap_or_default();
    assert!(stored == text, "statuses changed: SCALEOUT_WRITE_SAMPLES=1 cargo test -p scaleout-planning");
}
