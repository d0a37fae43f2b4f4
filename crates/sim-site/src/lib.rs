//! A simulated Windows site: plain state, effects, causal tick.
