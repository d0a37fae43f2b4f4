//! The whole controller in one process: its real loops, over an API server, agents and instances that are called instead
//! of connected to, on a clock that jumps to the next thing that happens. A scenario of minutes takes a moment, and many
//! run side by side.
//!
//! What the wires add (TLS, HTTP, TDS) is tested on the real ones; [`Lab`] is for what comes of it.

pub mod api;
pub mod cases;
pub mod endpoint;
mod folder;
pub mod lab;
pub mod leaks;
pub mod log;
pub mod nodes;
pub mod objects;
pub mod refusing;
pub mod secrets;
pub mod setting;
pub mod sql;
pub mod weather;

pub use api::ApiServer;
pub use lab::{Lab, Settled, Snapshot};
pub use setting::Setting;
pub use weather::{Sky, Weather};
