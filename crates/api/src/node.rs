//! Nodes and the agents on them.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

/// The agent of a node.
#[derive(Clone, Debug, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AgentEndpoint {
    /// Address of the agent, `https://HOST:PORT`. HOST is a DNS name and must be a name in the agent's
    /// certificate; the port that agents use if not told otherwise is 8443.
    #[schemars(schema_with = "crate::formats::agent_url")]
    pub endpoint: String,
}

/// A node of the failover cluster that can own the master's role.
#[derive(Clone, Debug, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MasterNode {
    /// Computer name of the node, without a domain; compared with what the agent reports before any write.
    #[schemars(schema_with = "crate::formats::label")]
    pub name: String,
    /// The agent on this node.
    pub agent: AgentEndpoint,
}

/// The machine of a worker.
#[derive(Clone, Debug, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkerNode {
    /// Computer name of the machine, without a domain; compared with what the agent reports before any
    /// write. Immutable: another machine is another worker.
    #[x_kube(validation = ("self == oldSelf", "node.name is immutable"))]
    #[schemars(schema_with = "crate::formats::label")]
    pub name: String,
    /// The agent on this machine.
    pub agent: AgentEndpoint,
}
