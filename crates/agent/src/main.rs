//! `scaleout-agent`: the node agent's process.

use anyhow::Context as _;
use clap::Parser as _;
use scaleout_agent::arguments::{Arguments, Command};
use scaleout_agent::host::Host;
use scaleout_agent::identity::TlsGate;
use scaleout_agent::{Agent, AgentConfig, TlsSource, router, serve};
use std::path::Path;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

fn main() -> anyhow::Result<()> {
    let (Command::Run { config } | Command::Console { config }) = Arguments::parse().command;
    tracing_subscriber::fmt().json().init();
    run(&config)
}

#[tokio::main]
async fn run(path: &Path) -> anyhow::Result<()> {
    let config = AgentConfig::load(path)?;
    let host = select_host()?;
    let agent = Agent::open(&config, host)?;
    let gate = TlsGate::open(TlsSource::Files(config.tls.clone()), &config.controller_identity)?;
    let listener = tokio::net::TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("{} cannot be listened on", config.listen))?;
    let stop = CancellationToken::new();
    let interrupted = stop.clone();
    tokio::spawn(async move {
        let _ = tokio::signal::ctrl_c().await;
        interrupted.cancel();
    });
    serve(listener, gate, router(agent.clone(), stop.clone()), stop).await;
    agent.ledger().drain().await;
    Ok(())
}

/// The machine that this build can act on.
fn select_host() -> anyhow::Result<Arc<dyn Host>> {
    anyhow::bail!(
        "this build has no host for {}: outside Windows only the simulator runs the agent, embedded",
        std::env::consts::OS
    )
}
