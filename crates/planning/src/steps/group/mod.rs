//! The chain of the group.

use crate::step::Step;
use scaleout_model::desired::DesiredGroup;

/// Steps in order.
pub fn chain() -> Vec<&'static dyn Step<DesiredGroup>> {
    vec![]
}

/// Steps of a deletion with `deletionPolicy: Teardown`, in order.
pub fn teardown_chain() -> Vec<&'static dyn Step<DesiredGroup>> {
    vec![]
}
