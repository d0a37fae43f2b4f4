//! The worker's service is stopped and does not start at boot. Never while a task of its is in status 2 or 3 and the
//! drain's time is not over. A node without the feature has nothing to stop.

use super::{Teardown, need_drained, need_row};
use crate::step::{on_node, step};
use crate::steps::view::{Judged, need, need_node, settle};
use crate::steps::worker::view::{need_version, on_worker};
use scaleout_model::node::{Feature, NodeOp, ServiceRef, ServiceState, StartType};
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::verdict::{Drift, Finding, Target};

step!(WorkerStopped for Teardown, area "ServiceRunning", after [
    super::reference::ID,
    super::drained::ID,
    super::disabled::ID,
]);

fn assess(desired: &Teardown, observed: &Observed) -> Vec<Finding> {
    let judged = if desired.deletion.gave_up(observed, &desired.worker.node) {
        judge_without_host(desired, observed)
    } else {
        judge(desired, observed)
    };
    // About the site: nodes whose trust ends after it are other machines.
    vec![Finding { target: Target::Site, ..settle(judged) }]
}

/// The service of a host that was given up can't be stopped; at least the catalog gives it no more tasks.
fn judge_without_host(desired: &Teardown, observed: &Observed) -> Judged {
    let target = on_worker(&desired.worker);
    need_drained(desired, observed, "nobody trusts it after them")?;
    if need_row(desired, observed)?.is_some_and(|row| row.enabled) {
        return Err(Finding::waiting(target, Reason::StepPending, "it is not disabled yet"));
    }
    Ok(Finding::converged(target))
}

fn judge(desired: &Teardown, observed: &Observed) -> Judged {
    let worker = &desired.worker;
    let target = on_worker(worker);
    let version = need_version(worker, observed)?;
    let facts = need_node(observed, &worker.node)?;
    let services = need(&target, facts.services.as_ref(), "the list of services")?;
    let ours = services.iter().find(|s| s.feature == Feature::ScaleOutWorker && s.version == version);
    let Some(service) = ours else { return Ok(Finding::converged(target)) };
    let reference = ServiceRef::Worker(version);
    match service.state {
        ServiceState::Pending => {
            Err(Finding::waiting(target, Reason::ServiceNotRunning, "the service is starting or stopping"))
        }
        ServiceState::Running => {
            need_drained(desired, observed, "the service is stopped after them")?;
            let op = on_node(&worker.node, NodeOp::StopService { service: reference });
            Ok(Finding::act(target, Drift::between("service", "running", "stopped"), op))
        }
        ServiceState::Stopped if service.start_type == StartType::Automatic => {
            let op = NodeOp::ConfigureService {
                service: reference,
                start_type: StartType::Manual,
                clear_recovery_actions: false,
            };
            let drift = Drift::between("start of the service", "Automatic", "Manual");
            Ok(Finding::act(target, drift, on_node(&worker.node, op)))
        }
        ServiceState::Stopped => Ok(Finding::converged(target)),
    }
}
