//! The agent answers, and nobody else has claimed the worker of that node: a second object takes nothing down. Writes
//! nothing.

use super::Teardown;
use crate::step::step;
use crate::steps::group::agents::judge_agent;
use crate::steps::view::for_site;
use scaleout_model::node::ClaimRole;
use scaleout_model::observed::Observed;
use scaleout_model::verdict::Finding;

step!(TeardownAllowed for Teardown, area "AgentReachable", after []);

fn assess(desired: &Teardown, observed: &Observed) -> Vec<Finding> {
    let worker = &desired.worker;
    for_site(judge_agent(&worker.policy, observed, &worker.node, ClaimRole::Worker))
}
