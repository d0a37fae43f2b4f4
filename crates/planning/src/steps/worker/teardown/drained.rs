//! No task of the worker is in status 2 or 3, or the drain's time is over (`drain.timeoutSeconds` after the deletion).
//! Disabling is not a drain (catalog.disable_worker_agent takes the worker out under its tasks), so this comes first.
//! Writes nothing.

use super::{Teardown, need_drained};
use crate::step::step;
use crate::steps::view::{Judged, for_site};
use crate::steps::worker::view::on_worker;
use scaleout_model::observed::Observed;
use scaleout_model::verdict::Finding;

step!(WorkerDrained for Teardown, area "Enabled", after [super::agent::ID]);

fn assess(desired: &Teardown, observed: &Observed) -> Vec<Finding> {
    for_site(judge(desired, observed))
}

fn judge(desired: &Teardown, observed: &Observed) -> Judged {
    need_drained(desired, observed, "it is disabled after them, or when the drain's time is over")?;
    Ok(Finding::converged(on_worker(&desired.worker)))
}
