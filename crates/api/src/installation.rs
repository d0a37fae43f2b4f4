//! Whether the Scale Out feature is installed.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// When SQL Server set-up runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum InstallationPolicy {
    /// Only check.
    #[default]
    Never,
    /// Install where the feature is missing.
    IfAbsent,
}

/// Installation of the Scale Out feature; the Database Engine is never installed.
#[derive(Clone, Debug, Default, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = (
    "self.policy != 'IfAbsent' || has(self.media)",
    "installation.media is required with policy IfAbsent"
))]
pub struct Installation {
    /// `IfAbsent`: SQL Server set-up runs unattended on a node where the feature is missing. `Never`: only
    /// check; a missing feature is reported. Default: Never.
    #[serde(default)]
    pub policy: InstallationPolicy,
    /// Key of the agent's own table of installation media, never a path. Required with IfAbsent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "crate::formats::media")]
    pub media: Option<String>,
}
