//! The node port over mutually authenticated HTTPS.
