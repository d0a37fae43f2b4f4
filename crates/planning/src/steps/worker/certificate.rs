//! The worker's certificate with its key is in LocalMachine\My: from a Secret, or made on the node (the key never leaves
//! it). One that the settings name already and that will do is adopted.

use super::view::{on_worker, own_certificate};
use crate::step::{on_node, step};
use crate::steps::view::{Judged, for_site};
use scaleout_model::desired::{DesiredCertificate, DesiredWorker};
use scaleout_model::node::{NodeOp, Store};
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::verdict::{Drift, Finding};

step!(WorkerCertificate for DesiredWorker, area "TrustEstablished", after [super::installation::ID]);

fn assess(desired: &DesiredWorker, observed: &Observed) -> Vec<Finding> {
    for_site(judge(desired, observed))
}

fn judge(desired: &DesiredWorker, observed: &Observed) -> Judged {
    let target = on_worker(desired);
    if own_certificate(desired, observed)?.is_some() {
        return Ok(Finding::converged(target));
    }
    let op = match &desired.certificate {
        DesiredCertificate::KeyPair { thumbprint, pem, key } => NodeOp::ImportKeyPair {
            store: Store::My,
            thumbprint: *thumbprint,
            pem: pem.clone(),
            key: key.clone(),
        },
        DesiredCertificate::OnNode { names } | DesiredCertificate::ToGenerate { names } => {
            NodeOp::GenerateCertificate { names: names.clone() }
        }
        DesiredCertificate::Existing(thumbprint) => {
            let message = format!("certificate {thumbprint} with its key is not in My of {}", desired.node);
            return Err(Finding::blocked(target, Reason::CertificateMissing, message));
        }
        DesiredCertificate::Unusable(why) => {
            return Err(Finding::blocked(target, why.reason, why.message.clone()));
        }
    };
    Ok(Finding::act(target, Drift::missing("the worker's certificate"), on_node(&desired.node, op)))
}
