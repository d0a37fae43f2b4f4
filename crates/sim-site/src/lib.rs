//! A simulated Windows site: plain state, effects, and a causal tick.
//!
//! Pure: no IO, no clock, no async. Time is a field that `tick` moves on. Whatever the product reads as
//! health, registration or role is computed from what is configured and can't be set.

pub mod state;

pub use state::Site;
