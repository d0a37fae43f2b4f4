//! When to look again, if nothing else wakes the loop.

use super::outcomes::Attempt;
use crate::plan::Plan;
use scaleout_model::outcome::Outcome;
use scaleout_model::verdict::{Held, Verdict};
use std::time::Duration;

/// After an op was done: its effect is read at once.
const AFTER_WORK: Duration = Duration::from_millis(50);
/// While something is waited for that no agent pushes (SQL Server pushes nothing).
const WHILE_WAITING: Duration = Duration::from_secs(2);
/// While a human must act.
const WHILE_BLOCKED: Duration = Duration::from_secs(15);
/// Steady state: a slow safety net beside the agents' events.
const STEADY: Duration = Duration::from_secs(20);
/// Longest pause after failures in a row.
const MAX_BACKOFF: Duration = Duration::from_mins(1);

/// While tasks run that hold something back: nobody pushes their end, and the wait's own end is known.
const WHILE_HELD: Duration = Duration::from_secs(10);

/// The pause after this pass. `failures`: passes in a row in which an op failed; they back off exponentially.
pub fn next_wakeup(plan: &Plan, attempts: &[Attempt], failures: u32, now_unix_ms: i64) -> Duration {
    let done = |a: &Attempt| matches!(a.outcome, Outcome::Done(_) | Outcome::NoChange(_));
    if attempts.iter().any(|attempt| !done(attempt)) {
        let factor = 1_u32.checked_shl(failures.min(6)).unwrap_or(64);
        return (WHILE_WAITING / 2).saturating_mul(factor).min(MAX_BACKOFF);
    }
    // An op that found nothing to do and proved nothing would find the same at once: plan and peer disagree.
    if attempts.iter().any(|attempt| !matches!(attempt.outcome, Outcome::NoChange(None))) {
        return AFTER_WORK;
    }
    let mut pause = STEADY;
    for entry in &plan.entries {
        pause = pause.min(match (&entry.verdict, &entry.held) {
            (Verdict::Waiting(_), Some(held)) => WHILE_HELD.min(left(held, now_unix_ms)),
            (Verdict::Waiting(_) | Verdict::Act(_), _) => WHILE_WAITING,
            (Verdict::Blocked(_), _) => WHILE_BLOCKED,
            (Verdict::Converged | Verdict::Warned(_) | Verdict::Unmanaged(_), _) => STEADY,
        });
    }
    pause
}

/// Until the wait ends of itself; a little later, so that it has ended then.
fn left(held: &Held, now_unix_ms: i64) -> Duration {
    let left =
        held.until_unix_ms.map_or(i64::MAX, |until| until.saturating_sub(now_unix_ms).saturating_add(50));
    Duration::from_millis(u64::try_from(left).unwrap_or_default())
}
