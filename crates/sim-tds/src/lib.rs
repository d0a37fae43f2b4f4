//! A TDS server over a simulated site.
