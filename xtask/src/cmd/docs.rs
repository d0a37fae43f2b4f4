//! `cargo xtask docs`: generates the reference and Argo CD's health script again, and checks the runbook.

use anyhow::{Result, bail};
use xtask::terminal::say;
use xtask::{child, workspace};

pub(crate) fn run() -> Result<()> {
    let status = child::run(workspace::cargo(), workspace::generate_docs(false), &workspace::root(), say)?;
    if !status.success() {
        bail!("the documents are not complete ({status})");
    }
    Ok(())
}
