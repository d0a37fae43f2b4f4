//! The worker's account may read its certificate's private key (documented: winhttpcertcfg -g).

use super::view::{need_own_certificate, need_version, on_worker};
use crate::step::{on_node, step};
use crate::steps::master::view::need_service;
use crate::steps::view::{Judged, for_site};
use scaleout_model::desired::DesiredWorker;
use scaleout_model::node::{Feature, NodeOp, Store};
use scaleout_model::observed::Observed;
use scaleout_model::verdict::{Drift, Finding};

step!(WorkerKeyAccess for DesiredWorker, area "TrustEstablished", after [super::certificate::ID, super::account::ID]);

fn assess(desired: &DesiredWorker, observed: &Observed) -> Vec<Finding> {
    for_site(judge(desired, observed))
}

fn judge(desired: &DesiredWorker, observed: &Observed) -> Judged {
    let target = on_worker(desired);
    let certificate = need_own_certificate(desired, observed)?;
    let version = need_version(desired, observed)?;
    let account = match desired.account.account() {
        Some(account) => account,
        None => &need_service(observed, &desired.node, Feature::ScaleOutWorker, version)?.account,
    };
    if certificate.key_readers.contains(account) {
        return Ok(Finding::converged(target));
    }
    let op = NodeOp::GrantKeyRead {
        store: Store::My,
        thumbprint: certificate.thumbprint,
        account: account.clone(),
    };
    Ok(Finding::act(target, Drift::missing("right to read the private key"), on_node(&desired.node, op)))
}
