//! Tests of the simulated instance.
