//! The wait until no Scale Out task runs, and its bound. Since when it lasts is remembered in status, so that it survives
//! the controller; when the bound has passed the op goes ahead, and says so.

use k8s_openapi::jiff::Timestamp;
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::verdict::{Finding, Held, StepId, Target};

/// What waits, how long, and for what.
pub struct Wait {
    /// The step.
    pub step: StepId,
    /// Field of spec that bounds the wait.
    pub field: &'static str,
    /// Its value in seconds; `None`: for ever.
    pub seconds: Option<u32>,
    /// Reason while it lasts.
    pub reason: Reason,
    /// What runs, and what is done after it, in words.
    pub message: String,
}

/// Name of a wait in status.
pub fn wait_key(step: StepId, target: &Target) -> String {
    scaleout_api::limits::truncate(&format!("{step} {target}"), scaleout_api::limits::NAME)
}

/// Goes on where nothing is `busy`, and where the bound has passed (then the answer says so); else a finding that waits,
/// or blocks where spec names no bound.
pub fn wait_for_quiet(
    wait: &Wait,
    target: &Target,
    observed: &Observed,
    busy: bool,
) -> Result<Option<Held>, Finding> {
    if !busy {
        return Ok(None);
    }
    let Wait { step, field, seconds, reason, message } = wait;
    let Some(seconds) = seconds else {
        let message = format!("{message}; no {field} ends the wait");
        let held = Held { until_unix_ms: None, over: None };
        return Err(Finding::blocked(target.clone(), *reason, message).with_held(Some(held)));
    };
    let since = observed.waits.get(&wait_key(*step, target)).copied();
    // Status holds whole seconds.
    let since = since.unwrap_or_else(|| observed.now_unix_ms.div_euclid(1000) * 1000);
    let until = since.saturating_add(i64::from(*seconds) * 1000);
    if observed.now_unix_ms < until {
        let latest = Timestamp::from_millisecond(until).unwrap_or(Timestamp::MAX);
        let held = Held { until_unix_ms: Some(until), over: None };
        let message = format!("{message}, at the latest at {latest}");
        return Err(Finding::waiting(target.clone(), *reason, message).with_held(Some(held)));
    }
    let over = format!("tasks run still, and {field} ({seconds} s) is over");
    Ok(Some(Held { until_unix_ms: Some(until), over: Some(over) }))
}
