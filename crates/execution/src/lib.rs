//! Ports, observation and execution of plans.

pub mod execute;
pub mod fence;
pub mod observe;
pub mod ports;
pub mod recent;
