//! What an agent pushes.

use scaleout_model::node::Feature;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A change on the node: a hint to observe again, never a fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", tag = "event", deny_unknown_fields)]
pub enum AgentEvent {
    /// Anything may have changed: sent first on each stream, and after events were lost.
    Resync,
    /// A node, group or resource of the failover cluster changed.
    ClusterChanged,
    /// State or configuration of a service changed.
    #[serde(rename_all = "camelCase")]
    ServiceChanged {
        /// Key name.
        service: String,
    },
    /// A certificate store changed.
    CertificatesChanged,
    /// A settings file changed.
    #[serde(rename_all = "camelCase")]
    SettingsChanged {
        /// Of which feature.
        feature: Feature,
    },
    /// An op that runs has something to tell.
    #[serde(rename_all = "camelCase")]
    OpProgress {
        /// The op's name.
        op: String,
        /// On whose behalf: `namespace/kind/name`.
        owner: String,
        /// What it is doing, for people.
        progress: String,
    },
    /// An op has ended; what came of it is in the answers to those who asked, and to be observed.
    #[serde(rename_all = "camelCase")]
    OpFinished {
        /// The op's name.
        op: String,
        /// On whose behalf: `namespace/kind/name`.
        owner: String,
    },
}
