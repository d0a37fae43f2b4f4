//! A simulated Windows site: plain state, effects, and a causal tick.
//!
//! Pure: no IO, no clock, no async. Time is a field that `tick` moves on. Whatever the product reads as
//! health, registration or role is computed from what is configured and can't be set.

mod apply;
pub mod catalog;
pub mod control;
pub mod dump;
pub mod effect;
pub mod explain;
pub mod faults;
pub mod logon;
pub mod network;
pub mod settings;
mod sim;
pub mod site_file;
pub mod sql;
pub mod sql_effect;
pub mod state;
mod tick;
pub mod time;

pub use effect::{Effect, EffectRecord, Origin, Refused, Reply};
pub use sim::SimSite;
pub use state::Site;

/// Parts of `tick` that SQL statements share.
pub mod rules {
    pub use crate::tick::groups::listener_resource;
    pub use crate::tick::roles::{address_refusal, network_name_refusal, network_of};
}

#[cfg(test)]
mod tests;
