//! The controller: three loops over one machine (dereference → observe → validate → plan → lint → execute → status).
//! The only crate that knows the Kubernetes client; no `match` on step names.

pub mod admin;
pub mod clients;
pub mod clock;
pub mod config;
pub mod context;
pub mod credentials;
pub mod deletion;
pub mod endpoint;
pub mod holds;
pub mod hosts;
pub mod kinds;
pub mod lease;
pub mod loops;
pub mod metrics;
pub mod pass;
pub mod reconcile;
pub mod run;
pub mod secrets;
pub mod slots;
pub mod status;
pub mod triggers;
pub mod watches;
