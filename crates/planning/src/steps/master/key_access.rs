//! The service's account may read the certificate's private key (documented for workers; the same for the master, whose
//! service answers TLS through HTTP.sys).

use super::view::{find_certificate, for_nodes, need_service, need_thumbprint, need_version};
use crate::step::{on_node, step};
use crate::steps::view::{Judged, need, need_node};
use scaleout_model::desired::DesiredMaster;
use scaleout_model::names::NodeName;
use scaleout_model::node::{Feature, NodeOp, Store};
use scaleout_model::observed::Observed;
use scaleout_model::verdict::{Drift, Finding, Target};

step!(MasterKeyAccess for DesiredMaster, area "CertificateReady", after [
    super::certificate_import::ID,
    super::account::ID,
]);

fn assess(desired: &DesiredMaster, observed: &Observed) -> Vec<Finding> {
    for_nodes(desired, |node| judge(desired, observed, node))
}

fn judge(desired: &DesiredMaster, observed: &Observed, node: &NodeName) -> Judged {
    let target = Target::Node(node.clone());
    let thumbprint = need_thumbprint(&target, &desired.certificate)?;
    let version = need_version(desired, observed, &target)?;
    let account = match desired.account.account() {
        Some(account) => account,
        None => &need_service(observed, node, Feature::ScaleOutMaster, version)?.account,
    };
    let facts = need_node(observed, node)?;
    let stored = need(&target, find_certificate(facts, Store::Root, thumbprint), "the certificate")?;
    if stored.key_readers.contains(account) {
        return Ok(Finding::converged(target));
    }
    let op = NodeOp::GrantKeyRead { store: Store::Root, thumbprint: *thumbprint, account: account.clone() };
    Ok(Finding::act(target, Drift::missing("right to read the private key"), on_node(node, op)))
}
