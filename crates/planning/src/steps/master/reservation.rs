//! The service's account may listen on the master's URL. Whether the product needs the reservation after a change of
//! account is UNCONFIRMED (usual for self-hosted services without administrator rights); it does no harm.

use super::view::for_nodes;
use crate::step::{on_node, step};
use crate::steps::view::{Judged, need, need_node};
use scaleout_model::desired::DesiredMaster;
use scaleout_model::names::NodeName;
use scaleout_model::node::NodeOp;
use scaleout_model::observed::Observed;
use scaleout_model::verdict::{Drift, Finding, Target};

step!(UrlReservation for DesiredMaster, area "Installed", after [super::account::ID]);

fn assess(desired: &DesiredMaster, observed: &Observed) -> Vec<Finding> {
    for_nodes(desired, |node| judge(desired, observed, node))
}

fn judge(desired: &DesiredMaster, observed: &Observed, node: &NodeName) -> Judged {
    let target = Target::Node(node.clone());
    let Some(account) = desired.account.account() else { return Ok(Finding::converged(target)) };
    let facts = need_node(observed, node)?;
    let reservations = need(&target, facts.reservations.as_ref(), "the list of URL reservations")?;
    if reservations.iter().any(|r| r.port == desired.port && r.account == *account) {
        return Ok(Finding::converged(target));
    }
    let op = NodeOp::ReserveUrl { port: desired.port, account: account.clone() };
    Ok(Finding::act(target, Drift::missing(&format!("URL reservation for {account}")), on_node(node, op)))
}
