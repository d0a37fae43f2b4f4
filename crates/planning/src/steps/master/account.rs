//! The service runs under the domain account of spec (guide step 2.1), with the logon right, on every node. The password
//! can't be read back: evidence keeps that it was taken; the agent proves it by a logon before it writes.

use super::view::{for_nodes, need_service, need_version};
use crate::step::{on_node, step};
use crate::steps::view::{Judged, need_secret};
use scaleout_model::desired::{DesiredMaster, ServiceAccount};
use scaleout_model::names::NodeName;
use scaleout_model::node::{Feature, NodeOp, ServiceFacts, ServiceRef};
use scaleout_model::observed::Observed;
use scaleout_model::sql::EvidencePurpose;
use scaleout_model::verdict::{Drift, Finding, Target};

step!(MasterAccount for DesiredMaster, area "Installed", after [super::installation::ID]);

fn assess(desired: &DesiredMaster, observed: &Observed) -> Vec<Finding> {
    for_nodes(desired, |node| {
        let version = need_version(desired, observed, &Target::Node(node.clone()))?;
        let service = need_service(observed, node, Feature::ScaleOutMaster, version)?;
        judge_account(observed, node, &desired.account, service, ServiceRef::Master(version))
    })
}

/// Judges account and password of a Scale Out service.
pub fn judge_account(
    observed: &Observed,
    node: &NodeName,
    wanted: &ServiceAccount,
    service: &ServiceFacts,
    reference: ServiceRef,
) -> Judged {
    let target = Target::Node(node.clone());
    let (account, password) = match wanted {
        ServiceAccount::Unmanaged => return Ok(Finding::converged(target)),
        ServiceAccount::Managed { account } => (account, None),
        ServiceAccount::Named { account, password } => (account, Some(need_secret(&target, password)?)),
    };
    let proved = password.as_ref().is_none_or(|handle| {
        observed.evidence_holds(
            EvidencePurpose::ServiceAccountPassword,
            node.as_str(),
            &handle.version_text(),
            account.as_str(),
        )
    });
    if service.account == *account && proved {
        return Ok(Finding::converged(target));
    }
    let drift = if service.account == *account {
        Drift::missing("proof of the service account's password")
    } else {
        Drift::between("service account", &service.account, account)
    };
    let op = NodeOp::SetServiceAccount { service: reference, account: account.clone(), password };
    Ok(Finding::act(target, drift, on_node(node, op)))
}
