//! HTTP.sys binds the certificate in Root to the endpoint's port on every node (netsh http … certstorename=Root). The
//! binding that was seen goes along: if it is another by then, the agent does nothing.

use super::view::{for_nodes, need_served_thumbprint};
use crate::step::{on_node, step};
use crate::steps::view::{Judged, need, need_node};
use scaleout_model::desired::DesiredMaster;
use scaleout_model::names::NodeName;
use scaleout_model::node::{NodeOp, Store};
use scaleout_model::observed::Observed;
use scaleout_model::verdict::{Drift, Finding, Target};

step!(TlsBinding for DesiredMaster, area "CertificateReady", after [super::certificate_import::ID]);

fn assess(desired: &DesiredMaster, observed: &Observed) -> Vec<Finding> {
    for_nodes(desired, |node| judge(desired, observed, node))
}

fn judge(desired: &DesiredMaster, observed: &Observed, node: &NodeName) -> Judged {
    let target = Target::Node(node.clone());
    let thumbprint = need_served_thumbprint(&target, desired)?;
    let facts = need_node(observed, node)?;
    let bindings = need(&target, facts.bindings.as_ref(), "the list of TLS bindings")?;
    let bound = bindings.iter().find(|binding| binding.port == desired.port);
    if bound.is_some_and(|binding| binding.thumbprint == *thumbprint && binding.store == Store::Root) {
        return Ok(Finding::converged(target));
    }
    let expected = bound.map(|binding| binding.thumbprint);
    let seen = expected.map_or_else(|| "none".to_owned(), |thumbprint| thumbprint.to_string());
    let op = NodeOp::BindCertificate { port: desired.port, thumbprint: *thumbprint, expected };
    Ok(Finding::act(target, Drift::between("TLS binding", seen, thumbprint), on_node(node, op)))
}
