//! HTTP.sys no longer binds the master's certificate to the endpoint's port. Another certificate there is left.

use super::Teardown;
use super::view::for_hosts;
use crate::step::{on_node, step};
use crate::steps::view::{Judged, need, need_node};
use scaleout_model::names::NodeName;
use scaleout_model::node::{NodeOp, Store};
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::verdict::{Drift, Finding, Target};

step!(MasterUnbound for Teardown, area "CertificateReady", after [
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
    let facts = need_node(observed, node)?;
    let bindings = need(&target, facts.bindings.as_ref(), "the list of TLS bindings")?;
    let Some(bound) = bindings.iter().find(|binding| binding.port == port) else {
        return Ok(Finding::converged(target));
    };
    if bound.store != Store::Root || !desired.is_own(&bound.thumbprint) {
        let message =
            format!("port {port} of {node} is bound to {}, which is not the master's", bound.thumbprint);
        return Ok(Finding::warned(target, Reason::Unmanaged, message));
    }
    let op = NodeOp::UnbindCertificate { port, expected: bound.thumbprint };
    Ok(Finding::act(target, Drift::between("TLS binding", bound.thumbprint, "none"), on_node(node, op)))
}
