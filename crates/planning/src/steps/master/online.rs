//! The role is online. It is brought online once everything that the master reads at its start is in place; a role that is
//! moving is waited for, and the operator never moves it.

use crate::step::{on_node, step};
use crate::steps::view::{Judged, for_site, need_cluster};
use scaleout_model::desired::DesiredMaster;
use scaleout_model::node::{GroupState, NodeOp};
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::verdict::{Drift, Finding, Target};

step!(RoleOnline for DesiredMaster, area "RoleOnline", after [
    super::role::ID,
    super::account::ID,
    super::key_access::ID,
    super::binding::ID,
    super::reservation::ID,
    super::settings::ID,
    super::catalog_admin::ID,
    super::log_database::ID,
]);

fn assess(desired: &DesiredMaster, observed: &Observed) -> Vec<Finding> {
    for_site(judge(desired, observed))
}

fn judge(desired: &DesiredMaster, observed: &Observed) -> Judged {
    let target = Target::Site;
    let (node, cluster) = need_cluster(observed, &target, desired.nodes.iter())?;
    let Some(role) = cluster.role(&desired.role) else {
        return Err(Finding::waiting(target, Reason::StepPending, "the role is not there yet"));
    };
    match role.state {
        GroupState::Online => Ok(Finding::converged(target)),
        GroupState::Pending | GroupState::Unknown => {
            let message = format!("role {} is {:?} on {}", role.name, role.state, role.owner);
            Err(Finding::waiting(target, Reason::RolePending, message))
        }
        GroupState::Offline | GroupState::Failed | GroupState::PartialOnline => {
            let actor = if observed.node(&role.owner).known().is_some() { &role.owner } else { node };
            let drift = Drift::between("role", format!("{:?}", role.state), "Online");
            Ok(Finding::act(target, drift, on_node(actor, NodeOp::OnlineRole { role: role.name.clone() })))
        }
    }
}
