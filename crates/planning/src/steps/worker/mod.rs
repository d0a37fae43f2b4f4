//! The chain of the worker.

use crate::step::Step;
use scaleout_model::desired::DesiredWorker;

/// Steps in order.
pub fn chain() -> Vec<&'static dyn Step<DesiredWorker>> {
    vec![]
}

/// Steps of a deletion with `deletionPolicy: Teardown`, in order.
pub fn teardown_chain() -> Vec<&'static dyn Step<DesiredWorker>> {
    vec![]
}
