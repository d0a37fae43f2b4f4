//! The claims on the replicas' nodes are released. They are the agents' own state: nothing of the site changes.

use super::Teardown;
use crate::step::step;
use crate::steps::deletion::{judge_claim, unless_given_up};
use crate::steps::view::settle;
use scaleout_model::node::ClaimRole;
use scaleout_model::observed::Observed;
use scaleout_model::verdict::Finding;

step!(GroupClaimsReleased for Teardown, area "Ready", after [super::hosts::ID, super::unused::ID]);

fn assess(desired: &Teardown, observed: &Observed) -> Vec<Finding> {
    let nodes = desired.group.replicas.iter().map(|replica| &replica.node);
    nodes
        .map(|node| {
            settle(unless_given_up(&desired.deletion, observed, node, || {
                judge_claim(&desired.group.policy, observed, node, ClaimRole::Replica)
            }))
        })
        .collect()
}
