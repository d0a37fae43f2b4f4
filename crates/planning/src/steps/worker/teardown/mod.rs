//! The chain that takes a worker down when its object is deleted with `deletionPolicy: Teardown`: drained, disabled,
//! stopped, its certificate taken out of the master nodes' Root, its claim released. The feature, its settings and its
//! row in the catalog stay. What can't be reached is waited for and said; `deletionPolicy: Retain` gives up on it.

use crate::step::Step;
use crate::steps::worker::view::need_quiet;
use scaleout_model::desired::DesiredWorker;
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::verdict::{Finding, Verdict};

pub mod agent;
pub mod claim;
pub mod disabled;
pub mod drained;
pub mod stopped;
pub mod trust;

/// A worker that is to be taken down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Teardown {
    /// The worker as its spec describes it.
    pub worker: DesiredWorker,
    /// When its object was deleted, unix milliseconds: the drain's time counts from there.
    pub deleted_unix_ms: i64,
}

impl Teardown {
    /// Whether the drain's time is over, so that running tasks no longer hold anything back.
    pub fn is_overdue(&self, observed: &Observed) -> bool {
        self.worker.drain_timeout_seconds.is_some_and(|seconds| {
            observed.now_unix_ms >= self.deleted_unix_ms.saturating_add(i64::from(seconds) * 1000)
        })
    }
}

/// No task of the worker is in flight, or the drain's time is over; what can't be read is waited for either way.
fn need_drained(desired: &Teardown, observed: &Observed, then: &str) -> Result<(), Finding> {
    match need_quiet(&desired.worker, observed, (Reason::WorkerDraining, then)) {
        Err(finding) if is_draining(&finding) && desired.is_overdue(observed) => Ok(()),
        other => other,
    }
}

fn is_draining(finding: &Finding) -> bool {
    matches!(&finding.verdict, Verdict::Waiting(why) if why.reason == Reason::WorkerDraining)
}

/// Steps in order.
pub fn chain() -> Vec<&'static dyn Step<Teardown>> {
    vec![
        &agent::TeardownAllowed,
        &drained::WorkerDrained,
        &disabled::WorkerDisabled,
        &stopped::WorkerStopped,
        &trust::WorkerUntrusted,
        &claim::ClaimReleased,
    ]
}
