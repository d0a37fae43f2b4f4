//! Every master node trusts the worker: its certificate is in Root there. The page on high availability does not say so,
//! the one on failover cluster instances does; a worker that one node does not trust is refused (403) after the next move.

use super::view::need_own_certificate;
use crate::step::{on_node, step};
use crate::steps::master::view::find_certificate;
use crate::steps::view::{Judged, need_node, need_or_absent, settle};
use scaleout_model::desired::DesiredWorker;
use scaleout_model::names::NodeName;
use scaleout_model::node::{NodeOp, Store};
use scaleout_model::observed::Observed;
use scaleout_model::verdict::{Drift, Finding, Target};

step!(WorkerTrusted for DesiredWorker, area "TrustEstablished", after [super::certificate::ID]);

fn assess(desired: &DesiredWorker, observed: &Observed) -> Vec<Finding> {
    desired.master.nodes.iter().map(|node| settle(judge(desired, observed, node))).collect()
}

fn judge(desired: &DesiredWorker, observed: &Observed, node: &NodeName) -> Judged {
    let target = Target::Node(node.clone());
    let own = need_own_certificate(desired, observed)?;
    let facts = need_node(observed, node)?;
    if need_or_absent(&target, find_certificate(facts, Store::Root, &own.thumbprint))?.is_some() {
        return Ok(Finding::converged(target));
    }
    let op =
        NodeOp::ImportCertificate { store: Store::Root, thumbprint: own.thumbprint, pem: own.pem.clone() };
    let drift = Drift::missing(&format!("certificate of worker {} in Root", desired.node));
    Ok(Finding::act(target, drift, on_node(node, op)))
}
