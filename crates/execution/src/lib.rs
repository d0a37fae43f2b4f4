//! Ports, observation and execution of plans.
