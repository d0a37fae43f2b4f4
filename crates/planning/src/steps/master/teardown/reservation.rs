//! The master's URL is no longer reserved for the account of spec. Another account's reservation is left.

use super::Teardown;
use super::view::for_hosts;
use crate::step::{on_node, step};
use crate::steps::view::{Judged, need, need_node};
use scaleout_model::names::NodeName;
use scaleout_model::node::NodeOp;
use scaleout_model::observed::Observed;
use scaleout_model::verdict::{Drift, Finding, Target};

step!(MasterUrlReleased for Teardown, area "Installed", after [
    super::hosts::ID,
    super::unused::ID,
    super::reference::ID,
    super::deleted::ID,
]);

fn assess(desired: &Teardown, observed: &Observed) -> Vec<Finding> {
    for_hosts(desired, observed, |node| judge(desired, observed, node))
}

fn judge(desired: &Teardown, observed: &Observed, node: &NodeName) -> Judged {
    let target = Target::Node(node.clone());
    let port = desired.master.port;
    let Some(account) = desired.master.account.account() else { return Ok(Finding::converged(target)) };
    let facts = need_node(observed, node)?;
    let reservations = need(&target, facts.reservations.as_ref(), "the list of URL reservations")?;
    if !reservations.iter().any(|found| found.port == port && found.account == *account) {
        return Ok(Finding::converged(target));
    }
    let op = NodeOp::ReleaseUrl { port, account: account.clone() };
    Ok(Finding::act(target, Drift::between("URL reservation", account, "none"), on_node(node, op)))
}
