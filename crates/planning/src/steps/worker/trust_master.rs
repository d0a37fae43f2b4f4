//! The worker trusts the master: the master's certificate, and one that is about to follow it, is in the worker's Root,
//! before any settings file pins it (rotation: workers trust the new certificate first).

use super::view::{need_master_certificate, on_worker};
use crate::step::{on_node, step};
use crate::steps::master::view::find_certificate;
use crate::steps::view::{Judged, for_site, need_node, need_or_absent};
use scaleout_model::desired::DesiredWorker;
use scaleout_model::node::{NodeOp, Store};
use scaleout_model::observed::Observed;
use scaleout_model::verdict::{Drift, Finding};

step!(MasterTrusted for DesiredWorker, area "TrustEstablished", after [super::installation::ID]);

fn assess(desired: &DesiredWorker, observed: &Observed) -> Vec<Finding> {
    for_site(judge(desired, observed))
}

fn judge(desired: &DesiredWorker, observed: &Observed) -> Judged {
    let target = on_worker(desired);
    let current = need_master_certificate(desired)?;
    let facts = need_node(observed, &desired.node)?;
    for (thumbprint, pem) in std::iter::once(current).chain(&desired.master.pending_certificate) {
        if need_or_absent(&target, find_certificate(facts, Store::Root, thumbprint))?.is_none() {
            let op =
                NodeOp::ImportCertificate { store: Store::Root, thumbprint: *thumbprint, pem: pem.clone() };
            let drift = Drift::missing("the master's certificate in Root");
            return Ok(Finding::act(target, drift, on_node(&desired.node, op)));
        }
    }
    Ok(Finding::converged(target))
}
