//! Agents of the master's nodes answer and are claimed by nobody else; their cluster is the one that spec names and
//! healthy (guide step 1). Writes nothing.

use super::view::for_nodes;
use crate::step::step;
use crate::steps::group::agents::judge_agent;
use crate::steps::group::cluster::judge_membership;
use scaleout_model::desired::DesiredMaster;
use scaleout_model::node::ClaimRole;
use scaleout_model::observed::Observed;
use scaleout_model::verdict::{Finding, Target};

step!(MasterNodesReady for DesiredMaster, area "AgentsReachable", after []);

fn assess(desired: &DesiredMaster, observed: &Observed) -> Vec<Finding> {
    for_nodes(desired, |node| {
        judge_agent(&desired.policy, observed, node, ClaimRole::MasterNode)?;
        judge_membership(&desired.policy, observed, node)?;
        Ok(Finding::converged(Target::Node(node.clone())))
    })
}
