//! A second, separate look at a plan before anything is done: rules that no step may break.

use crate::plan::{Entry, Plan};
use scaleout_model::desired::Policy;
use scaleout_model::node::Quorum;
use scaleout_model::observed::Observed;
use scaleout_model::op::Op;
use scaleout_model::sql::SqlPlace;
use std::collections::HashSet;

/// A plan that may not be carried out; a defect of a step.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanDefect {
    /// A write although mode or suspension forbids it.
    #[error("{0} would write although the policy forbids it")]
    WriteForbidden(String),
    /// Two ops of one step on one target.
    #[error("step {0} has two ops on {1}")]
    TwoOps(String, String),
    /// More than one disruptive op.
    #[error("{0} and another op would disrupt service at once")]
    TwoDisruptions(String),
    /// An op at a peer whose facts are unknown.
    #[error("{0} would act on a peer that was not read")]
    ActsOnUnknown(String),
    /// A primary's op that is addressed to another replica.
    #[error("{0} is addressed to a replica that is not the primary")]
    NotThePrimary(String),
    /// An op although quorum is forced or unknown, or two replicas claim to be primary.
    #[error("{0} would act although the site is frozen")]
    Frozen(String),
}

/// Checks `plan` against `observed`; the first defect found.
pub fn lint(plan: &Plan, policy: &Policy, observed: &Observed) -> Result<(), PlanDefect> {
    let mut seen = HashSet::new();
    let mut disruptions = 0;
    for (entry, op) in plan.ops() {
        if !policy.enforce {
            return Err(PlanDefect::WriteForbidden(op.to_string()));
        }
        if !seen.insert((entry.step, entry.target.clone())) {
            return Err(PlanDefect::TwoOps(entry.step.to_string(), entry.target.to_string()));
        }
        disruptions += usize::from(op.is_disruptive());
        if disruptions > 1 {
            return Err(PlanDefect::TwoDisruptions(op.to_string()));
        }
        lint_place(entry, op, observed)?;
    }
    Ok(())
}

fn lint_place(_entry: &Entry, op: &Op, observed: &Observed) -> Result<(), PlanDefect> {
    match op {
        Op::Node { node, .. } if observed.node(node).known().is_none() => {
            Err(PlanDefect::ActsOnUnknown(op.to_string()))
        }
        Op::Sql { replica, op: sql } => {
            if observed.instance(replica).known().is_none() {
                return Err(PlanDefect::ActsOnUnknown(op.to_string()));
            }
            let elsewhere = observed.primary().known().is_some_and(|primary| *primary != replica);
            if sql.place() == SqlPlace::Primary && elsewhere {
                return Err(PlanDefect::NotThePrimary(op.to_string()));
            }
            if is_frozen(observed) {
                return Err(PlanDefect::Frozen(op.to_string()));
            }
            Ok(())
        }
        Op::Node { .. } if is_frozen(observed) => Err(PlanDefect::Frozen(op.to_string())),
        Op::Node { .. } | Op::GenerateCertificate { .. } => Ok(()),
    }
}

/// Forced quorum, or a node that says that it is not known: observe only.
pub fn is_frozen(observed: &Observed) -> bool {
    observed
        .nodes
        .values()
        .filter_map(|facts| facts.known()?.cluster.known())
        .any(|cluster| cluster.quorum != Quorum::Normal)
}
