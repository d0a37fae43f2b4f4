//! What no case drifts, and why.

/// Steps.
pub(crate) const STEPS: &[(&str, &str)] = &[];

/// Things and fields, by pattern.
pub(crate) const FIELDS: &[(&str, &str)] = &[];
