//! The part of status that every kind has: conditions, plan, drift, what we made, evidence.
//!
//! No value here changes by itself. Words that may grow (verdicts, reasons, kinds of things) are text, so
//! that an older reader accepts a newer status.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::KubeSchema;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::limits;

/// How far the site is from the spec, and what is done about it.
#[derive(Clone, Debug, Default, PartialEq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Convergence {
    /// The generation of the object that this status speaks of.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub observed_generation: Option<i64>,
    /// The conditions, by type. Ready, Reconciling, Stalled and Suspended sum up the others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "conditions")]
    pub conditions: Vec<Condition>,
    /// What we created on the site for this object. Not filled yet: what spec no longer names is left.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = limits::MANAGED),
        extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["kind", "name"]))]
    pub managed: Vec<Managed>,
    /// Where the site differs from the spec; at most 64 entries. A secret that differs says only so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = limits::DRIFT), extend("x-kubernetes-list-type" = "atomic"))]
    pub drift: Vec<DriftEntry>,
    /// Number of differences that are not listed in drift.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub drift_omitted: Option<i32>,
    /// The plan of the last pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanSummary>,
    /// The last ten failovers and moves that were seen, the newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = limits::FAILOVERS), extend("x-kubernetes-list-type" = "atomic"))]
    pub failovers: Vec<Failover>,
    /// What waits until no Scale Out task runs, and since when; an entry goes when the wait ends.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = limits::WAITS),
        extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["what"]))]
    pub waits: Vec<Wait>,
    /// Proof for what cannot be read back from the site, such as a password that was set.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = limits::EVIDENCE),
        extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["purpose", "target"]))]
    pub evidence: Vec<Evidence>,
    /// uid of the object that spec refers to, once it and what it refers to itself were all there; absent: they never
    /// were. A Teardown takes down only what was made with them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "crate::formats::text::<64>")]
    pub reference_uid: Option<String>,
}

impl Convergence {
    /// The condition of a type, if it was ever set.
    pub fn condition(&self, type_: &str) -> Option<&Condition> {
        self.conditions.iter().find(|condition| condition.type_ == type_)
    }
}

/// A thing on the site that we created.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Managed {
    /// What it is, for example Replica, ListenerAddress, RoleOwner, Trust, Certificate, FirewallRule.
    #[schemars(schema_with = "crate::formats::text::<64>")]
    pub kind: String,
    /// Its name, unique among its kind.
    #[schemars(schema_with = "crate::formats::text::<{ crate::limits::NAME }>")]
    pub name: String,
}

/// One difference between site and spec.
#[derive(Clone, Debug, Default, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DriftEntry {
    /// The thing that differs, for example a replica or a node.
    #[schemars(schema_with = "crate::formats::text::<{ crate::limits::NAME }>")]
    pub target: String,
    /// The property that differs.
    #[schemars(schema_with = "crate::formats::text::<{ crate::limits::NAME }>")]
    pub field: String,
    /// What is found and what is wanted; of a secret only that it differs.
    #[schemars(schema_with = "crate::formats::text::<{ crate::limits::MESSAGE }>")]
    pub message: String,
}

/// The plan of a pass.
#[derive(Clone, Debug, Default, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanSummary {
    /// Digest of the plan: equal plans have equal digests.
    #[schemars(schema_with = "crate::formats::text::<128>")]
    pub digest: String,
    /// The judgements in order, those that are converged left out; at most 128.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = limits::PLAN_STEPS), extend("x-kubernetes-list-type" = "atomic"))]
    pub steps: Vec<PlanStep>,
}

/// What one step says of one target.
#[derive(Clone, Debug, Default, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanStep {
    /// Name of the step.
    #[schemars(schema_with = "crate::formats::text::<128>")]
    pub step: String,
    /// The thing that the step looks at.
    #[schemars(schema_with = "crate::formats::text::<{ crate::limits::NAME }>")]
    pub target: String,
    /// Act, Waiting, Blocked or Unmanaged; readers accept other words.
    #[schemars(schema_with = "crate::formats::text::<64>")]
    pub verdict: String,
    /// Why, in one CamelCase word.
    #[schemars(schema_with = "crate::formats::text::<128>")]
    pub reason: String,
    /// Why, for a human.
    #[schemars(schema_with = "crate::formats::text::<{ crate::limits::MESSAGE }>")]
    pub message: String,
    /// Name of the operation, where the step acts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "crate::formats::text::<128>")]
    pub op: Option<String>,
}

/// A failover or a move that was seen.
#[derive(Clone, Debug, PartialEq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failover {
    /// What moved: AvailabilityGroup, Role or Listener; readers accept other words.
    #[schemars(schema_with = "crate::formats::text::<64>")]
    pub kind: String,
    /// The replica or node that had it.
    #[schemars(schema_with = "crate::formats::text::<{ crate::limits::NAME }>")]
    pub from: String,
    /// The replica or node that has it.
    #[schemars(schema_with = "crate::formats::text::<{ crate::limits::NAME }>")]
    pub to: String,
    /// When the controller saw it first, by its own clock.
    pub observed_at: Time,
}

/// A wait until no Scale Out task runs.
#[derive(Clone, Debug, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Wait {
    /// The step that waits, and the thing that it looks at.
    #[schemars(schema_with = "crate::formats::text::<{ crate::limits::NAME }>")]
    pub what: String,
    /// When the controller saw first that it must wait, by its own clock.
    pub since: Time,
}

/// Proof that the content of a Secret was applied to a target.
#[derive(Clone, Debug, Default, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    /// What the Secret is for, for example ServiceAccountPassword.
    #[schemars(schema_with = "crate::formats::text::<64>")]
    pub purpose: String,
    /// The node or replica that it was applied to.
    #[schemars(schema_with = "crate::formats::text::<{ crate::limits::NAME }>")]
    pub target: String,
    /// Name of the Secret.
    #[schemars(schema_with = "crate::formats::text::<253>")]
    pub secret_name: String,
    /// uid of the Secret.
    #[schemars(schema_with = "crate::formats::text::<64>")]
    pub secret_uid: String,
    /// resourceVersion of the Secret when it was applied; never a digest of its content.
    #[schemars(schema_with = "crate::formats::text::<64>")]
    pub secret_resource_version: String,
    /// What the target showed after that and still shows if nobody changed it (for example the time when a
    /// password was last set).
    #[schemars(schema_with = "crate::formats::text::<{ crate::limits::NAME }>")]
    pub marker: String,
}

/// The public part of a certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PublicCertificate {
    /// SHA-1 thumbprint, 40 hex digits.
    #[schemars(schema_with = "crate::formats::thumbprint")]
    pub thumbprint: String,
    /// The certificate in PEM, without a key.
    #[schemars(schema_with = "crate::formats::text::<{ crate::limits::PEM }>")]
    pub public_pem: String,
}

/// `metav1.Condition` with bounds, a map by type.
fn conditions(generator: &mut SchemaGenerator) -> Schema {
    let mut condition = Condition::json_schema(generator);
    for (property, bound) in [
        ("type", json!({"minLength": 1, "maxLength": 316})),
        ("reason", json!({"minLength": 1, "maxLength": 128})),
        ("status", json!({"maxLength": 7, "enum": ["True", "False", "Unknown"]})),
        ("message", json!({"maxLength": limits::MESSAGE})),
    ] {
        if let Some(target) = condition
            .get_mut("properties")
            .and_then(|properties| properties.get_mut(property))
            .and_then(serde_json::Value::as_object_mut)
        {
            target.extend(bound.as_object().into_iter().flatten().map(|(k, v)| (k.clone(), v.clone())));
        }
    }
    schemars::json_schema!({
        "type": "array", "items": condition, "maxItems": limits::CONDITIONS,
        "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"]
    })
}
