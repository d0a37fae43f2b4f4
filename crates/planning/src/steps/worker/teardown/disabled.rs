//! The worker is disabled in the catalog (`catalog.disable_worker_agent`). The op looks again after it and enables the
//! worker at once if a task slipped in, so that none is lost. A worker that never registered has nothing to disable.

use super::{Teardown, need_row};
use crate::step::{on_replica, step};
use crate::steps::view::{Judged, for_site, need_primary};
use crate::steps::worker::view::on_worker;
use scaleout_model::observed::Observed;
use scaleout_model::sql::SqlOp;
use scaleout_model::verdict::{Drift, Finding};

step!(WorkerDisabled for Teardown, area "Enabled", after [super::agent::ID, super::reference::ID, super::drained::ID]);

fn assess(desired: &Teardown, observed: &Observed) -> Vec<Finding> {
    for_site(judge(desired, observed))
}

fn judge(desired: &Teardown, observed: &Observed) -> Judged {
    let target = on_worker(&desired.worker);
    let Some(row) = need_row(desired, observed)?.filter(|row| row.enabled) else {
        return Ok(Finding::converged(target));
    };
    let (primary, _, _) = need_primary(observed, &target)?;
    let regardless = desired.is_overdue(observed);
    let op = SqlOp::DisableWorker { agent_id: row.agent_id.clone(), regardless };
    Ok(Finding::act(target, Drift::between("worker", "enabled", "disabled"), on_replica(primary, op)))
}
