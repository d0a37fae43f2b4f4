//! Command line of the agent.

use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// The agent of a Windows node: facts, events and typed ops for the SSIS Scale Out controller.
#[derive(Debug, Parser)]
#[command(name = "scaleout-agent", version)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Runs under the service manager.
    Run {
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
    },
    /// Runs in the foreground until it is interrupted.
    Console {
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
    },
}
