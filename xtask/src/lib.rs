//! What runs things around the workspace: processes, run folders, a Kubernetes control plane, the checks.
//!
//! The binary is a thin list of subcommands over this; the end-to-end tests use it as a library.

pub mod checks;
pub mod child;
pub mod controlplane;
pub mod demo;
pub mod envtest;
pub mod interrupt;
pub mod judges;
pub mod rig;
pub mod run_folder;
pub mod stage;
pub mod terminal;
pub mod wait;
pub mod workspace;
