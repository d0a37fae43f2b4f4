//! Exactly one master runs, on the role's owner: a second one, started outside of the cluster, would write the catalog's
//! properties in turn. Reported, not stopped: whoever started it will do so again.

use crate::step::step;
use crate::steps::view::{Judged, for_site, need_cluster};
use scaleout_model::desired::DesiredMaster;
use scaleout_model::names::NodeName;
use scaleout_model::node::{Feature, GroupState, ServiceState};
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::verdict::{Finding, Target};

step!(SingleMaster for DesiredMaster, area "RoleOnline", after []);

fn assess(desired: &DesiredMaster, observed: &Observed) -> Vec<Finding> {
    for_site(judge(desired, observed))
}

fn judge(desired: &DesiredMaster, observed: &Observed) -> Judged {
    let target = Target::Site;
    let (_, cluster) = need_cluster(observed, &target, desired.nodes.iter())?;
    let Some(role) = cluster.role(&desired.role).filter(|role| role.state != GroupState::Pending) else {
        return Ok(Finding::converged(target));
    };
    let stray: Vec<&NodeName> =
        desired.nodes.iter().filter(|node| **node != role.owner && runs_master(observed, node)).collect();
    if stray.is_empty() {
        return Ok(Finding::converged(target));
    }
    let message = format!("the master runs on {stray:?} too, outside of the cluster");
    Err(Finding::blocked(target, Reason::MultipleMastersRunning, message))
}

fn runs_master(observed: &Observed, node: &NodeName) -> bool {
    let services = observed.node(node).and_then(|facts| facts.services.as_ref());
    services.known().is_some_and(|services| {
        services.iter().any(|s| s.feature == Feature::ScaleOutMaster && s.state == ServiceState::Running)
    })
}
