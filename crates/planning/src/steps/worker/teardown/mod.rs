//! The chain that takes a worker down when its object is deleted with `deletionPolicy: Teardown`: drained, disabled,
//! stopped, its certificate taken out of the master nodes' Root, its claim released. The feature, its settings and its
//! row in the catalog stay. A host that does not answer is waited for, needs a person after a while, and can be given up.

use crate::deletion::Deletion;
use crate::step::Step;
use crate::steps::deletion::has_no_catalog;
use crate::steps::worker::view::{need_quiet, row};
use scaleout_model::certificate::Thumbprint;
use scaleout_model::desired::DesiredWorker;
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::sql::WorkerRow;
use scaleout_model::verdict::{Finding, Verdict};

pub mod agent;
pub mod claim;
pub mod disabled;
pub mod drained;
pub mod reference;
pub mod stopped;
pub mod trust;

/// A worker that is to be taken down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Teardown {
    /// The worker as its spec describes it.
    pub worker: DesiredWorker,
    /// The deletion; the drain's time counts from it.
    pub deletion: Deletion,
    /// The certificate that the object reported as the worker's: known even where its node was given up.
    pub reported: Option<Thumbprint>,
}

impl Teardown {
    /// Whether the drain's time is over, so that running tasks no longer hold anything back.
    pub fn is_overdue(&self, observed: &Observed) -> bool {
        self.deletion.is_over(self.worker.drain_timeout_seconds, observed)
    }
}

/// The worker's row, or `None` where it never registered or there is no catalog at all.
fn need_row<'a>(desired: &Teardown, observed: &'a Observed) -> Result<Option<&'a WorkerRow>, Finding> {
    if has_no_catalog(observed) { Ok(None) } else { row(&desired.worker, observed) }
}

/// No task of the worker is in flight, or the drain's time is over; what can't be read is waited for either way.
fn need_drained(desired: &Teardown, observed: &Observed, then: &str) -> Result<(), Finding> {
    if has_no_catalog(observed) {
        return Ok(());
    }
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
        &reference::WorkerReference,
        &drained::WorkerDrained,
        &disabled::WorkerDisabled,
        &stopped::WorkerStopped,
        &trust::WorkerUntrusted,
        &claim::ClaimReleased,
    ]
}
