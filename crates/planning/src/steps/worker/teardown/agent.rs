//! The worker's agent answers, and nobody else has claimed the worker of that node: a second object takes nothing down.
//! The agents of the master's nodes answer, where trust ends; or hosts were given up. Writes nothing.

use super::Teardown;
use crate::step::step;
use crate::steps::deletion::judge_host;
use crate::steps::group::agents::judge_agent;
use crate::steps::view::{need_node, settle};
use scaleout_model::node::ClaimRole;
use scaleout_model::observed::Observed;
use scaleout_model::verdict::{Finding, Target};

step!(TeardownAllowed for Teardown, area "AgentReachable", after []);

fn assess(desired: &Teardown, observed: &Observed) -> Vec<Finding> {
    let worker = &desired.worker;
    let own = judge_agent(&worker.policy, observed, &worker.node, ClaimRole::Worker);
    let others = worker.master.nodes.iter().filter(|node| **node != worker.node).map(|node| {
        (node, need_node(observed, node).map(|_| Finding::converged(Target::Node(node.clone()))))
    });
    let judged = std::iter::once((&worker.node, own)).chain(others);
    judged.map(|(node, judged)| settle(judge_host(&desired.deletion, observed, node, judged))).collect()
}
