//! No Scale Out task is in status 2 or 3, or the wait for quiet is over (`quiet.timeoutSeconds` after the deletion): without
//! a master their leases expire. What can't be read is waited for either way. A role that is offline already takes nothing
//! from them. Writes nothing.

use super::Teardown;
use super::view::{FoundRole, need_role};
use crate::step::step;
use crate::steps::deletion::has_no_catalog;
use crate::steps::view::{Judged, for_site, need};
use scaleout_model::node::GroupState;
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::verdict::{Finding, Target};

step!(MasterQuiet for Teardown, area "RoleOnline", after []);

fn assess(desired: &Teardown, observed: &Observed) -> Vec<Finding> {
    for_site(judge(desired, observed))
}

fn judge(desired: &Teardown, observed: &Observed) -> Judged {
    let target = Target::Site;
    let FoundRole::Ours { role, .. } = need_role(desired, observed)? else {
        return Ok(Finding::converged(target));
    };
    if has_no_catalog(observed) {
        return Ok(Finding::converged(target));
    }
    let catalog = need(&target, observed.catalog.as_ref(), "the catalog")?;
    let tasks = need(&target, catalog.tasks.as_ref(), "the tasks in flight")?;
    let quiet = tasks.is_empty() || role.state == GroupState::Offline;
    if quiet || desired.deletion.is_over(desired.master.policy.quiet_timeout_seconds, observed) {
        return Ok(Finding::converged(target));
    }
    let message =
        "Scale Out tasks run; the role is taken offline after them, or when the wait for quiet is over";
    Err(Finding::waiting(target, Reason::TasksRunning, message))
}
