//! A unit of convergence: it judges, and names at most one op per target.

use scaleout_model::names::{NodeName, ReplicaName};
use scaleout_model::node::NodeOp;
use scaleout_model::observed::Observed;
use scaleout_model::op::Op;
use scaleout_model::secret::SecretHandle;
use scaleout_model::sql::SqlOp;
use scaleout_model::verdict::{Finding, StepId};

/// One step of a chain. `D` is the desired state of the kind.
///
/// `assess` is pure and small (10–40 lines): it names the narrow views that it reads, and returns a finding
/// for each target that it is about. Where a fact that it needs is unknown it says `Waiting`, never `Act`.
pub trait Step<D>: Sync {
    /// The step's name.
    fn id(&self) -> StepId;

    /// The condition type that its findings bear on.
    fn area(&self) -> &'static str;

    /// Steps whose findings on related targets must have converged before this one acts.
    fn after(&self) -> &'static [StepId];

    /// Judges the observed site.
    fn assess(&self, desired: &D, observed: &Observed) -> Vec<Finding>;
}

/// An op on a node.
pub fn on_node(node: &NodeName, op: NodeOp<SecretHandle>) -> Op {
    Op::Node { node: node.clone(), op }
}

/// An op on an instance.
pub fn on_replica(replica: &ReplicaName, op: SqlOp<SecretHandle>) -> Op {
    Op::Sql { replica: replica.clone(), op }
}

/// Declares the step of a file: its type and `ID` (the type's name), over the file's own `assess` function.
macro_rules! step {
    ($name:ident for $desired:ty, area $area:literal, after [$($after:expr),* $(,)?]) => {
        /// The step's name.
        pub const ID: scaleout_model::verdict::StepId = scaleout_model::verdict::StepId(stringify!($name));

        /// The step; see the module.
        pub struct $name;

        impl $crate::step::Step<$desired> for $name {
            fn id(&self) -> scaleout_model::verdict::StepId {
                ID
            }
            fn area(&self) -> &'static str {
                $area
            }
            fn after(&self) -> &'static [scaleout_model::verdict::StepId] {
                &[$($after),*]
            }
            fn assess(
                &self,
                desired: &$desired,
                observed: &scaleout_model::observed::Observed,
            ) -> Vec<scaleout_model::verdict::Finding> {
                assess(desired, observed)
            }
        }
    };
}
pub(crate) use step;
