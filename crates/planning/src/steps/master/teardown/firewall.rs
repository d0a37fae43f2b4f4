//! Our own inbound rule for the master's port is removed; rules of other groups or names are not looked at.

use super::Teardown;
use super::view::for_hosts;
use crate::step::{on_node, step};
use crate::steps::master::firewall::rule_name;
use crate::steps::view::{Judged, need, need_node};
use scaleout_model::names::NodeName;
use scaleout_model::node::NodeOp;
use scaleout_model::observed::Observed;
use scaleout_model::verdict::{Drift, Finding, Target};

step!(MasterFirewallClosed for Teardown, area "EndpointReachable", after [
    super::hosts::ID,
    super::unused::ID,
    super::reference::ID,
    super::deleted::ID,
]);

fn assess(desired: &Teardown, observed: &Observed) -> Vec<Finding> {
    for_hosts(desired, observed, |node| judge(observed, node))
}

fn judge(observed: &Observed, node: &NodeName) -> Judged {
    let target = Target::Node(node.clone());
    let name = rule_name();
    let facts = need_node(observed, node)?;
    let rules = need(&target, facts.firewall.as_ref(), "the list of firewall rules")?;
    let Some(rule) = rules.iter().find(|rule| rule.name.eq_ignore_ascii_case(&name)) else {
        return Ok(Finding::converged(target));
    };
    let op = NodeOp::RemoveFirewallRule { name: rule.name.clone() };
    Ok(Finding::act(target, Drift::between("firewall rule", &rule.name, "removed"), on_node(node, op)))
}
