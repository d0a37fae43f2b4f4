//! The worker's heartbeat in the catalog is fresh (three intervals of 60 s): it reaches the master, is trusted and trusts.

use super::view::{need_row, on_worker};
use crate::step::step;
use crate::steps::view::{Judged, for_site};
use scaleout_model::defaults::WORKER_STALE_SECONDS;
use scaleout_model::desired::DesiredWorker;
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::verdict::Finding;

step!(WorkerHeartbeat for DesiredWorker, area "HeartbeatFresh", after [super::service::ID]);

fn assess(desired: &DesiredWorker, observed: &Observed) -> Vec<Finding> {
    for_site(judge(desired, observed))
}

fn judge(desired: &DesiredWorker, observed: &Observed) -> Judged {
    let target = on_worker(desired);
    if need_row(desired, observed)?.age_seconds <= WORKER_STALE_SECONDS {
        return Ok(Finding::converged(target));
    }
    let message = format!("no heartbeat of {} for more than {WORKER_STALE_SECONDS} seconds", desired.node);
    Err(Finding::waiting(target, Reason::WorkerHeartbeatStale, message))
}
