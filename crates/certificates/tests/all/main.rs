//! Certificates and keys, over a real handshake where it counts.

mod common;
mod handshake;
mod names;
mod pairs;
