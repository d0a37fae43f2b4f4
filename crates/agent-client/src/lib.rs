//! The node port over mutually authenticated HTTPS: TLS 1.3, the agent verified by a CA and the endpoint's name.

mod classify;
mod client;
mod credentials;
mod events;
mod port;
mod resolve;
mod sse;
mod verify;

pub use client::AgentClient;
pub use credentials::{ClientCredentials, CredentialError};
pub use resolve::HostTable;
