//! The three custom resources: spec, status, conditions.
