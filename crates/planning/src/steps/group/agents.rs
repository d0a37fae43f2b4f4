//! Agents answer, on the right machines, serve this namespace, and nobody else has claimed their nodes.
//!
//! Source: `docs/adr` on ownership. Writes nothing.

use crate::step::step;
use crate::steps::view::{Judged, need_node, settle};
use scaleout_model::desired::{DesiredGroup, Policy};
use scaleout_model::names::NodeName;
use scaleout_model::node::ClaimRole;
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::verdict::{Finding, Target};

step!(AgentsReachable for DesiredGroup, area "AgentsReachable", after []);

fn assess(desired: &DesiredGroup, observed: &Observed) -> Vec<Finding> {
    let nodes = desired.replicas.iter().map(|replica| &replica.node);
    nodes.map(|node| settle(judge_agent(&desired.policy, observed, node, ClaimRole::Replica))).collect()
}

/// Judges one node's agent for an object that claims `role` there.
pub fn judge_agent(policy: &Policy, observed: &Observed, node: &NodeName, role: ClaimRole) -> Judged {
    let target = Target::Node(node.clone());
    let facts = need_node(observed, node)?;
    let owner = &policy.owner;
    if !facts.agent.served_namespaces.contains(&owner.namespace) {
        let message = format!("the agent of {node} does not serve namespace {}", owner.namespace);
        return Err(Finding::blocked(target, Reason::NamespaceNotAllowed, message));
    }
    let other = facts.agent.claims.iter().find(|claim| {
        claim.role == role
            && !(claim.namespace == owner.namespace && claim.kind == owner.kind && claim.name == owner.name)
    });
    match other {
        Some(claim) => Err(Finding::blocked(
            target,
            Reason::ClaimedByOther,
            format!("{node} is claimed by {} {}/{}", claim.kind.as_str(), claim.namespace, claim.name),
        )),
        None => Ok(Finding::converged(target)),
    }
}
