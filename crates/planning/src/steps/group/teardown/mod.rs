//! The chain of a group's deletion with `deletionPolicy: Teardown`: it waits for the masters that name it and releases
//! the claims. The availability group and the database are never dropped, and what stands around them stays.

use crate::deletion::Deletion;
use crate::step::Step;
use scaleout_model::desired::DesiredGroup;

pub mod claims;
pub mod hosts;
pub mod unused;

/// A group that is to be given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Teardown {
    /// The group as its spec describes it.
    pub group: DesiredGroup,
    /// The deletion.
    pub deletion: Deletion,
}

/// Steps in order.
pub fn chain() -> Vec<&'static dyn Step<Teardown>> {
    vec![&hosts::GroupHostsAnswer, &unused::GroupUnused, &claims::GroupClaimsReleased]
}
