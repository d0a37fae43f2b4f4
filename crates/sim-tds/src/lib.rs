//! A TDS server over a simulated site.

pub mod engine;
pub mod memory;
pub mod server;
pub mod tsql;
pub mod value;
pub mod wire;
pub mod world;
