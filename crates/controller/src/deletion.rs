//! The end of an object: what it waits for, what is taken down, what is released, what is said of the rest.

use crate::context::Context;
use crate::kinds::{KindStatus, PassError, SiteKind};
use crate::pass::{owner, run_pass};
use crate::reconcile::{jittered, set_finalizers};
use crate::status::publish;
use futures::future::{join, join_all};
use kube::runtime::controller::Action;
use kube::runtime::events::EventType;
use kube::{Resource as _, ResourceExt as _};
use scaleout_api::annotations::FINALIZER;
use scaleout_api::{DeletionPolicy, SiteObject, conditions};
use scaleout_model::fence::Fence;
use scaleout_model::names::NodeName;
use scaleout_model::node::NodeOp;
use scaleout_model::outcome::Outcome;
use scaleout_planning::deletion::{Deletion, Reference, given_up, left_behind, silent_since, waited_for};
use std::time::Duration;
use tokio::time::timeout;

/// Deadline of one try to release a claim.
const RELEASE: Duration = Duration::from_secs(5);

/// Deadline for the watches of all kinds to have brought their objects: before that, nobody is known to need an object.
const STORES: Duration = Duration::from_secs(5);

/// Teardown: passes until nothing is left to take down. Retain waits for no Secret and no agent, and only for objects that
/// are being taken down and need this one.
pub async fn delete<K: SiteKind>(object: &K::Object, context: &Context) -> Result<Action, PassError> {
    if !object.finalizers().iter().any(|finalizer| finalizer == FINALIZER) {
        return Ok(Action::await_change());
    }
    if !are_stores_ready(context).await {
        return Ok(Action::requeue(jittered(STORES)));
    }
    let policy = object.policy().deletion_policy;
    let is_needed = !waited_for(policy, K::users(context, object)).is_empty();
    if policy == DeletionPolicy::Teardown || is_needed {
        let passed = run_pass::<K>(context, object).await?;
        if !passed.converged || is_needed {
            return Ok(Action::requeue(jittered(passed.next)));
        }
    }
    if policy == DeletionPolicy::Teardown {
        context.secrets.delete_generated(&owner::<K>(object)).await?;
    }
    let held = release::<K>(object, context).await;
    let note = note::<K>(object, &held);
    let reason = match policy {
        DeletionPolicy::Retain => conditions::RETAINED,
        DeletionPolicy::Teardown => conditions::TORN_DOWN,
    };
    let type_ = if held.is_empty() { EventType::Normal } else { EventType::Warning };
    publish::<K>(context, object, type_, reason, note).await;
    let kept: Vec<String> =
        object.finalizers().iter().filter(|finalizer| *finalizer != FINALIZER).cloned().collect();
    set_finalizers::<K>(object, context, &kept).await?;
    Ok(Action::await_change())
}

/// What the deletion is decided from besides the site.
pub fn facts<K: SiteKind>(context: &Context, object: &K::Object, inputs: &K::Inputs) -> Deletion {
    let deleted = object.meta().deletion_timestamp.as_ref();
    let deleted_unix_ms = deleted.map_or(0, |time| time.0.as_millisecond());
    let status = K::status(object).map(KindStatus::convergence);
    let seen = status.is_some_and(|status| status.reference_uid.is_some());
    Deletion {
        deleted_unix_ms,
        users: waited_for(object.policy().deletion_policy, K::users(context, object)),
        reference: K::references(inputs, seen).map_or(Reference::Usable, |references| references.judge()),
        silent_since_unix_ms: silent_since(status, deleted_unix_ms),
        given_up: given_up(object.annotations().iter()),
    }
}

/// Whether the site is not looked at for this deletion: it stays as it is, or nothing was ever made.
pub fn asks_for_nothing(object: &impl SiteObject, deletion: &Deletion) -> bool {
    object.policy().deletion_policy == DeletionPolicy::Retain || deletion.reference == Reference::NeverExisted
}

async fn are_stores_ready(context: &Context) -> bool {
    let stores = &context.stores;
    let ready = join(
        stores.groups.wait_until_ready(),
        join(stores.masters.wait_until_ready(), stores.workers.wait_until_ready()),
    );
    matches!(timeout(STORES, ready).await, Ok((Ok(()), (Ok(()), Ok(())))))
}

/// One try per agent, side by side, to release the claims; the nodes whose claim may still be held.
async fn release<K: SiteKind>(object: &K::Object, context: &Context) -> Vec<NodeName> {
    let fence = Fence { epoch: context.leadership.epoch().clone(), owner: owner::<K>(object) };
    let tries = K::claims(object).into_iter().map(|(target, role)| {
        let fence = &fence;
        async move {
            let op = NodeOp::ReleaseClaim { role };
            let outcome = timeout(RELEASE, context.nodes.execute(&target, fence, op)).await;
            context.recent.forget();
            tracing::info!(node = %target.node, ?outcome, "claim given up");
            let released = matches!(outcome, Ok(Outcome::Done(_) | Outcome::NoChange(_)));
            (!released).then_some(target.node)
        }
    });
    join_all(tries).await.into_iter().flatten().collect()
}

fn note<K: SiteKind>(object: &K::Object, held: &[NodeName]) -> String {
    let left = left_behind(K::KIND, object.policy().deletion_policy);
    if held.is_empty() {
        return format!("{left}; the claims are released");
    }
    let held: Vec<&str> = held.iter().map(NodeName::as_str).collect();
    format!("{left}; the claim may still be held on {}, whose agents did not release it", held.join(", "))
}
