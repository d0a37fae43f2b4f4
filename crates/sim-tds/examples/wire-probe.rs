//! Serves the wire over the probe backend, for clients that are not Rust (`tests/tds-drivers`).
//!
//! `wire-probe CA_FILE`: writes its authority's certificate there, prints `PORT USER PASSWORD` and serves until
//! its input ends.

#[path = "../tests/probe/mod.rs"]
mod probe;

use std::error::Error;
use std::io::{Read, Write};
use std::sync::Arc;

use scaleout_sim_tds::wire::{Limits, Server, serve};
use tokio_util::sync::CancellationToken;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let path = std::env::args().nth(1).ok_or("usage: wire-probe CA_FILE")?;
    let (tls, authority) = probe::certificates::issue()?;
    std::fs::write(path, authority)?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    writeln!(std::io::stdout(), "{port} {} {}", probe::USER, probe::PASSWORD)?;
    let shutdown = CancellationToken::new();
    let server = Server { backend: Arc::new(probe::Probe::default()), tls, limits: Limits::default() };
    let serving = tokio::spawn(serve(listener, server, shutdown.clone()));
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await??;
    shutdown.cancel();
    serving.await?;
    Ok(())
}
