//! The master's certificate is decided: from a Secret, made by the controller (kept in its own namespace before any
//! node gets it), or one that is on the nodes. One that can't be used stops what needs it, nothing else.

use crate::step::step;
use crate::steps::view::{Judged, for_site};
use scaleout_model::desired::{DesiredCertificate, DesiredMaster};
use scaleout_model::observed::Observed;
use scaleout_model::op::Op;
use scaleout_model::verdict::{Drift, Finding, Target};

step!(CertificateDecided for DesiredMaster, area "CertificateReady", after []);

fn assess(desired: &DesiredMaster, _observed: &Observed) -> Vec<Finding> {
    for_site(judge(desired))
}

fn judge(desired: &DesiredMaster) -> Judged {
    let target = Target::Site;
    match &desired.certificate {
        DesiredCertificate::KeyPair { .. } | DesiredCertificate::Existing(_) => {
            Ok(Finding::converged(target))
        }
        DesiredCertificate::ToGenerate { names } | DesiredCertificate::OnNode { names } => {
            let op = Op::GenerateCertificate { names: names.clone() };
            Ok(Finding::act(target, Drift::missing("the master's certificate"), op))
        }
        DesiredCertificate::Unusable(why) => Err(Finding::blocked(target, why.reason, why.message.clone())),
    }
}
