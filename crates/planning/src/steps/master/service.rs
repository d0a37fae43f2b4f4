//! Only the cluster starts the service: start type Manual, no recovery actions of the service control manager, on every
//! node (set-up leaves it Automatic; two masters could run at once).

use super::view::{for_nodes, need_service, need_version};
use crate::step::{on_node, step};
use crate::steps::view::Judged;
use scaleout_model::desired::DesiredMaster;
use scaleout_model::names::NodeName;
use scaleout_model::node::{Feature, NodeOp, ServiceRef, StartType};
use scaleout_model::observed::Observed;
use scaleout_model::verdict::{Drift, Finding, Target};

step!(ServiceOnDemand for DesiredMaster, area "Installed", after [super::installation::ID]);

fn assess(desired: &DesiredMaster, observed: &Observed) -> Vec<Finding> {
    for_nodes(desired, |node| judge(desired, observed, node))
}

fn judge(desired: &DesiredMaster, observed: &Observed, node: &NodeName) -> Judged {
    let target = Target::Node(node.clone());
    let version = need_version(desired, observed, &target)?;
    let service = need_service(observed, node, Feature::ScaleOutMaster, version)?;
    if service.start_type == StartType::Manual && !service.recovery_actions {
        return Ok(Finding::converged(target));
    }
    let drift = Drift::between(
        "start of the service",
        format!(
            "{:?}{}",
            service.start_type,
            if service.recovery_actions { " with recovery actions" } else { "" }
        ),
        "Manual, by the cluster only",
    );
    let op = NodeOp::ConfigureService {
        service: ServiceRef::Master(version),
        start_type: StartType::Manual,
        clear_recovery_actions: true,
    };
    Ok(Finding::act(target, drift, on_node(node, op)))
}
