//! The three kinds as the one machine sees them.

pub mod group;
pub mod master;
pub mod peers;
pub mod worker;

use crate::context::Context;
use async_trait::async_trait;
use kube::Resource;
use scaleout_api::{Convergence, SiteObject};
use scaleout_execution::observe::Site;
use scaleout_execution::ports::EndpointTarget;
use scaleout_model::desired::Policy;
use scaleout_model::fence::Kind;
use scaleout_model::names::NodeName;
use scaleout_model::node::ClaimRole;
use scaleout_model::observed::Observed;
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
    /// The nodes that the object claims, and as what.
    fn claims(object: &Self::Object) -> Vec<(NodeName, ClaimRole)>;
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
    /// The plan of a deletion with `deletionPolicy: Teardown`; `None`: nothing of this kind is taken down but its claims.
    fn plan_teardown(_object: &Self::Object, _desired: &Self::Desired, _observed: &Observed) -> Option<Plan> {
        None
    }
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
