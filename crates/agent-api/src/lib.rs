//! Wire contract between controller and node agent.
