//! The simulator's doors: agents, TDS endpoints, role endpoint, control.

pub mod host;
pub mod site_handle;

pub use host::SimHost;
pub use site_handle::SiteHandle;
