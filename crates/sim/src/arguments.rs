//! The command line, and the request of each verb.

use clap::{Args, Parser, Subcommand};
use scaleout_sim::control::{FaultPlace, Request, TaskChange};
use scaleout_sim_site::faults::Fault;
use std::path::PathBuf;

/// A simulated Windows site with SQL Server and SSIS Scale Out, on the real wires.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Arguments {
    /// What is logged to stderr (`info`, `scaleout_sim=debug`, …).
    #[arg(long, global = true, default_value = "info", value_name = "FILTER")]
    pub(crate) log: String,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Starts a site and keeps it running until SIGINT or SIGTERM.
    Run {
        /// The site file (YAML).
        #[arg(long, value_name = "FILE")]
        site: PathBuf,
        /// Folder for what clients need; `ready` appears in it last.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Makes things happen to a running site, or looks at it.
    Ctl {
        /// The folder of the running site.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        #[command(subcommand)]
        verb: Verb,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Prints the whole site as YAML; secrets are keyed digests, alike within one run where the secrets are.
    Dump,
    /// Prints the effects done so far, one per line.
    Effects {
        /// Only those with a higher number.
        #[arg(long, default_value_t = 0, value_name = "N")]
        since: u64,
        /// Their count alone.
        #[arg(long, conflicts_with = "json")]
        count: bool,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Fails an availability group over to a replica.
    Failover { group: String, replica: String },
    /// Moves a clustered role to a node.
    MoveRole { role: String, node: String },
    /// Takes a machine's power away.
    StopNode { node: String },
    /// Boots a machine.
    StartNode { node: String },
    /// Stops and starts a service; an instance with its SQL Server Agent.
    RestartService { node: String, service: String },
    /// Sets a field by JSON pointer (`/nodes/SQL01/firewall/enabled`; see dump). A new key is added to its map.
    Set {
        path: String,
        /// As YAML or JSON.
        #[arg(value_parser = read_value, allow_hyphen_values = true)]
        value: serde_json::Value,
    },
    /// Takes a key of a map away, by JSON pointer.
    Unset { path: String },
    /// Makes the next writes of a node's agent or statements on an instance meet a fault.
    Fault {
        #[command(subcommand)]
        fault: FaultVerb,
    },
    /// Starts or ends tasks on a worker, given by its machine or its AgentId.
    Task {
        #[command(subcommand)]
        change: TaskVerb,
    },
    /// Says why masters, workers and replicas do not reach what they need.
    Explain,
    /// Waits until a field has a value.
    Wait {
        path: String,
        /// As YAML or JSON.
        #[arg(value_parser = read_value, allow_hyphen_values = true)]
        value: serde_json::Value,
        /// At most so long.
        #[arg(long, default_value_t = 30)]
        seconds: u64,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum FaultVerb {
    /// They fail, and nothing is done.
    Fail(FaultArguments),
    /// They never answer, and nothing is done.
    Hang(FaultArguments),
    /// They are done, and the answer is lost.
    ApplyWithoutAnswer(FaultArguments),
    /// Prints the faults that wait to be met.
    List,
    /// No fault waits any more.
    Clear,
}

#[derive(Debug, Args)]
pub(crate) struct FaultArguments {
    /// Writes of this machine's agent: the Windows calls that its ops are made of.
    #[arg(long, required_unless_present = "instance", conflicts_with = "instance")]
    node: Option<String>,
    /// Statements on this instance (`SQL01`, `SQL01\PROD`).
    #[arg(long)]
    instance: Option<String>,
    /// How many.
    #[arg(long, default_value_t = 1)]
    count: usize,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TaskVerb {
    /// An execution starts, and the worker holds its task.
    Start { worker: String },
    /// The worker's tasks end.
    End { worker: String },
}

fn read_value(text: &str) -> Result<serde_json::Value, String> {
    serde_yaml_ng::from_str(text).map_err(|error| error.to_string())
}

impl Verb {
    /// What the control endpoint is asked.
    pub(crate) fn request(&self) -> Request {
        match self {
            Self::Dump => Request::Dump,
            Self::Effects { since, .. } => Request::Effects { since: *since },
            Self::Failover { group, replica } => {
                Request::Failover { group: group.as_str().into(), replica: replica.as_str().into() }
            }
            Self::MoveRole { role, node } => {
                Request::MoveRole { role: role.as_str().into(), node: node.as_str().into() }
            }
            Self::StopNode { node } => Request::StopNode { node: node.as_str().into() },
            Self::StartNode { node } => Request::StartNode { node: node.as_str().into() },
            Self::RestartService { node, service } => {
                Request::RestartService { node: node.as_str().into(), service: service.clone() }
            }
            Self::Set { path, value } => Request::Set { path: path.clone(), value: value.clone() },
            Self::Unset { path } => Request::Unset { path: path.clone() },
            Self::Fault { fault } => fault.request(),
            Self::Task { change: TaskVerb::Start { worker } } => {
                Request::Task { worker: worker.clone(), change: TaskChange::Start }
            }
            Self::Task { change: TaskVerb::End { worker } } => {
                Request::Task { worker: worker.clone(), change: TaskChange::End }
            }
            Self::Explain => Request::Explain,
            Self::Wait { path, value, seconds } => {
                Request::Wait { path: path.clone(), value: value.clone(), seconds: *seconds }
            }
        }
    }
}

impl FaultVerb {
    fn request(&self) -> Request {
        let add = |arguments: &FaultArguments, fault| {
            let place = match (&arguments.node, &arguments.instance) {
                (Some(node), _) => FaultPlace::Node(node.as_str().into()),
                (None, instance) => FaultPlace::Instance(instance.as_deref().unwrap_or_default().into()),
            };
            Request::AddFault { place, fault, count: arguments.count }
        };
        match self {
            Self::Fail(arguments) => add(arguments, Fault::Fail),
            Self::Hang(arguments) => add(arguments, Fault::Hang),
            Self::ApplyWithoutAnswer(arguments) => add(arguments, Fault::ApplyWithoutAnswer),
            Self::List => Request::Faults,
            Self::Clear => Request::ClearFaults,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    fn request(words: &[&str]) -> Request {
        let all = ["scaleout-sim", "ctl", "--out", "out"].iter().chain(words);
        let Command::Ctl { verb, .. } = Arguments::try_parse_from(all).unwrap().command else { panic!() };
        verb.request()
    }

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn verbs_become_requests() {
        let value = serde_json::json!({ "a": [1, true] });
        let expected = Request::Set { path: "/x".to_owned(), value };
        assert_eq!(request(&["set", "/x", "{a: [1, true]}"]), expected);
        let place = FaultPlace::Instance(r"SQL01\PROD".into());
        let expected = Request::AddFault { place, fault: Fault::Hang, count: 3 };
        assert_eq!(request(&["fault", "hang", "--instance", r"SQL01\PROD", "--count", "3"]), expected);
        let expected = Request::Task { worker: "ETL01".to_owned(), change: TaskChange::End };
        assert_eq!(request(&["task", "end", "ETL01"]), expected);
        assert_eq!(request(&["effects", "--since", "4"]), Request::Effects { since: 4 });
    }
}
