//! Inbound TCP rules of our group for the endpoint's, the instance's and the listener's ports, where spec asks for
//! them. Idempotent: a rule of that name is corrected, not doubled.

use crate::step::{on_node, step};
use crate::steps::view::{Judged, for_replicas, need, need_instance, need_node, need_or_absent};
use scaleout_model::defaults::FIREWALL_GROUP;
use scaleout_model::desired::{DesiredGroup, DesiredReplica};
use scaleout_model::names::NodeName;
use scaleout_model::node::NodeOp;
use scaleout_model::observed::Observed;
use scaleout_model::verdict::{Drift, Finding, Target};

step!(GroupFirewall for DesiredGroup, area "InstancesReady", after [super::cluster::ID]);

fn assess(desired: &DesiredGroup, observed: &Observed) -> Vec<Finding> {
    if !desired.policy.manage_firewall {
        return Vec::new();
    }
    for_replicas(desired, |replica| judge(desired, observed, replica))
}

fn judge(desired: &DesiredGroup, observed: &Observed, replica: &DesiredReplica) -> Judged {
    let target = Target::Node(replica.node.clone());
    let facts = need_instance(observed, &replica.name)?;
    let endpoint = need_or_absent(&target, facts.endpoint.as_ref())?;
    let endpoint_port = endpoint.map_or(desired.endpoint_port, |endpoint| endpoint.port);
    let ports = [
        (format!("{FIREWALL_GROUP} endpoint {}", replica.name.instance()), endpoint_port),
        (format!("{FIREWALL_GROUP} SQL {}", replica.name.instance()), replica.sql_port),
        (format!("{FIREWALL_GROUP} listener"), desired.listener.port),
    ];
    judge_rules(observed, &replica.node, &ports)
}

/// The first rule of a node that is missing, off, or for another port.
pub fn judge_rules(observed: &Observed, node: &NodeName, rules: &[(String, u16)]) -> Judged {
    let target = Target::Node(node.clone());
    let facts = need_node(observed, node)?;
    let found = need(&target, facts.firewall.as_ref(), "the list of firewall rules")?;
    let lacking = rules.iter().find(|(name, port)| {
        !found.iter().any(|rule| rule.name.eq_ignore_ascii_case(name) && rule.port == *port && rule.enabled)
    });
    Ok(match lacking {
        None => Finding::converged(target),
        Some((name, port)) => Finding::act(
            target,
            Drift::missing(&format!("firewall rule {name} for port {port}")),
            on_node(node, NodeOp::EnsureFirewallRule { name: name.clone(), port: *port }),
        ),
    })
}
