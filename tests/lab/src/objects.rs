//! Our objects as JSON: read from YAML, with the schema's defaults, found in the API server.

use crate::api::{Collection, Key};
use anyhow::{Context as _, Result, bail};
use scaleout_api::{ScaleOutMaster, ScaleOutWorker, SsisdbAvailabilityGroup};
use serde::Deserialize as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The namespace of all objects.
pub const NAMESPACE: &str = "ssis";
/// The controller's own.
pub const OWN_NAMESPACE: &str = "scaleout-system";
/// Our API group.
pub const GROUP: &str = "scaleout.ssis.dev";
/// Plural names of our kinds.
pub const PLURALS: [&str; 3] = ["ssisdbavailabilitygroups", "scaleoutmasters", "scaleoutworkers"];

/// Reads YAML documents.
pub fn parse(yaml: &str) -> Result<Vec<Value>> {
    let documents = serde_yaml_ng::Deserializer::from_str(yaml);
    documents.map(|document| Value::deserialize(document).context("no YAML")).collect()
}

/// Where objects of a kind are.
pub fn collection_of(object: &Value) -> Result<Collection> {
    let plural = match kind_of(object) {
        "SsisdbAvailabilityGroup" => PLURALS[0],
        "ScaleOutMaster" => PLURALS[1],
        "ScaleOutWorker" => PLURALS[2],
        other => bail!("{other:?} is none of our kinds"),
    };
    Ok(Collection::new(GROUP, NAMESPACE, plural))
}

/// Where an object is.
pub fn key_of(object: &Value) -> Result<Key> {
    Ok(Key { collection: collection_of(object)?, name: name_of(object).to_owned() })
}

/// `kind`.
pub fn kind_of(object: &Value) -> &str {
    object.get("kind").and_then(Value::as_str).unwrap_or_default()
}

/// `metadata.name`.
pub fn name_of(object: &Value) -> &str {
    object.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default()
}

/// The object with the schema's defaults, as the API server keeps it.
pub fn with_defaults(object: &Value) -> Result<Value> {
    fn typed<K: DeserializeOwned + Serialize>(object: &Value) -> Result<Value> {
        let read: K = serde_json::from_value(object.clone()).context("not of its kind")?;
        Ok(serde_json::to_value(read)?)
    }
    match kind_of(object) {
        "SsisdbAvailabilityGroup" => typed::<SsisdbAvailabilityGroup>(object),
        "ScaleOutMaster" => typed::<ScaleOutMaster>(object),
        _ => typed::<ScaleOutWorker>(object),
    }
}

/// Changes a value by a merge patch (RFC 7386).
pub fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    let Value::Object(target) = target else { return };
    for (key, value) in patch {
        if value.is_null() {
            target.remove(key);
        } else {
            merge(target.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}

/// Text at a JSON pointer; empty if there is none.
pub fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Status, reason and message of a condition.
pub fn condition<'a>(object: &'a Value, type_: &str) -> Option<(&'a str, &'a str, &'a str)> {
    let all = object.pointer("/status/conditions")?.as_array()?;
    let found = all.iter().find(|condition| text(condition, "/type") == type_)?;
    Some((text(found, "/status"), text(found, "/reason"), text(found, "/message")))
}

/// Whether Ready is True for the present generation.
pub fn is_ready(object: &Value) -> bool {
    object.pointer("/status/observedGeneration") == object.pointer("/metadata/generation")
        && condition(object, "Ready").is_some_and(|(status, ..)| status == "True")
}

/// Steps of the last plan that are not converged, a line each.
pub fn steps(object: &Value) -> Vec<String> {
    let all = object.pointer("/status/plan/steps").and_then(Value::as_array);
    let line = |step: &Value| {
        let text = |key: &str| step.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        format!(
            "{} on {}: {} {} {} {}",
            text("step"),
            text("target"),
            text("verdict"),
            text("reason"),
            text("op"),
            text("message")
        )
    };
    all.into_iter().flatten().map(line).collect()
}
