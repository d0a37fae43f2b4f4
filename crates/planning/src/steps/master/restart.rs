//! The online master runs with the settings that stand in its file: one that was started before the file's last change is
//! restarted through the cluster (MASTER page: restart after any edit), only on the owner, and only while no Scale Out
//! task is in flight, or when the wait for that is over: a task's lease is shorter than many restarts.

use super::view::{must_restart, need_service, need_settings, need_version};
use crate::quiet::{Wait, wait_for_quiet};
use crate::step::{on_node, step};
use crate::steps::view::{Judged, for_site, need, need_cluster, need_node};
use scaleout_model::desired::DesiredMaster;
use scaleout_model::node::{Feature, GroupState, NodeOp};
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::verdict::{Drift, Finding, Target};

step!(MasterRestarted for DesiredMaster, area "SettingsApplied", after [
    super::settings::ID,
    super::account::ID,
    super::binding::ID,
    super::online::ID,
]);

fn assess(desired: &DesiredMaster, observed: &Observed) -> Vec<Finding> {
    for_site(judge(desired, observed))
}

fn judge(desired: &DesiredMaster, observed: &Observed) -> Judged {
    let target = Target::Site;
    let (_, cluster) = need_cluster(observed, &target, desired.nodes.iter())?;
    let online = cluster.role(&desired.role).filter(|role| role.state == GroupState::Online);
    let Some(role) = online else {
        return Err(Finding::waiting(target, Reason::RoleOffline, "the role is not online yet"));
    };
    let version = need_version(desired, observed, &target)?;
    let service = need_service(observed, &role.owner, Feature::ScaleOutMaster, version)?;
    let file = need_settings(observed, &role.owner, Feature::ScaleOutMaster, version)?;
    let clock = need_node(observed, &role.owner)?.clock_unix_ms;
    if !must_restart(service.started_unix_ms, file.modified_unix_ms, clock) {
        return Ok(Finding::converged(target));
    }
    let catalog = need(&target, observed.catalog.as_ref(), "the catalog")?;
    let tasks = need(&target, catalog.tasks.as_ref(), "the tasks in flight")?;
    let wait = Wait {
        step: ID,
        field: "quiet.timeoutSeconds",
        seconds: desired.policy.quiet_timeout_seconds,
        reason: Reason::TasksRunning,
        message: "Scale Out tasks run; the master is restarted after them".to_owned(),
    };
    let held = wait_for_quiet(&wait, &target, observed, !tasks.is_empty())?;
    let op = NodeOp::RestartRoleService {
        role: role.name.clone(),
        expected_owner: role.owner.clone(),
        not_before_unix_ms: file.modified_unix_ms,
    };
    let drift = Drift::between("master", "running with old settings", "restarted");
    Ok(Finding::act(target, drift, on_node(&role.owner, op)).with_held(held))
}
