//! Making things happen to a running site, and looking at it.

mod client;
mod explain;
mod perform;
pub mod request;
mod server;

pub use client::{ClientError, ask};
pub use perform::ControlError;
pub use request::{FaultPlace, Request, TaskChange};
pub(crate) use server::serve;
