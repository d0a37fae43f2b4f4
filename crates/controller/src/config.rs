//! Command line of the controller.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Converges SSIS Scale Out high availability from Kubernetes custom resources.
#[derive(Debug, Parser)]
#[command(name = "scaleout-controller", version)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Take the lease and converge until it is lost.
    Run(RunArgs),
}

/// Format of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

/// Arguments of `run`.
#[derive(Clone, Debug, Args)]
pub struct RunArgs {
    /// Namespaces that are served, separated by commas.
    #[arg(long, env = "SCALEOUT_NAMESPACES", value_delimiter = ',', required = true)]
    pub namespaces: Vec<String>,
    /// The controller's own namespace: its Lease, its Secrets.
    #[arg(long, env = "POD_NAMESPACE", default_value = "scaleout-system")]
    pub own_namespace: String,
    /// Name of this process in the Lease.
    #[arg(long, env = "POD_NAME", default_value = "scaleout-controller")]
    pub identity: String,
    /// Names and addresses, one `ADDRESS NAME…` a line as in a hosts file, for sites whose DNS Kubernetes does not
    /// see. Read again when it changes. Certificates are verified against the names all the same.
    #[arg(long, env = "SCALEOUT_HOSTS")]
    pub hosts: Option<PathBuf>,
    /// Address of /livez, /readyz and /metrics.
    #[arg(long, env = "SCALEOUT_ADMIN_ADDRESS", default_value = "0.0.0.0:8080")]
    pub admin_address: SocketAddr,
    /// Seconds after which a silent leader's Lease is taken over.
    #[arg(long, env = "SCALEOUT_LEASE_SECONDS", default_value_t = 15, value_parser = clap::value_parser!(u16).range(2..))]
    pub lease_seconds: u16,
    /// Objects of one kind that are worked on at a time.
    #[arg(long, env = "SCALEOUT_CONCURRENCY", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..))]
    pub concurrency: u16,
    /// Log format.
    #[arg(long, env = "SCALEOUT_LOG_FORMAT", value_enum, default_value = "json")]
    pub log_format: LogFormat,
    /// Log filter, as in RUST_LOG.
    #[arg(long, env = "SCALEOUT_LOG", default_value = "info,tiberius=off,kube_client=warn")]
    pub log: String,
}
