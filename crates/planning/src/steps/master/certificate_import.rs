//! The one certificate is in LocalMachine\Root of every node, with its private key (guide steps 2.2 and 3; unusual, but
//! HTTP.sys looks it up there). Idempotent by thumbprint.

use super::view::{find_certificate, for_nodes, need_thumbprint};
use crate::step::{on_node, step};
use crate::steps::view::{Judged, need_node, need_or_absent};
use scaleout_model::desired::{DesiredCertificate, DesiredMaster};
use scaleout_model::names::NodeName;
use scaleout_model::node::{NodeOp, Store};
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::verdict::{Drift, Finding, Target};

step!(CertificateImported for DesiredMaster, area "CertificateReady", after [
    super::agents::ID,
    super::certificate::ID,
]);

fn assess(desired: &DesiredMaster, observed: &Observed) -> Vec<Finding> {
    for_nodes(desired, |node| judge(desired, observed, node))
}

fn judge(desired: &DesiredMaster, observed: &Observed, node: &NodeName) -> Judged {
    let target = Target::Node(node.clone());
    let thumbprint = need_thumbprint(&target, &desired.certificate)?;
    let facts = need_node(observed, node)?;
    let found = need_or_absent(&target, find_certificate(facts, Store::Root, thumbprint))?;
    if found.is_some_and(|certificate| certificate.has_private_key) {
        return Ok(Finding::converged(target));
    }
    let DesiredCertificate::KeyPair { thumbprint, pem, key } = &desired.certificate else {
        let message = format!("certificate {thumbprint} with its key is not in Root of {node}");
        return Err(Finding::blocked(target, Reason::CertificateMissing, message));
    };
    let op = NodeOp::ImportKeyPair {
        store: Store::Root,
        thumbprint: *thumbprint,
        pem: pem.clone(),
        key: key.clone(),
    };
    Ok(Finding::act(target, Drift::missing("the master's certificate in Root"), on_node(node, op)))
}
