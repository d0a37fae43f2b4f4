//! `scaleout-sim`: a simulated site as a process, and the hand that reaches into it.

mod arguments;

use anyhow::Context as _;
use arguments::{Arguments, Command, FaultVerb, Verb};
use clap::Parser as _;
use scaleout_sim::Simulator;
use scaleout_sim::control::ask;
use scaleout_sim_site::EffectRecord;
use serde_json::Value;
use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell if stderr is closed.
            let _ = writeln!(std::io::stderr(), "scaleout-sim: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&arguments.log).context("--log is no filter")?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    // rustls needs one provider per process; a second call can only find the same one.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = tokio::runtime::Runtime::new().context("no runtime")?;
    runtime.block_on(async {
        match arguments.command {
            Command::Run { site, out } => {
                let (mut interrupt, mut terminate) =
                    (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
                let simulator = tokio::select! {
                    started = Simulator::start(&site, &out) => started?,
                    _ = interrupt.recv() => return Ok(()),
                    _ = terminate.recv() => return Ok(()),
                };
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
                simulator.stop().await;
                Ok(())
            }
            Command::Ctl { out, verb } => {
                let answer = ask(&out, &verb.request()).await?;
                let text = render(&verb, answer)?;
                std::io::stdout().write_all(text.as_bytes()).context("the answer can't be printed")
            }
        }
    })
}

/// What a verb prints.
fn render(verb: &Verb, answer: Value) -> anyhow::Result<String> {
    Ok(match verb {
        Verb::Effects { json: true, .. } => format!("{answer:#}\n"),
        Verb::Effects { count: true, .. } => format!("{}\n", answer.as_array().map_or(0, Vec::len)),
        Verb::Effects { .. } => {
            let effects: Vec<EffectRecord> = serde_json::from_value(answer)?;
            let lines: Vec<String> = effects.iter().map(|effect| format!("{effect}\n")).collect();
            lines.concat()
        }
        Verb::Dump | Verb::Explain | Verb::Fault { fault: FaultVerb::List } => {
            serde_yaml_ng::to_string(&answer)?
        }
        _ => format!("{}\n", answer.as_str().unwrap_or_default()),
    })
}
