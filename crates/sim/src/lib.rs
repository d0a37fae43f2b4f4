//! The simulator's doors: agents, TDS endpoints, role endpoint, control.
//!
//! A site file becomes a [`Simulator`]: its state in a [`SiteHandle`], one socket per process that listens, on a
//! loopback network of its own, and a folder with what a client needs. Whatever answers looks at the state; nothing
//! here decides what the site is.

pub mod addresses;
pub mod control;
pub mod description;
pub mod doors;
pub mod folder;
pub mod host;
pub mod identities;
pub mod simulator;
pub mod site_handle;
pub mod subnet;

pub use host::{SimHost, media_sources};
pub use simulator::{SimError, Simulator};
pub use site_handle::SiteHandle;
