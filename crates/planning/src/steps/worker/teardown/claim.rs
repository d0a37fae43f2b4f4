//! The claim on the worker of the node is released, last, so that nobody else takes the node over before.

use super::Teardown;
use crate::step::{on_node, step};
use crate::steps::view::{Judged, for_site, need_node};
use scaleout_model::node::{ClaimRole, NodeOp};
use scaleout_model::observed::Observed;
use scaleout_model::verdict::{Drift, Finding, Target};

step!(ClaimReleased for Teardown, area "AgentReachable", after [super::stopped::ID, super::trust::ID]);

fn assess(desired: &Teardown, observed: &Observed) -> Vec<Finding> {
    for_site(judge(desired, observed))
}

fn judge(desired: &Teardown, observed: &Observed) -> Judged {
    let worker = &desired.worker;
    // About the site: it comes after work on other machines.
    let target = Target::Site;
    let owner = &worker.policy.owner;
    let ours = need_node(observed, &worker.node)?.agent.claims.iter().any(|claim| {
        claim.role == ClaimRole::Worker
            && claim.namespace == owner.namespace
            && claim.kind == owner.kind
            && claim.name == owner.name
    });
    if !ours {
        return Ok(Finding::converged(target));
    }
    let op = on_node(&worker.node, NodeOp::ReleaseClaim { role: ClaimRole::Worker });
    Ok(Finding::act(target, Drift::between("claim", "held", "released"), op))
}
