//! Ops that were refused for good are held: not tried again before their inputs change or 15 minutes have passed, so
//! that no loop locks an account or floods a log. A cache: losing it costs one more try.

use scaleout_model::op::Op;
use scaleout_model::outcome::{Class, Failure, Outcome};
use scaleout_model::reason::Reason;
use scaleout_model::verdict::{Verdict, WaitingOn};
use scaleout_planning::plan::Plan;
use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::Instant;

/// How long an op is held.
const HOLD: Duration = Duration::from_mins(15);

/// Held ops, by what they would do: peer, op, arguments and versions of secrets.
#[derive(Debug, Default)]
pub struct Holds(Mutex<HashMap<String, (Instant, Failure)>>);

impl Holds {
    /// Replaces ops that are held by the refusal that holds them.
    pub fn apply(&self, plan: &mut Plan) {
        let Ok(held) = self.0.lock() else { return };
        for entry in &mut plan.entries {
            let Verdict::Act(op) = &entry.verdict else { continue };
            if let Some((since, failure)) = held.get(&key(op))
                && since.elapsed() < HOLD
            {
                let reason = match failure.class {
                    Class::Credential => Reason::CredentialRefused,
                    _ => Reason::OperationRefused,
                };
                let message = format!("{op} was refused: {}", failure.message);
                entry.verdict = Verdict::Blocked(WaitingOn { reason, message });
            }
        }
    }

    /// Remembers what an op came to.
    pub fn record(&self, op: &Op, outcome: &Outcome) {
        let Ok(mut held) = self.0.lock() else { return };
        held.retain(|_, (since, _)| since.elapsed() < HOLD);
        match outcome {
            Outcome::Failed(failure) if !failure.class.is_retried() => {
                held.insert(key(op), (Instant::now(), failure.clone()));
            }
            _ => {
                held.remove(&key(op));
            }
        }
    }
}

fn key(op: &Op) -> String {
    format!("{op:?}")
}
