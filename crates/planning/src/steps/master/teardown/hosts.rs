//! The agents of the master's nodes answer, are claimed by nobody else and see the cluster that spec names; or their
//! hosts were given up. Writes nothing.

use super::Teardown;
use crate::step::step;
use crate::steps::deletion::judge_host;
use crate::steps::group::agents::judge_agent;
use crate::steps::group::cluster::judge_membership;
use crate::steps::view::settle;
use scaleout_model::node::ClaimRole;
use scaleout_model::observed::Observed;
use scaleout_model::verdict::Finding;

step!(MasterHostsAnswer for Teardown, area "AgentsReachable", after []);

fn assess(desired: &Teardown, observed: &Observed) -> Vec<Finding> {
    let master = &desired.master;
    master
        .nodes
        .iter()
        .map(|node| {
            let judged = judge_agent(&master.policy, observed, node, ClaimRole::MasterNode)
                .and_then(|_| judge_membership(&master.policy, observed, node));
            settle(judge_host(&desired.deletion, observed, node, judged))
        })
        .collect()
}
