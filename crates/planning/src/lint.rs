//! A second, separate look at a plan before anything is done: rules that no step may break.

use crate::plan::Plan;
use crate::site::frozen;
use crate::steps::deletion::has_no_catalog;
use scaleout_model::desired::Policy;
use scaleout_model::fact::Fact;
use scaleout_model::node::NodeOp;
use scaleout_model::observed::Observed;
use scaleout_model::op::Op;
use scaleout_model::sql::{SqlOp, SqlPlace};
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
    /// A destructive op whose grounds are not known.
    #[error("{0} would take something away although its grounds are not known")]
    DestroysBlindly(String),
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
        if frozen(observed).is_some() {
            return Err(PlanDefect::Frozen(op.to_string()));
        }
        lint_place(op, observed)?;
        if op.is_destructive() && !is_informed(op, observed) {
            return Err(PlanDefect::DestroysBlindly(op.to_string()));
        }
    }
    Ok(())
}

fn lint_place(op: &Op, observed: &Observed) -> Result<(), PlanDefect> {
    match op {
        Op::Node { node, .. } if observed.node(node).known().is_none() => {
            Err(PlanDefect::ActsOnUnknown(op.to_string()))
        }
        Op::Sql { replica, op: sql } => {
            if observed.instance(replica).known().is_none() {
                return Err(PlanDefect::ActsOnUnknown(op.to_string()));
            }
            let elsewhere = match observed.primary() {
                Fact::Known(primary) => primary != replica,
                // Before there is a group, SSISDB lives on one instance, and all have answered.
                Fact::Absent => false,
                Fact::Unknown(_) => true,
            };
            if sql.place() == SqlPlace::Primary && elsewhere {
                return Err(PlanDefect::NotThePrimary(op.to_string()));
            }
            Ok(())
        }
        Op::Node { .. } | Op::GenerateCertificate { .. } => Ok(()),
    }
}

/// Whether all that a destructive op must be decided from is known.
fn is_informed(op: &Op, observed: &Observed) -> bool {
    // Known, or known to be none because there is no catalog.
    let tasks = has_no_catalog(observed)
        || observed.catalog.known().is_some_and(|catalog| catalog.tasks.known().is_some());
    match op {
        Op::Node { node, op } => {
            let node = observed.node(node);
            let Some(facts) = node.known() else { return false };
            match op {
                NodeOp::RemoveCertificate { .. } => facts.certificates.known().is_some(),
                NodeOp::UnbindCertificate { .. } => facts.bindings.known().is_some(),
                NodeOp::ReleaseUrl { .. } => facts.reservations.known().is_some(),
                NodeOp::RemoveFirewallRule { .. } => facts.firewall.known().is_some(),
                NodeOp::StopService { .. } => facts.services.known().is_some() && tasks,
                NodeOp::OfflineRole { .. } | NodeOp::DeleteRole { .. } => {
                    facts.cluster.known().is_some() && tasks
                }
                _ => true,
            }
        }
        Op::Sql { replica, op } => {
            let instance = observed.instance(replica);
            let Some(facts) = instance.known() else { return false };
            let users = observed.catalog.known().is_some_and(|catalog| catalog.users.known().is_some());
            match op {
                SqlOp::CopyLogLogin { .. } => facts.logins.known().is_some() && users,
                SqlOp::DisableWorker { .. } => tasks,
                _ => true,
            }
        }
        Op::GenerateCertificate { .. } => true,
    }
}

#[cfg(test)]
#[path = "lint_tests.rs"]
mod tests;
