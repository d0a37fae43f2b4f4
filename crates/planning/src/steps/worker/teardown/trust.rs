//! No master node trusts the worker any more: its own certificate is taken out of Root there, if it was placed for this
//! object. Anything else in Root stays, the master's own certificate above all. One certificate per node and pass.

use super::Teardown;
use crate::step::{on_node, step};
use crate::steps::view::{Judged, need, need_node, settle};
use crate::steps::worker::view::on_worker;
use scaleout_model::certificate::Thumbprint;
use scaleout_model::desired::DesiredWorker;
use scaleout_model::names::NodeName;
use scaleout_model::node::{NodeOp, Store};
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::verdict::{Drift, Finding, Target};
use std::collections::BTreeSet;

step!(WorkerUntrusted for Teardown, area "TrustEstablished", after [super::stopped::ID]);

fn assess(desired: &Teardown, observed: &Observed) -> Vec<Finding> {
    let worker = &desired.worker;
    if worker.master.nodes.is_empty() {
        let message =
            "the ScaleOutMaster is gone; certificates of the worker may be left in Root of its nodes";
        return vec![Finding::warned(on_worker(worker), Reason::Unmanaged, message)];
    }
    worker.master.nodes.iter().map(|node| settle(judge(worker, observed, node))).collect()
}

fn judge(worker: &DesiredWorker, observed: &Observed, node: &NodeName) -> Judged {
    let target = Target::Node(node.clone());
    let own = own_thumbprints(worker, observed)?;
    let facts = need_node(observed, node)?;
    let stored = need(&target, facts.certificates.as_ref(), "the certificate stores")?;
    let owner = worker.policy.owner.path();
    let left = stored.iter().find(|certificate| {
        certificate.store == Store::Root
            && certificate.placed_for.as_deref() == Some(owner.as_str())
            && own.contains(&certificate.thumbprint)
    });
    let Some(left) = left else { return Ok(Finding::converged(target)) };
    let op = NodeOp::RemoveCertificate { store: Store::Root, thumbprint: left.thumbprint };
    let drift =
        Drift { field: "Root".to_owned(), message: format!("trusts the worker by {}", left.thumbprint) };
    Ok(Finding::act(target, drift, on_node(node, op)))
}

/// Certificates with a key in `My` of the worker: its own, earlier ones too; never the master's.
fn own_thumbprints(worker: &DesiredWorker, observed: &Observed) -> Result<BTreeSet<Thumbprint>, Finding> {
    let facts = need_node(observed, &worker.node)?;
    let stored = need(&on_worker(worker), facts.certificates.as_ref(), "the certificate stores")?;
    let masters: Vec<Thumbprint> = [&worker.master.certificate, &worker.master.pending_certificate]
        .into_iter()
        .flatten()
        .map(|(thumbprint, _)| *thumbprint)
        .collect();
    let own =
        stored.iter().filter(|certificate| certificate.store == Store::My && certificate.has_private_key);
    Ok(own.map(|c| c.thumbprint).filter(|thumbprint| !masters.contains(thumbprint)).collect())
}
