//! What the control endpoint is asked: one JSON object, `verb` and its arguments.

use scaleout_model::names::{GroupName, NodeName, ReplicaName, RoleName};
use scaleout_sim_site::faults::Fault;
use serde::{Deserialize, Serialize};

/// Path of the control endpoint.
pub const PATH: &str = "/control";

/// A request. Its answer is JSON; that of a change is `done`, `unchanged`, `pending` or `stored`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "kebab-case", deny_unknown_fields)]
#[expect(missing_docs, reason = "each variant says what its fields are")]
pub enum Request {
    /// The whole site, with keyed digests for secrets.
    Dump,
    /// Effects with a number above `since`.
    Effects { since: u64 },
    /// `ALTER AVAILABILITY GROUP … FAILOVER` on a replica.
    Failover { group: GroupName, replica: ReplicaName },
    /// Moves a clustered role to a node.
    MoveRole { role: RoleName, node: NodeName },
    /// A machine loses its power.
    StopNode { node: NodeName },
    /// A machine boots.
    StartNode { node: NodeName },
    /// A service is stopped and started by hand; an instance with its SQL Server Agent.
    RestartService { node: NodeName, service: String },
    /// A field gets a value, by JSON pointer into the site.
    Set { path: String, value: serde_json::Value },
    /// A key of a map is taken away, by JSON pointer.
    Unset { path: String },
    /// The next `count` writes at a place meet a fault.
    AddFault { place: FaultPlace, fault: Fault, count: usize },
    /// Faults that wait to be met.
    Faults,
    /// No fault waits any more.
    ClearFaults,
    /// Tasks of a worker, by AgentId or machine.
    Task { worker: String, change: TaskChange },
    /// Why what does not work does not work.
    Explain,
    /// Answers when a field has a value, by JSON pointer; an error after so many seconds.
    Wait { path: String, value: serde_json::Value, seconds: u64 },
}

/// Where a fault is met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultPlace {
    /// Ops at a machine's agent.
    Node(NodeName),
    /// Statements on an instance.
    Instance(ReplicaName),
}

/// What happens with tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TaskChange {
    /// An execution starts, and the worker holds its task.
    Start,
    /// The worker's tasks end.
    End,
}

/// Answer to a request that can't be fulfilled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// One sentence.
    pub error: String,
}
