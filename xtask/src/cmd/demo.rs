//! `cargo xtask demo`: a site converges from empty and fails over, on a real API server.

use anyhow::Result;
use std::path::PathBuf;
use xtask::demo::{self, Options};
use xtask::rig::Spec;

/// What to show.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Leave everything running until Ctrl-C, and print what to try.
    #[arg(long)]
    keep: bool,
    /// A context of your kubeconfig, instead of an own control plane. What is applied there is removed in the end.
    #[arg(long, value_name = "NAME")]
    context: Option<String>,
    /// Another site file for the simulator.
    #[arg(long, value_name = "FILE")]
    site: Option<PathBuf>,
    /// Another folder (for `kubectl apply -k`) with the objects that match the site.
    #[arg(long, value_name = "DIR")]
    samples: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let mut spec = Spec::demo();
    spec.context.clone_from(&args.context);
    if let Some(site) = &args.site {
        spec.site.clone_from(site);
    }
    if let Some(samples) = &args.samples {
        spec.samples.clone_from(samples);
    }
    demo::run(&Options { spec, keep: args.keep })
}
