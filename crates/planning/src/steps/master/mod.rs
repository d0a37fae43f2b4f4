//! The chain of the master.

use crate::step::Step;
use scaleout_model::desired::DesiredMaster;

/// Steps in order.
pub fn chain() -> Vec<&'static dyn Step<DesiredMaster>> {
    vec![]
}

/// Steps of a deletion with `deletionPolicy: Teardown`, in order.
pub fn teardown_chain() -> Vec<&'static dyn Step<DesiredMaster>> {
    vec![]
}
