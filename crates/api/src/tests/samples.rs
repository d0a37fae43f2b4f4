//! Samples and the rule table read back as they were written; the table covers every rule.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{documents, schemas};
use crate::{ScaleOutMaster, ScaleOutWorker, SsisdbAvailabilityGroup};

/// The value read as its kind and written again.
fn round_trip(value: &Value) -> Value {
    fn through<K: DeserializeOwned + Serialize>(value: &Value) -> Value {
        serde_json::to_value(serde_json::from_value::<K>(value.clone()).unwrap()).unwrap()
    }
    match value["kind"].as_str().unwrap() {
        "SsisdbAvailabilityGroup" => through::<SsisdbAvailabilityGroup>(value),
        "ScaleOutMaster" => through::<ScaleOutMaster>(value),
        "ScaleOutWorker" => through::<ScaleOutWorker>(value),
        kind => panic!("{kind} is none of ours"),
    }
}

/// Fails at a member of `written` that `read` lacks or has otherwise: a field that no type knows.
fn assert_kept(written: &Value, read: &Value, path: &str) {
    match (written, read) {
        (Value::Object(members), Value::Object(others)) => {
            for (key, member) in members {
                let other = others.get(key).unwrap_or_else(|| panic!("{path}.{key} is lost"));
                assert_kept(member, other, &format!("{path}.{key}"));
            }
        }
        (Value::Array(items), Value::Array(others)) => {
            assert_eq!(items.len(), others.len(), "{path}");
            for (index, (item, other)) in items.iter().zip(others).enumerate() {
                assert_kept(item, other, &format!("{path}[{index}]"));
            }
        }
        _ => assert_eq!(written, read, "{path}"),
    }
}

fn expectation(file: &str, text: &str) -> String {
    let first = text.lines().next().unwrap_or_default();
    first.strip_prefix("# expect: ").unwrap_or_else(|| panic!("{file}: no `# expect: …`")).to_owned()
}

#[test]
fn samples_are_kept() {
    let ours: Vec<(String, Value)> = documents("deploy/samples")
        .into_iter()
        .flat_map(|(file, _, values)| values.into_iter().map(move |value| (file.clone(), value)))
        .filter(|(_, value)| value["apiVersion"] == format!("{}/{}", crate::GROUP, crate::VERSION))
        .collect();
    assert_eq!(ours.len(), 5);
    for (file, value) in ours {
        assert_kept(&value, &round_trip(&value), &file);
    }
}

#[test]
fn accepted_rows_of_the_table_are_kept() {
    let mut rows = 0;
    for (file, text, values) in documents("tests/crd-rules") {
        if expectation(&file, &text) == "accepted" {
            rows += 1;
            assert_eq!(values.len(), 1, "{file}");
            assert_kept(&values[0], &round_trip(&values[0]), &file);
        }
    }
    assert!(rows >= 6, "{rows} rows");
}

#[test]
fn every_rule_has_a_row_that_breaks_it() {
    let expected: Vec<(String, String)> = documents("tests/crd-rules")
        .into_iter()
        .map(|(file, text, values)| {
            (values[0]["kind"].as_str().unwrap().to_owned(), expectation(&file, &text))
        })
        .collect();
    let mut rules = Vec::new();
    for (kind, schema) in schemas() {
        collect_messages(&schema, &mut |message| rules.push((kind.clone(), message.to_owned())));
    }
    assert!(rules.len() > 25, "{} rules", rules.len());
    for (kind, message) in rules {
        // Unions that all kinds share need one row of any kind.
        let shared =
            ["serviceAccount", "the name of a group managed"].iter().any(|start| message.starts_with(start));
        assert!(
            expected.iter().any(|(of, row)| (shared || *of == kind) && message.contains(row.as_str())),
            "{kind}: no row breaks {message:?}"
        );
    }
}

fn collect_messages(schema: &Value, found: &mut impl FnMut(&str)) {
    match schema {
        Value::Object(members) => {
            for rule in
                members.get("x-kubernetes-validations").and_then(Value::as_array).into_iter().flatten()
            {
                found(rule["message"].as_str().expect("every rule has a message"));
            }
            members.values().for_each(|member| collect_messages(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_messages(item, found)),
        _ => {}
    }
}

#[test]
fn the_smallest_spec_gets_only_wiring_and_policy() {
    let worker = documents("tests/crd-rules")
        .into_iter()
        .find(|(file, _, _)| file == "worker-smallest.yaml")
        .map(|(_, _, values)| round_trip(&values[0]))
        .unwrap();
    let mut spec = worker["spec"].clone();
    for given in ["masterRef", "node", "serviceAccount", "certificate"] {
        spec.as_object_mut().unwrap().remove(given).unwrap();
    }
    assert_eq!(
        spec,
        json!({"mode": "Enforce", "suspend": false, "disruption": "Never", "deletionPolicy": "Retain",
            "desiredState": "Enabled", "installation": {"policy": "Never"}})
    );
}

#[test]
fn a_status_of_a_later_release_is_read() {
    let status = json!({
        "observedGeneration": 7, "later": {"field": 1},
        "replicas": [{"name": "SQL01", "role": "SomethingNew", "synchronization": "Other", "failoverReady": "Maybe"}],
        "plan": {"digest": "d", "steps": [{"step": "s", "target": "t", "verdict": "Pondering", "reason": "New",
            "message": ""}]},
        "failovers": [{"kind": "Moon", "from": "a", "to": "b", "observedAt": "2026-01-01T00:00:00Z"}],
    });
    let status: crate::SsisdbAvailabilityGroupStatus = serde_json::from_value(status).unwrap();
    assert_eq!(status.convergence.observed_generation, Some(7));
    assert_eq!(status.replicas[0].role.as_deref(), Some("SomethingNew"));
}
