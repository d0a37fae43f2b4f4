//! Ports, observation and execution of plans.

pub mod ports;
