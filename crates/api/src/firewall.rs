//! Whether firewall rules are ours.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What we do about the Windows firewall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum FirewallPolicy {
    /// Make and keep the inbound rules that this object needs.
    Manage,
}

/// Inbound rules of the Windows firewall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Firewall {
    /// `Manage`: the inbound rules for this object's ports are made and kept on each of its nodes; rules of
    /// others are never touched.
    pub policy: FirewallPolicy,
}
