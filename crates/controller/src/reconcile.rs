//! Reconcile as a table of contents: finalizer, deletion, pass; errors and pauses.

use crate::context::Context;
use crate::deletion;
use crate::kinds::{PassError, SiteKind};
use crate::lease::ErrorChain;
use crate::pass::{label, run_pass};
use kube::api::{Api, Patch, PatchParams};
use kube::runtime::controller::Action;
use kube::{Resource as _, ResourceExt as _};
use scaleout_api::SiteObject as _;
use scaleout_api::annotations::FINALIZER;
use serde_json::json;
use std::hash::{BuildHasher as _, Hasher as _};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tracing::Instrument as _;

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
        return deletion::delete::<K>(object, context).await;
    }
    if !object.finalizers().iter().any(|finalizer| finalizer == FINALIZER) {
        set_finalizers::<K>(object, context, &[object.finalizers(), &[FINALIZER.to_owned()]].concat())
            .await?;
    }
    Ok(Action::requeue(jittered(run_pass::<K>(context, object).await?.next)))
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
pub fn jittered(pause: Duration) -> Duration {
    let random = std::collections::hash_map::RandomState::new().build_hasher().finish() % 512;
    pause.saturating_mul(768 + u32::try_from(random).unwrap_or_default()) / 1024
}

/// Replaces the object's finalizers, unless somebody else changed it meanwhile.
pub async fn set_finalizers<K: SiteKind>(
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
