//! The three kinds as the one machine sees them.

pub mod group;
pub mod master;
pub mod peers;
pub mod worker;

use crate::context::Context;
use async_trait::async_trait;
use kube::Resource;
use scaleout_api::annotations::FINALIZER;
use scaleout_api::{Convergence, SiteObject};
use scaleout_execution::observe::Site;
use scaleout_execution::ports::{EndpointTarget, NodeTarget};
use scaleout_model::desired::Policy;
use scaleout_model::fence::Kind;
use scaleout_model::node::ClaimRole;
use scaleout_model::observed::Observed;
use scaleout_planning::deletion::{Deletion, References, User};
use scaleout_planning::plan::Plan;
use scaleout_planning::status::Attempt;
use scaleout_planning::step::Step;
use scaleout_planning::validate::Invalid;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;

/// What went wrong before a plan could be made.
#[derive(Debug, thiserror::Error)]
pub enum PassError {
    /// The API server refused or did not answer.
    #[error("the API server did not answer")]
    Api(#[from] kube::Error),
    /// A plan broke a rule that no step may break: a defect.
    #[error("a plan was refused by its own lint")]
    Defect(#[from] scaleout_planning::lint::PlanDefect),
    /// Status could not be written as JSON: a defect.
    #[error("a status could not be written as JSON")]
    Json(#[from] serde_json::Error),
    /// An object without name or namespace.
    #[error("an object has no name or namespace")]
    Nameless,
}

/// Status of a kind, with the common part in it.
pub trait KindStatus: Serialize + DeserializeOwned + Clone + PartialEq + Default + Send + Sync {
    /// The common part.
    fn convergence(&self) -> &Convergence;
}

/// One kind: what differs between the three loops.
#[async_trait]
pub trait SiteKind: Send + Sync + 'static {
    /// The custom resource.
    type Object: SiteObject
        + Resource<DynamicType = (), Scope = kube::core::NamespaceResourceScope>
        + Clone
        + Debug
        + Serialize
        + DeserializeOwned
        + Send
        + Sync
        + 'static;
    /// Its status.
    type Status: KindStatus;
    /// What was dereferenced: Secrets and other objects.
    type Inputs: Send + Sync;
    /// What its spec asks for.
    type Desired: Send + Sync;

    /// The kind.
    const KIND: Kind;
    /// Condition types of its areas.
    const AREAS: &'static [&'static str];

    /// The chain.
    fn chain() -> Vec<&'static dyn Step<Self::Desired>>;
    /// The status of an object, if there is one.
    fn status(object: &Self::Object) -> Option<&Self::Status>;
    /// The agents of the nodes that the object claims, and as what.
    fn claims(object: &Self::Object) -> Vec<(NodeTarget, ClaimRole)>;
    /// Objects that name this one, and those in deletion that need it through another.
    fn users(_context: &Context, _object: &Self::Object) -> Vec<User> {
        Vec::new()
    }
    /// What the object refers to; `seen`: whether all of it was there once.
    fn references(_inputs: &Self::Inputs, _seen: bool) -> Option<References> {
        None
    }
    /// uid of the object that spec refers to, if all that it leads to is there.
    fn reference_uid(_inputs: &Self::Inputs) -> Option<String> {
        None
    }
    /// Reads Secrets and other objects, and names the peers.
    async fn dereference(context: &Context, object: &Self::Object)
    -> Result<(Site, Self::Inputs), PassError>;
    /// Judges the spec.
    fn validate(
        object: &Self::Object,
        inputs: &Self::Inputs,
        observed: &Observed,
    ) -> Result<Self::Desired, Invalid>;
    /// The policy of a desired state.
    fn policy(desired: &Self::Desired) -> &Policy;
    /// The plan of a deletion with `deletionPolicy: Teardown`.
    fn plan_teardown(
        object: &Self::Object,
        desired: &Self::Desired,
        deletion: Deletion,
        observed: &Observed,
    ) -> Plan;
    /// The endpoint to probe.
    fn endpoint(_desired: &Self::Desired) -> Option<EndpointTarget> {
        None
    }
    /// The status: common part, and what the kind reports besides.
    fn derive_status(
        object: &Self::Object,
        desired: Option<&Self::Desired>,
        observed: &Observed,
        attempts: &[Attempt],
        convergence: Convergence,
    ) -> Self::Status;
}

/// An object that names another. One that is deleted and has left our hands already needs nothing any more.
pub fn user<O: SiteObject>(kind: Kind, object: &O) -> Option<User> {
    let ours = object.meta().finalizers.iter().flatten().any(|finalizer| finalizer == FINALIZER);
    let name = format!("{} {}", kind.as_str(), object.meta().name.as_deref().unwrap_or_default());
    let deleted_with = object.is_deleting().then(|| object.policy().deletion_policy);
    (ours || !object.is_deleting()).then_some(User { name, deleted_with })
}
