//! `cargo xtask controlplane`: a Kubernetes control plane until Ctrl-C.

use anyhow::Result;
use std::time::Duration;
use xtask::controlplane::ControlPlane;
use xtask::stage::stage;
use xtask::terminal::say;
use xtask::{interrupt, wait};

/// Nothing to choose.
#[derive(clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(_: &Args) -> Result<()> {
    let mut control_plane = stage("control plane", ControlPlane::start)?;
    say(&format!("export KUBECONFIG={}", control_plane.kubeconfig().display()));
    say(&format!("audit log: {}", control_plane.audit_log().display()));
    say("Ctrl-C ends it");
    let ended = wait::until("Ctrl-C", Duration::MAX, || {
        control_plane.ensure_running().inspect_err(|_| control_plane.keep_logs())?;
        Ok(None)
    });
    if interrupt::is_set() { Ok(()) } else { ended }
}
