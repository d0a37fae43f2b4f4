//! The controller's process: configuration, leadership, loops, admin endpoints.

use anyhow::Context as _;
use clap::Parser as _;
use scaleout_controller::config::{Cli, Command};
use scaleout_controller::run;

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .map_err(|_| anyhow::anyhow!("a TLS provider is installed already"))?;
    let Command::Run(args) = cli.command;
    run::init_tracing(&args)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("no runtime")?;
    runtime.block_on(run::run(args))
}
