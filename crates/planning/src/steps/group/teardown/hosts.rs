//! The agents of the replicas' nodes answer, or their hosts were given up. Writes nothing.

use super::Teardown;
use crate::step::step;
use crate::steps::deletion::judge_host;
use crate::steps::view::{need_node, settle};
use scaleout_model::observed::Observed;
use scaleout_model::verdict::{Finding, Target};

step!(GroupHostsAnswer for Teardown, area "AgentsReachable", after []);

fn assess(desired: &Teardown, observed: &Observed) -> Vec<Finding> {
    let nodes = desired.group.replicas.iter().map(|replica| &replica.node);
    nodes
        .map(|node| {
            let judged = need_node(observed, node).map(|_| Finding::converged(Target::Node(node.clone())));
            settle(judge_host(&desired.deletion, observed, node, judged))
        })
        .collect()
}
