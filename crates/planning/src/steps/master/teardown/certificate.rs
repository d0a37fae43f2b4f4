//! The master's certificate is taken out of Root where it was placed for this object: one that somebody else put there, or
//! that a worker's object placed, stays. One certificate per node and pass.

use super::Teardown;
use super::view::for_hosts;
use crate::step::{on_node, step};
use crate::steps::view::{Judged, need, need_node};
use scaleout_model::names::NodeName;
use scaleout_model::node::{NodeOp, Store};
use scaleout_model::observed::Observed;
use scaleout_model::verdict::{Drift, Finding, Target};

step!(MasterCertificateRemoved for Teardown, area "CertificateReady", after [
    super::hosts::ID,
    super::unused::ID,
    super::reference::ID,
    super::deleted::ID,
    super::binding::ID,
]);

fn assess(desired: &Teardown, observed: &Observed) -> Vec<Finding> {
    for_hosts(desired, observed, |node| judge(desired, observed, node))
}

fn judge(desired: &Teardown, observed: &Observed, node: &NodeName) -> Judged {
    let target = Target::Node(node.clone());
    let facts = need_node(observed, node)?;
    let stored = need(&target, facts.certificates.as_ref(), "the certificate stores")?;
    let owner = desired.master.policy.owner.path();
    let ours = stored.iter().find(|certificate| {
        certificate.store == Store::Root
            && certificate.placed_for.as_deref() == Some(owner.as_str())
            && desired.is_own(&certificate.thumbprint)
    });
    let Some(ours) = ours else { return Ok(Finding::converged(target)) };
    let op = NodeOp::RemoveCertificate { store: Store::Root, thumbprint: ours.thumbprint };
    Ok(Finding::act(target, Drift::between("Root", ours.thumbprint, "without it"), on_node(node, op)))
}
