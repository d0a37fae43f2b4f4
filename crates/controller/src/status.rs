//! Status: derived, compared, written only when it changed; events on transitions.

use crate::clock;
use crate::context::Context;
use crate::kinds::{KindStatus, PassError, SiteKind};
use crate::pass::{label, situation};
use kube::api::{Api, Patch, PatchParams};
use kube::runtime::events::{Event, EventType};
use kube::{Resource as _, ResourceExt as _};
use scaleout_api::convergence::{PlanStep, PlanSummary};
use scaleout_api::{Convergence, SiteObject as _, conditions};
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_planning::plan::Plan;
use scaleout_planning::status::{Attempt, Derivation, apply_attempts, derive_convergence, evidence_after};
use serde_json::json;

/// The status after a pass.
pub fn derive<K: SiteKind>(
    object: &K::Object,
    desired: Option<&K::Desired>,
    observed: &Observed,
    plan: &Plan,
    attempts: &[Attempt],
    reference_uid: Option<String>,
) -> K::Status {
    let after = apply_attempts(plan, attempts);
    let evidence = evidence_after(&observed.living_evidence(), attempts);
    let mut convergence = derive_convergence(&Derivation {
        areas: K::AREAS,
        plan: &after,
        situation: situation(object),
        evidence: &evidence,
        prior: object.convergence(),
        generation: object.meta().generation.unwrap_or_default(),
        now: clock::time_at(observed.now_unix_ms),
    });
    convergence.reference_uid = reference_uid.or(convergence.reference_uid);
    K::derive_status(object, desired, observed, attempts, convergence)
}

/// Writes the status if it differs from the one that was read.
pub async fn write<K: SiteKind>(
    context: &Context,
    object: &K::Object,
    status: K::Status,
) -> Result<(), PassError> {
    if K::status(object) == Some(&status) {
        return Ok(());
    }
    let namespace = object.namespace().ok_or(PassError::Nameless)?;
    let api: Api<K::Object> = Api::namespaced(context.client.clone(), &namespace);
    let patch =
        merge_patch(K::status(object).map(serde_json::to_value).transpose()?, serde_json::to_value(&status)?);
    let patch = json!({ "status": patch });
    let written =
        api.patch_status(&object.name_any(), &PatchParams::default(), &Patch::Merge(&patch)).await?;
    context.remember_write(written.uid(), written.resource_version());
    context.metrics.status_writes.get_or_create(&label::<K>()).inc();
    announce::<K>(context, object, status.convergence()).await;
    Ok(())
}

/// A JSON merge patch that turns `old` into `new`: members that are gone become null.
fn merge_patch(old: Option<serde_json::Value>, new: serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match (old, new) {
        (Some(Value::Object(old)), Value::Object(mut new)) => {
            for (key, value) in old {
                match new.remove(&key) {
                    None => {
                        new.insert(key, Value::Null);
                    }
                    Some(fresh) => {
                        new.insert(key, merge_patch(Some(value), fresh));
                    }
                }
            }
            Value::Object(new)
        }
        (_, new) => new,
    }
}

/// Events on transitions of Ready and Stalled, and on failovers that were seen.
async fn announce<K: SiteKind>(context: &Context, object: &K::Object, new: &Convergence) {
    let old = object.convergence();
    for type_ in conditions::ANNOUNCED {
        let before = old.and_then(|old| old.condition(type_)).map(|condition| condition.status.as_str());
        let Some(now) = new.condition(type_).filter(|now| before != Some(now.status.as_str())) else {
            continue;
        };
        let good = (type_ == conditions::READY) == (now.status == "True");
        // A first word that nobody waits for: not ready yet, and needs nobody.
        if before.is_none() && now.status != "True" {
            continue;
        }
        let kind = if good { EventType::Normal } else { EventType::Warning };
        publish::<K>(
            context,
            object,
            kind,
            &now.reason,
            format!("{type_} is {}. {}", now.status, now.message),
        )
        .await;
    }
    for step in fresh(old, new, Reason::HostGivenUp) {
        publish::<K>(context, object, EventType::Warning, &step.reason, step.message.clone()).await;
    }
    let known = old.map_or(0, |old| old.failovers.len());
    if new.failovers.len() > known
        && let Some(last) = new.failovers.last()
    {
        let note = format!("{} went from {} to {}", last.kind, last.from, last.to);
        publish::<K>(context, object, EventType::Normal, conditions::FAILED_OVER, note).await;
    }
}

/// An Event for each op that went ahead although tasks run, since the wait for them is over.
pub async fn announce_overdue<K: SiteKind>(context: &Context, object: &K::Object, plan: &Plan) {
    for (entry, op) in plan.ops() {
        if entry.held.as_ref().is_some_and(|held| held.over.is_some()) {
            let reason = Reason::TasksRunning.as_str();
            publish::<K>(context, object, EventType::Warning, reason, entry.describe_op(op)).await;
        }
    }
}

/// Steps of the new plan with a reason that their target did not have before.
fn fresh<'a>(
    old: Option<&Convergence>,
    new: &'a Convergence,
    reason: Reason,
) -> impl Iterator<Item = &'a PlanStep> {
    let with =
        move |plan: &'a PlanSummary| plan.steps.iter().filter(move |step| step.reason == reason.as_str());
    let before = old.and_then(|old| old.plan.as_ref()).map(|plan| plan.steps.clone()).unwrap_or_default();
    let known = move |step: &&PlanStep| {
        !before.iter().any(|old| old.target == step.target && old.reason == step.reason)
    };
    new.plan.iter().flat_map(with).filter(known)
}

/// Publishes an Event about the object; one that can't be published is logged.
pub async fn publish<K: SiteKind>(
    context: &Context,
    object: &K::Object,
    type_: EventType,
    reason: &str,
    note: String,
) {
    let event = Event {
        type_,
        reason: reason.to_owned(),
        note: Some(scaleout_api::limits::truncate(&note, scaleout_api::limits::MESSAGE)),
        action: "Reconcile".to_owned(),
        secondary: None,
    };
    if let Err(error) = context.recorder.publish(&event, &object.object_ref(&())).await {
        tracing::warn!(error = %crate::lease::ErrorChain(&error), "an event was not published");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merge_patch_removes_what_is_gone() {
        let old = json!({"a": 1, "b": {"c": 1, "d": 2}, "e": [1]});
        let new = json!({"b": {"c": 1}, "e": [2]});
        assert_eq!(merge_patch(Some(old), new), json!({"a": null, "b": {"c": 1, "d": null}, "e": [2]}));
    }
}
