//! An inbound TCP rule for the endpoint's port on every node, where spec asks for it.

use super::view::for_nodes;
use crate::step::step;
use crate::steps::group::firewall::judge_rules;
use scaleout_model::defaults::FIREWALL_GROUP;
use scaleout_model::desired::DesiredMaster;
use scaleout_model::observed::Observed;
use scaleout_model::verdict::Finding;

step!(MasterFirewall for DesiredMaster, area "EndpointReachable", after [super::agents::ID]);

fn assess(desired: &DesiredMaster, observed: &Observed) -> Vec<Finding> {
    if !desired.policy.manage_firewall {
        return Vec::new();
    }
    let rules = [(rule_name(), desired.port)];
    for_nodes(desired, |node| judge_rules(observed, node, &rules))
}

/// Name of the rule for the master's port.
pub fn rule_name() -> String {
    format!("{FIREWALL_GROUP} master")
}
