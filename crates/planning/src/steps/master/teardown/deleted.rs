//! The master's clustered role is deleted, with the resources that we made in it, once it is offline.

use super::Teardown;
use super::view::{FoundRole, need_role};
use crate::step::{on_node, step};
use crate::steps::view::{Judged, for_site};
use scaleout_model::node::{GroupState, NodeOp};
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::verdict::{Drift, Finding, Target};

step!(RoleDeleted for Teardown, area "RoleOnline", after [
    super::unused::ID,
    super::reference::ID,
    super::quiet::ID,
    super::offline::ID,
]);

fn assess(desired: &Teardown, observed: &Observed) -> Vec<Finding> {
    for_site(judge(desired, observed))
}

fn judge(desired: &Teardown, observed: &Observed) -> Judged {
    let target = Target::Site;
    let FoundRole::Ours { role, actor } = need_role(desired, observed)? else {
        return Ok(Finding::converged(target));
    };
    if role.state != GroupState::Offline {
        return Err(Finding::waiting(target, Reason::StepPending, "the role is not offline yet"));
    }
    let drift = Drift::between("role", "there", "deleted");
    Ok(Finding::act(target, drift, on_node(actor, NodeOp::DeleteRole { role: role.name.clone() })))
}
