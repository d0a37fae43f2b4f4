//! The claim on each node is released after all else on it, so that nobody takes the node over before.

use super::Teardown;
use super::view::for_hosts;
use crate::step::step;
use crate::steps::deletion::judge_claim;
use scaleout_model::node::ClaimRole;
use scaleout_model::observed::Observed;
use scaleout_model::verdict::Finding;

step!(MasterClaimsReleased for Teardown, area "Ready", after [
    super::hosts::ID,
    super::unused::ID,
    super::reference::ID,
    super::deleted::ID,
    super::binding::ID,
    super::reservation::ID,
    super::firewall::ID,
    super::certificate::ID,
]);

fn assess(desired: &Teardown, observed: &Observed) -> Vec<Finding> {
    for_hosts(desired, observed, |node| {
        judge_claim(&desired.master.policy, observed, node, ClaimRole::MasterNode)
    })
}
