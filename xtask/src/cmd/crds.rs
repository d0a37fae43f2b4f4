//! `cargo xtask crds`: generates `crds/` again.

use anyhow::{Result, bail};
use xtask::terminal::say;
use xtask::{child, workspace};

pub(crate) fn run() -> Result<()> {
    let args = workspace::generate_crds(false);
    let status = child::run(workspace::cargo(), args, &workspace::root(), say)?;
    if !status.success() {
        bail!("the CRDs were not generated ({status})");
    }
    Ok(())
}
