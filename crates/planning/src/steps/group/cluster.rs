//! The failover cluster is the one that spec names, its nodes are up and its quorum is normal. It is checked,
//! never formed (guide step 1). Writes nothing.

use crate::step::step;
use crate::steps::view::{Judged, need_node, settle, unreadable};
use scaleout_model::desired::{DesiredGroup, Policy};
use scaleout_model::fact::Fact;
use scaleout_model::names::NodeName;
use scaleout_model::node::{NodeState, Quorum};
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::verdict::{Finding, Target};

step!(ClusterHealthy for DesiredGroup, area "ClusterHealthy", after [super::agents::ID]);

fn assess(desired: &DesiredGroup, observed: &Observed) -> Vec<Finding> {
    let nodes = desired.replicas.iter().map(|replica| &replica.node);
    nodes.map(|node| settle(judge_membership(&desired.policy, observed, node))).collect()
}

/// Judges one node's membership.
pub fn judge_membership(policy: &Policy, observed: &Observed, node: &NodeName) -> Judged {
    let target = Target::Node(node.clone());
    let facts = need_node(observed, node)?;
    let cluster = match facts.cluster.as_ref() {
        Fact::Known(cluster) => cluster,
        Fact::Absent => {
            let message = format!("{node} is in no failover cluster");
            return Err(Finding::blocked(target, Reason::FailoverClusterMissing, message));
        }
        Fact::Unknown(cause) => return Err(unreadable(&target, &cause)),
    };
    match &policy.failover_cluster {
        Some(name) if name.eq_ignore_ascii_case(&cluster.name) => {}
        Some(name) => {
            let message = format!("{node} is in failover cluster {}, spec says {name}", cluster.name);
            return Err(Finding::blocked(target, Reason::FailoverClusterDiffers, message));
        }
        None if policy.enforce => {
            let message = format!("spec names no failover cluster; {node} is in {}", cluster.name);
            return Err(Finding::blocked(target, Reason::FailoverClusterDiffers, message));
        }
        None => {}
    }
    if cluster.quorum != Quorum::Normal {
        let message = format!("quorum of {} is {:?}", cluster.name, cluster.quorum);
        return Err(Finding::blocked(target, Reason::QuorumNotNormal, message));
    }
    match cluster.nodes.iter().find(|member| member.name == *node).map(|member| member.state) {
        Some(NodeState::Up) => Ok(Finding::converged(target)),
        state => {
            let message = format!("cluster node {node} is {state:?}");
            Err(Finding::waiting(target, Reason::ClusterNodeDown, message))
        }
    }
}
