//! The SQL port over TDS; the only T-SQL of the product.
//!
//! `statements` holds every statement as a pure function to text; `observe` and `execute` send them and read what comes
//! back; `connection` logs in; `errors` says what an error number means. What is sent is listed in `README.md`.

mod batch;
mod connection;
mod deadline;
mod depose;
mod errors;
mod escape;
mod execute;
mod fault;
mod gate;
mod observe;
mod observers;
mod port;
mod record;
mod resolver;
mod session;
mod statements;
pub mod wire;

pub use errors::reason_of;
pub use port::SqlServers;
pub use resolver::{Resolver, SystemResolver};
