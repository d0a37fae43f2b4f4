//! The worker is registered under its AgentId and enabled as spec says: a new worker is disabled at first contact
//! (internal.update_worker_agent_status). Disabling is not a drain: it waits until no task runs there, or until
//! `drain.timeoutSeconds` are over, and the op looks again.

use super::view::{need_quiet_for, need_row, need_version, on_worker};
use crate::step::{on_replica, step};
use crate::steps::master::view::need_settings;
use crate::steps::view::{Judged, for_site, need_primary};
use scaleout_model::desired::DesiredWorker;
use scaleout_model::node::Feature;
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::sql::SqlOp;
use scaleout_model::verdict::{Drift, Finding};

/// Registered.
pub mod registered {
    use super::{DesiredWorker, Finding, Observed, for_site, judge_registered, step};

    step!(WorkerRegistered for DesiredWorker, area "Registered", after [super::super::service::ID]);

    fn assess(desired: &DesiredWorker, observed: &Observed) -> Vec<Finding> {
        for_site(judge_registered(desired, observed))
    }
}

/// Enabled, or disabled.
pub mod enabled {
    use super::{DesiredWorker, Finding, Observed, for_site, judge_enabled, step};

    step!(WorkerEnabled for DesiredWorker, area "Enabled", after [super::registered::ID]);

    fn assess(desired: &DesiredWorker, observed: &Observed) -> Vec<Finding> {
        for_site(judge_enabled(desired, observed))
    }
}

fn judge_registered(desired: &DesiredWorker, observed: &Observed) -> Judged {
    let target = on_worker(desired);
    let row = need_row(desired, observed)?;
    let version = need_version(desired, observed)?;
    let file = need_settings(observed, &desired.node, Feature::ScaleOutWorker, version)?;
    match file.values.get("AgentId") {
        Some(id) if !id.eq_ignore_ascii_case(&row.agent_id) => {
            let message = format!(
                "the newest row of {} has AgentId {}, its settings say {id}",
                desired.node, row.agent_id
            );
            Err(Finding::waiting(target, Reason::WorkerNotRegistered, message))
        }
        _ => Ok(Finding::converged(target)),
    }
}

fn judge_enabled(desired: &DesiredWorker, observed: &Observed) -> Judged {
    let target = on_worker(desired);
    let row = need_row(desired, observed)?;
    if row.enabled == desired.enabled {
        return Ok(Finding::converged(target));
    }
    let (primary, _, _) = need_primary(observed, &target)?;
    let agent_id = row.agent_id.clone();
    let (op, held) = if desired.enabled {
        (SqlOp::EnableWorker { agent_id }, None)
    } else {
        let then = (Reason::WorkerDraining, "it is disabled after them");
        let held = need_quiet_for(enabled::ID, desired, observed, then)?;
        (SqlOp::DisableWorker { agent_id, regardless: held.is_some() }, held)
    };
    let word = |enabled| if enabled { "enabled" } else { "disabled" };
    let drift = Drift::between("worker", word(row.enabled), word(desired.enabled));
    Ok(Finding::act(target, drift, on_replica(primary, op)).with_held(held))
}
