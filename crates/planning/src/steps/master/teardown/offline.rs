//! The master's clustered role is offline. A group of its name that is none of the master's is reported and left.

use super::Teardown;
use super::view::{FoundRole, need_role};
use crate::step::{on_node, step};
use crate::steps::view::{Judged, for_site};
use scaleout_model::node::{GroupState, NodeOp};
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::verdict::{Drift, Finding, Target};

step!(RoleOffline for Teardown, area "RoleOnline", after [
    super::unused::ID,
    super::reference::ID,
    super::quiet::ID,
]);

fn assess(desired: &Teardown, observed: &Observed) -> Vec<Finding> {
    for_site(judge(desired, observed))
}

fn judge(desired: &Teardown, observed: &Observed) -> Judged {
    let target = Target::Site;
    match need_role(desired, observed)? {
        FoundRole::Absent => Ok(Finding::converged(target)),
        FoundRole::Foreign => {
            let message =
                format!("role {} of the cluster is no Scale Out Master's; left", desired.master.role);
            Ok(Finding::warned(target, Reason::Unmanaged, message))
        }
        FoundRole::Ours { role, actor } => match role.state {
            GroupState::Offline => Ok(Finding::converged(target)),
            GroupState::Pending | GroupState::Unknown => {
                let message = format!("role {} is {:?} on {}", role.name, role.state, role.owner);
                Err(Finding::waiting(target, Reason::RolePending, message))
            }
            GroupState::Online | GroupState::Failed | GroupState::PartialOnline => {
                let drift = Drift::between("role", format!("{:?}", role.state), "Offline");
                Ok(Finding::act(
                    target,
                    drift,
                    on_node(actor, NodeOp::OfflineRole { role: role.name.clone() }),
                ))
            }
        },
    }
}
