//! Ops that were refused for good are held: not tried again before their inputs change, the instance that they are for was
//! restarted or its authentication mode switched, or 15 minutes have passed, so that no loop locks an account or floods a
//! log. A cache: losing it costs one more try.

use scaleout_model::node::LoginMode;
use scaleout_model::observed::Observed;
use scaleout_model::op::Op;
use scaleout_model::outcome::{Failure, Outcome};
use scaleout_model::verdict::Verdict;
use scaleout_planning::plan::Plan;
use scaleout_planning::status::verdict_of;
use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::Instant;

#[cfg(test)]
#[path = "holds_tests.rs"]
mod tests;

/// How long an op is held.
const HOLD: Duration = Duration::from_mins(15);

/// One refusal.
#[derive(Clone, Debug)]
struct Held {
    since: Instant,
    run: Option<Run>,
    failure: Failure,
}

/// Which run of an instance an op was for, as its agent tells it: mode and start.
type Run = (LoginMode, Option<i64>);

/// Held ops, by what they would do: peer, op, arguments and versions of secrets.
#[derive(Debug, Default)]
pub struct Holds(Mutex<HashMap<String, Held>>);

impl Holds {
    /// Replaces ops that are held by the refusal that holds them.
    pub fn apply(&self, plan: &mut Plan, observed: &Observed) {
        let Ok(held) = self.0.lock() else { return };
        for entry in &mut plan.entries {
            let Verdict::Act(op) = &entry.verdict else { continue };
            let Some(held) = held.get(&key(op)) else { continue };
            let run = run_of(op, observed);
            if held.since.elapsed() < HOLD && (run.is_none() || run == held.run) {
                entry.verdict = verdict_of(&op.to_string(), &held.failure);
            }
        }
    }

    /// Remembers what an op came to.
    pub fn record(&self, op: &Op, outcome: &Outcome, observed: &Observed) {
        let Ok(mut held) = self.0.lock() else { return };
        held.retain(|_, held| held.since.elapsed() < HOLD);
        match outcome {
            Outcome::Failed(failure) if !failure.class.is_retried() => {
                let (since, run) = (Instant::now(), run_of(op, observed));
                held.insert(key(op), Held { since, run, failure: failure.clone() });
            }
            _ => {
                held.remove(&key(op));
            }
        }
    }
}

/// The run of the instance that an op is for; `None`: it is for none, or its agent does not tell.
fn run_of(op: &Op, observed: &Observed) -> Option<Run> {
    let Op::Sql { replica, .. } = op else { return None };
    let node = observed.nodes.get(&replica.machine())?.known()?;
    let engine = node.engines.known()?.iter().find(|engine| engine.instance == replica.instance())?;
    Some((engine.login_mode, engine.started_unix_ms))
}

fn key(op: &Op) -> String {
    format!("{op:?}")
}
