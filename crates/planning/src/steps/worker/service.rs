//! The worker's service starts at boot, runs, and runs with the settings that stand in its file and with the log string
//! that the catalog holds: one that was started before either last changed is restarted, while no task of its runs or when the wait for that is over.

use super::view::{need_quiet_for, need_version, on_worker, row};
use crate::step::{on_node, step};
use crate::steps::master::view::{must_restart, need_service, need_settings};
use crate::steps::view::{Judged, for_site, need_node};
use scaleout_model::desired::DesiredWorker;
use scaleout_model::fact::Fact;
use scaleout_model::node::{Feature, NodeOp, ServiceRef, ServiceState, StartType};
use scaleout_model::observed::Observed;
use scaleout_model::op::Op;
use scaleout_model::reason::Reason;
use scaleout_model::verdict::{Drift, Finding};

step!(WorkerRunning for DesiredWorker, area "ServiceRunning", after [
    super::settings::ID,
    super::account::ID,
    super::key_access::ID,
]);

fn assess(desired: &DesiredWorker, observed: &Observed) -> Vec<Finding> {
    for_site(judge(desired, observed))
}

fn judge(desired: &DesiredWorker, observed: &Observed) -> Judged {
    let target = on_worker(desired);
    let version = need_version(desired, observed)?;
    let service = need_service(observed, &desired.node, Feature::ScaleOutWorker, version)?;
    let reference = ServiceRef::Worker(version);
    if service.start_type != StartType::Automatic {
        let op = NodeOp::ConfigureService {
            service: reference,
            start_type: StartType::Automatic,
            clear_recovery_actions: false,
        };
        let drift = Drift::between("start of the service", format!("{:?}", service.start_type), "Automatic");
        return Ok(Finding::act(target, drift, on_node(&desired.node, op)));
    }
    match service.state {
        ServiceState::Pending => {
            Err(Finding::waiting(target, Reason::ServiceNotRunning, "the service is starting or stopping"))
        }
        ServiceState::Stopped => {
            let op = NodeOp::StartService { service: reference };
            Ok(Finding::act(
                target,
                Drift::between("service", "stopped", "running"),
                on_node(&desired.node, op),
            ))
        }
        ServiceState::Running => {
            let file = need_settings(observed, &desired.node, Feature::ScaleOutWorker, version)?;
            let log = log_revision_here(desired, observed)?;
            let not_before =
                log.map_or(file.modified_unix_ms, |revision| revision.max(file.modified_unix_ms));
            let clock = need_node(observed, &desired.node)?.clock_unix_ms;
            if !must_restart(service.started_unix_ms, not_before, clock) {
                return Ok(Finding::converged(target));
            }
            let op = NodeOp::RestartService { service: reference, not_before_unix_ms: not_before };
            restart(desired, observed, on_node(&desired.node, op))
        }
    }
}

/// A worker that is given tasks is restarted only with leave to disrupt, and while no task runs there or the wait for that
/// is over.
fn restart(desired: &DesiredWorker, observed: &Observed, op: Op) -> Judged {
    let target = on_worker(desired);
    let drift = Drift::between("service", "running with old settings", "restarted");
    if !desired.policy.disruption_allowed && row(desired, observed)?.is_some_and(|row| row.enabled) {
        let blocked =
            Finding::blocked(target, Reason::DisruptionNotAllowed, format!("{op} disrupts service"));
        return Err(blocked.with_drift(drift));
    }
    let then = (Reason::TasksRunning, "the service is restarted after them");
    let held = need_quiet_for(ID, desired, observed, then)?;
    Ok(Finding::act(target, drift, op).with_held(held))
}

/// The last `update_logdb_info`, moved from the primary's clock to this node's.
fn log_revision_here(desired: &DesiredWorker, observed: &Observed) -> Result<Option<i64>, Finding> {
    let Some(revision) = desired.master.log_database_revision else { return Ok(None) };
    let facts = need_node(observed, &desired.node)?;
    let Fact::Known(primary) = observed.primary() else { return Ok(None) };
    let clock = observed.instance(primary).known().map(|facts| facts.clock_unix_ms);
    Ok(clock.map(|clock| revision + (facts.clock_unix_ms - clock)))
}
