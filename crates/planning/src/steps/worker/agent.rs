//! The worker's agent answers, and nobody else has claimed the worker of that node; its master's object reports what the
//! worker needs. Writes nothing.

use super::view::on_worker;
use crate::step::step;
use crate::steps::group::agents::judge_agent;
use crate::steps::view::for_site;
use scaleout_model::desired::DesiredWorker;
use scaleout_model::node::ClaimRole;
use scaleout_model::observed::Observed;
use scaleout_model::verdict::Finding;

step!(WorkerAgent for DesiredWorker, area "AgentReachable", after []);

fn assess(desired: &DesiredWorker, observed: &Observed) -> Vec<Finding> {
    for_site(
        judge_agent(&desired.policy, observed, &desired.node, ClaimRole::Worker)
            .map(|_| Finding::converged(on_worker(desired))),
    )
}
