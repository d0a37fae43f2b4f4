//! The one door to checks, tests and the demo: a table of contents, one file per subcommand.

mod cmd;

use clap::{Parser, Subcommand};
use std::process::ExitCode;
use xtask::{interrupt, terminal};

/// The one door to checks, tests and the demo.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show the whole thing: a site converges from empty and fails over, on a real API server.
    Demo(cmd::demo::Args),
    /// Start a Kubernetes control plane and keep it until Ctrl-C.
    Controlplane(cmd::controlplane::Args),
    /// Run the checks over the source (all, or those that are named).
    Check(cmd::check::Args),
    /// Check which workspace crate depends on which (`check layers`).
    Layers,
    /// Check how long the files are (`check size`).
    Size,
    /// Generate the CustomResourceDefinitions (`crds/`) again.
    Crds,
    /// Generate the reference (`docs/reference/`) and Argo CD's health script again; check the runbook.
    Docs,
    /// Let third-party TDS clients and Microsoft's parser judge what we speak (a part of `test`).
    Judges,
    /// Run all checks and all tests; the last line is `N passed, N failed`.
    Test(cmd::test::Args),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = interrupt::watch().and_then(|()| match &cli.command {
        Command::Demo(args) => cmd::demo::run(args),
        Command::Controlplane(args) => cmd::controlplane::run(args),
        Command::Check(args) => cmd::check::run(args),
        Command::Layers => cmd::check::run(&cmd::check::Args::one("layers")),
        Command::Size => cmd::check::run(&cmd::check::Args::one("size")),
        Command::Crds => cmd::crds::run(),
        Command::Docs => cmd::docs::run(),
        Command::Judges => cmd::judges::run(),
        Command::Test(args) => cmd::test::run(args),
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::say(&format!("error: {error:#}"));
            if interrupt::is_set() { ExitCode::from(130) } else { ExitCode::FAILURE }
        }
    }
}
