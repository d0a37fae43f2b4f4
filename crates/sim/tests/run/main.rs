//! Whole simulators, on their sockets, with the product's own clients.

#![expect(clippy::unwrap_used, reason = "a test says by its panic what failed")]

mod clients;
mod endpoint;
mod listener;
mod process;
mod sockets;
