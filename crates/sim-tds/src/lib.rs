//! A TDS server over a simulated site.

pub mod tsql;
pub mod value;
pub mod wire;
