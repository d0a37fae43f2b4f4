//! What each write carries so that a deposed leader, or another owner, is refused.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The leader's epoch. Numbers compare within one lineage only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Epoch {
    /// The uid of the namespace `kube-system`: which Kubernetes.
    pub lineage: String,
    /// Raised by every process that takes the Lease.
    pub number: u64,
    /// The process: pod name and a random id.
    pub holder: String,
}

/// The object on whose behalf a write is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Owner {
    /// The object's kind.
    pub kind: Kind,
    /// The object's namespace.
    pub namespace: String,
    /// The object's name.
    pub name: String,
    /// The object's uid.
    pub uid: String,
    /// The generation of the spec from which the write was decided.
    pub generation: i64,
}

impl Owner {
    /// `namespace/kind/name`, as in claims and on certificates that were placed for it.
    pub fn path(&self) -> String {
        format!("{}/{}/{}", self.namespace, self.kind.as_str(), self.name)
    }
}

/// The three kinds of custom resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Kind {
    /// SSISDB in an availability group with a listener.
    SsisdbAvailabilityGroup,
    /// The clustered Scale Out Master.
    ScaleOutMaster,
    /// One Scale Out Worker.
    ScaleOutWorker,
}

impl Kind {
    /// The kind's name as in `kind:` of a manifest.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SsisdbAvailabilityGroup => "SsisdbAvailabilityGroup",
            Self::ScaleOutMaster => "ScaleOutMaster",
            Self::ScaleOutWorker => "ScaleOutWorker",
        }
    }
}

/// Epoch and owner of one write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fence {
    /// The leader's epoch.
    pub epoch: Epoch,
    /// The object on whose behalf it is done.
    pub owner: Owner,
}
