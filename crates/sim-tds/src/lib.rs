//! A TDS server over a simulated site.

pub mod value;
