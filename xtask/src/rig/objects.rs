//! Our objects, as YAML declares them and as Kubernetes has them.

use crate::controlplane::Kubectl;
use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::Value;

/// Plan steps, conditions and the rest of one object.
#[derive(Clone, Debug)]
pub struct Object(Value);

/// One entry of `status.plan.steps`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Step {
    /// Name.
    pub step: String,
    /// What it looks at.
    pub target: String,
    /// Act, Waiting, Blocked or Unmanaged.
    pub verdict: String,
    /// Why, in one word.
    pub reason: String,
    /// Why.
    pub message: String,
    /// What it does.
    pub op: Option<String>,
}

/// One entry of `status.conditions`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Condition {
    /// `Ready`, ….
    #[serde(rename = "type")]
    pub type_: String,
    /// True, False or Unknown.
    pub status: String,
    /// Why, in one word.
    pub reason: String,
    /// Why.
    #[serde(default)]
    pub message: String,
}

impl Object {
    /// Kind.
    pub fn kind(&self) -> &str {
        self.text("/kind")
    }

    /// Name.
    pub fn name(&self) -> &str {
        self.text("/metadata/name")
    }

    /// Text at a JSON pointer; empty if there is none.
    pub fn text(&self, pointer: &str) -> &str {
        self.0.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    /// Value at a JSON pointer.
    pub fn at(&self, pointer: &str) -> Option<&Value> {
        self.0.pointer(pointer)
    }

    /// The list at a JSON pointer; empty if there is none.
    pub fn list(&self, pointer: &str) -> &[Value] {
        self.0.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }

    /// Steps of the last plan that are not converged.
    pub fn steps(&self) -> Vec<Step> {
        self.entries("/status/plan/steps")
    }

    /// Conditions.
    pub fn conditions(&self) -> Vec<Condition> {
        self.entries("/status/conditions")
    }

    /// Whether the condition Ready is True and speaks of the present generation.
    pub fn is_ready(&self) -> bool {
        let ready = |condition: &Condition| condition.type_ == "Ready" && condition.status == "True";
        self.at("/status/observedGeneration") == self.at("/metadata/generation")
            && self.conditions().iter().any(ready)
    }

    fn entries<T: for<'de> Deserialize<'de>>(&self, pointer: &str) -> Vec<T> {
        let read = |entry: &Value| T::deserialize(entry).ok();
        self.list(pointer).iter().filter_map(read).collect()
    }
}

/// The objects of a namespace.
pub fn read(kubectl: &Kubectl, namespace: &str) -> Result<Vec<Object>> {
    let text = kubectl.run(["get", "ssis", "--namespace", namespace, "--output", "json"])?;
    let list: Value = serde_json::from_str(&text).context("kubectl's answer is no JSON")?;
    let items = list.get("items").and_then(Value::as_array).context("kubectl's answer is no list")?;
    Ok(items.iter().cloned().map(Object).collect())
}

/// What the objects ask for: one group, one master and its workers.
#[derive(Clone, Debug)]
pub struct Declared {
    /// The `SsisdbAvailabilityGroup`.
    pub group: Object,
    /// The `ScaleOutMaster`.
    pub master: Object,
    /// The `ScaleOutWorker`s.
    pub workers: Vec<Object>,
}

impl Declared {
    /// Reads YAML documents.
    pub fn parse(yaml: &str) -> Result<Self> {
        let documents = serde_yaml_ng::Deserializer::from_str(yaml);
        let all: Result<Vec<Value>, _> = documents.map(Value::deserialize).collect();
        let all: Vec<Object> = all.context("no YAML")?.into_iter().map(Object).collect();
        let of_kind =
            |kind: &str| all.iter().filter(|object| object.kind() == kind).cloned().collect::<Vec<_>>();
        let one = |kind: &str| of_kind(kind).pop().with_context(|| format!("no {kind}"));
        Ok(Self {
            group: one("SsisdbAvailabilityGroup")?,
            master: one("ScaleOutMaster")?,
            workers: of_kind("ScaleOutWorker"),
        })
    }

    /// All objects.
    pub fn all(&self) -> impl Iterator<Item = &Object> {
        [&self.group, &self.master].into_iter().chain(&self.workers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_speaks_of_the_present_generation() {
        let object = |generation: u8| {
            Object(serde_json::json!({
                "metadata": {"generation": 2},
                "status": {
                    "observedGeneration": generation,
                    "conditions": [{"type": "Ready", "status": "True", "reason": "Converged"}],
                },
            }))
        };
        assert!(object(2).is_ready() && !object(1).is_ready());
    }
}
