//! The agent over a small machine in memory: admission, ops, and the real wire.

mod admission;
mod cases;
mod fake;
mod fake_cluster;
mod ops;
mod site;
mod wire;
