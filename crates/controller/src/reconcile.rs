//! Reconcile as a table of contents: finalizer, deletion, pass; errors and pauses.

use crate::context::Context;
use crate::kinds::{PassError, SiteKind};
use crate::lease::ErrorChain;
use crate::pass::{label, owner, run_pass};
use kube::api::{Api, Patch, PatchParams};
use kube::runtime::controller::Action;
use kube::{Resource as _, ResourceExt as _};
use scaleout_api::annotations::FINALIZER;
use scaleout_api::{DeletionPolicy, SiteObject as _};
use scaleout_model::fence::Fence;
use scaleout_model::node::NodeOp;
use serde_json::json;
use std::hash::{BuildHasher as _, Hasher as _};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout};
use tracing::Instrument as _;

/// Deadline of one try to release a claim when an object is deleted.
const RELEASE: Duration = Duration::from_secs(5);

/// How long a watch is given to bring our own last write.
const WATCH_LAG: Duration = Duration::from_millis(20);

/// Reconciles one object.
pub async fn reconcile<K: SiteKind>(
    object: Arc<K::Object>,
    context: Arc<Context>,
) -> Result<Action, PassError> {
    let span = tracing::info_span!(
        "reconcile",
        kind = K::KIND.as_str(),
        namespace = object.namespace().unwrap_or_default(),
        name = object.name_any(),
        generation = object.meta().generation.unwrap_or_default(),
    );
    let started = Instant::now();
    let result = visit::<K>(&object, &context).instrument(span).await;
    context.metrics.passes.get_or_create(&label::<K>()).inc();
    context.metrics.seconds.get_or_create(&label::<K>()).observe(started.elapsed().as_secs_f64());
    result
}

async fn visit<K: SiteKind>(object: &K::Object, context: &Context) -> Result<Action, PassError> {
    if context.is_stale(object.uid().as_deref(), object.resource_version().as_deref()) {
        return Ok(Action::requeue(WATCH_LAG));
    }
    if object.is_deleting() {
        return delete::<K>(object, context).await;
    }
    if !object.finalizers().iter().any(|finalizer| finalizer == FINALIZER) {
        set_finalizers::<K>(object, context, &[object.finalizers(), &[FINALIZER.to_owned()]].concat())
            .await?;
    }
    Ok(Action::requeue(jittered(run_pass::<K>(context, object).await?.next)))
}

/// Teardown: passes until nothing is left to take down. Retain waits for no Secret and no other object.
async fn delete<K: SiteKind>(object: &K::Object, context: &Context) -> Result<Action, PassError> {
    if !object.finalizers().iter().any(|finalizer| finalizer == FINALIZER) {
        return Ok(Action::await_change());
    }
    let teardown = object.policy().deletion_policy == DeletionPolicy::Teardown;
    if teardown {
        let passed = run_pass::<K>(context, object).await?;
        if !passed.converged {
            return Ok(Action::requeue(jittered(passed.next)));
        }
        context.secrets.delete_generated(&owner::<K>(object)).await?;
    }
    release::<K>(object, context).await?;
    Ok(Action::await_change())
}

/// What follows a failed pass.
#[expect(clippy::needless_pass_by_value, reason = "the controller runtime passes both by value")]
pub fn on_error<K: SiteKind>(object: Arc<K::Object>, error: &PassError, context: Arc<Context>) -> Action {
    context.metrics.errors.get_or_create(&label::<K>()).inc();
    let key = format!("{}/{}", K::KIND.as_str(), object.name_any());
    let failures = context.count_failures(&key, true);
    tracing::warn!(object = %key, failures, error = %ErrorChain(error), "the pass failed");
    Action::requeue(jittered(Duration::from_millis(500).saturating_mul(1 << failures.min(6))))
}

/// Three to five quarters of a pause, so that objects that failed together do not come back together.
fn jittered(pause: Duration) -> Duration {
    let random = std::collections::hash_map::RandomState::new().build_hasher().finish() % 512;
    pause.saturating_mul(768 + u32::try_from(random).unwrap_or_default()) / 1024
}

/// One try per agent, side by side, to release the claims; then the finalizer goes. The site stays as it is.
async fn release<K: SiteKind>(object: &K::Object, context: &Context) -> Result<(), PassError> {
    let (site, _) = K::dereference(context, object).await?;
    let fence = Fence { epoch: context.leadership.epoch().clone(), owner: owner::<K>(object) };
    let tries = K::claims(object).into_iter().filter_map(|(node, role)| {
        let target = site.nodes.iter().find(|target| target.node == node)?;
        let op = NodeOp::ReleaseClaim { role };
        Some(async {
            let outcome = timeout(RELEASE, context.nodes.execute(target, &fence, op)).await;
            tracing::info!(node = %target.node, ?outcome, "claim given up");
        })
    });
    futures::future::join_all(tries).await;
    let kept: Vec<String> =
        object.finalizers().iter().filter(|finalizer| *finalizer != FINALIZER).cloned().collect();
    set_finalizers::<K>(object, context, &kept).await
}

async fn set_finalizers<K: SiteKind>(
    object: &K::Object,
    context: &Context,
    finalizers: &[String],
) -> Result<(), PassError> {
    let namespace = object.namespace().ok_or(PassError::Nameless)?;
    let api: Api<K::Object> = Api::namespaced(context.client.clone(), &namespace);
    // resourceVersion: another writer's finalizer must not be lost.
    let patch = json!({"metadata": {"finalizers": finalizers, "resourceVersion": object.resource_version()}});
    match api.patch(&object.name_any(), &PatchParams::default(), &Patch::Merge(&patch)).await {
        Ok(_) => Ok(()),
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
        Err(error) => Err(error.into()),
    }
}
