//! The checks that cargo makes.

use crate::terminal::say;
use crate::{child, workspace};
use anyhow::Result;

/// `cargo fmt --check` over the workspace.
pub(super) fn formatting() -> Result<Vec<String>> {
    cargo(&["fmt", "--all", "--check"])
}

/// clippy over all targets; a warning is an error.
pub(super) fn clippy() -> Result<Vec<String>> {
    cargo(&["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"])
}

/// `crds/` is what `cargo xtask crds` would write.
pub(super) fn crds() -> Result<Vec<String>> {
    cargo(&crate::workspace::generate_crds(true))
}

/// The generated documents are what `cargo xtask docs` would write, and the runbook has every reason.
pub(super) fn reference() -> Result<Vec<String>> {
    cargo(&crate::workspace::generate_docs(true))
}

fn cargo(args: &[&str]) -> Result<Vec<String>> {
    let status = child::run(workspace::cargo(), args, &workspace::root(), say)?;
    Ok(if status.success() { Vec::new() } else { vec![format!("cargo {}: {status}", args.join(" "))] })
}
