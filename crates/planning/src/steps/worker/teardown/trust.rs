//! No master node trusts the worker any more: its own certificate is taken out of Root there, if it was placed for this
//! object. Anything else in Root stays, the master's own certificate above all. One certificate per node and pass.

use super::Teardown;
use crate::step::{on_node, step};
use crate::steps::deletion::unless_given_up;
use crate::steps::view::{Judged, need, need_node, settle};
use crate::steps::worker::view::on_worker;
use scaleout_model::certificate::Thumbprint;
use scaleout_model::names::NodeName;
use scaleout_model::node::{NodeOp, Store};
use scaleout_model::observed::Observed;
use scaleout_model::verdict::{Drift, Finding, Target};
use std::collections::BTreeSet;

step!(WorkerUntrusted for Teardown, area "TrustEstablished", after [super::reference::ID, super::stopped::ID]);

fn assess(desired: &Teardown, observed: &Observed) -> Vec<Finding> {
    let worker = &desired.worker;
    let nodes = worker.master.nodes.iter();
    nodes
        .map(|node| {
            let judged = || judge(desired, observed, node);
            settle(unless_given_up(&desired.deletion, observed, node, judged))
        })
        .collect()
}

fn judge(desired: &Teardown, observed: &Observed, node: &NodeName) -> Judged {
    let target = Target::Node(node.clone());
    let worker = &desired.worker;
    let own = own_thumbprints(desired, observed)?;
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

/// Certificates with a key in `My` of the worker: its own, earlier ones too; never the master's. Where its node was given
/// up: the one that spec or status names.
fn own_thumbprints(desired: &Teardown, observed: &Observed) -> Result<BTreeSet<Thumbprint>, Finding> {
    let worker = &desired.worker;
    let mut own: BTreeSet<Thumbprint> = if desired.deletion.gave_up(observed, &worker.node) {
        worker.certificate.thumbprint().copied().into_iter().chain(desired.reported).collect()
    } else {
        let facts = need_node(observed, &worker.node)?;
        let stored = need(&on_worker(worker), facts.certificates.as_ref(), "the certificate stores")?;
        let with_key = stored.iter().filter(|c| c.store == Store::My && c.has_private_key);
        with_key.map(|certificate| certificate.thumbprint).collect()
    };
    let masters = [&worker.master.certificate, &worker.master.pending_certificate];
    for (thumbprint, _) in masters.into_iter().flatten() {
        own.remove(thumbprint);
    }
    Ok(own)
}
