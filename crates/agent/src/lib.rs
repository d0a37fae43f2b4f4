//! The node agent: router, ledger, claims, fence and audit over a portable [`host::Host`].
//!
//! It decides nothing about the site: it reports facts, pushes changes, and carries out typed ops.

pub mod agent;
pub mod arguments;
pub mod audit;
pub mod claims;
pub mod codes;
pub mod config;
pub mod epoch;
mod facts;
pub mod host;
pub mod identity;
pub mod ledger;
pub mod metrics;
mod ops;
mod router;
mod serve;
pub mod state;
mod x509;

pub use agent::Agent;
pub use config::AgentConfig;
pub use identity::{PeerIdentity, TlsMaterial, TlsSource};
pub use router::router;
pub use serve::serve;

#[cfg(test)]
mod tests;
