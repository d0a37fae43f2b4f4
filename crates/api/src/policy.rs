//! What the controller may do to the site for one object: mode, suspend, disruption, deletion.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether the controller writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Mode {
    /// Converge the site to the spec.
    #[default]
    Enforce,
    /// Read and report only.
    Observe,
}

/// Whether running databases may be interrupted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Disruption {
    /// Block what would interrupt.
    #[default]
    Never,
    /// Go ahead, one at a time, after the checks.
    Allow,
}

/// What happens to the site when the object is deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DeletionPolicy {
    /// Leave the site as it is.
    #[default]
    Retain,
    /// Remove what this object made.
    Teardown,
}

/// The four fields that every kind has, at the top of spec.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    /// `Enforce`: converge the site to this spec. `Observe`: read and report the differences in
    /// status.drift, write nothing and claim nothing. Default: Enforce.
    #[serde(default)]
    pub mode: Mode,
    /// true stops every write to the site for this object, also in deletion; condition Suspended says so and
    /// the other conditions keep their last values. Default: false.
    #[serde(default)]
    pub suspend: bool,
    /// `Never`: a restart of an instance, a move of a role or a set-up on a node that hosts running
    /// databases is Blocked with DisruptionNotAllowed. `Allow`: such steps run one at a time, after the
    /// checks of quorum, synchronization and running tasks. Default: Never.
    #[serde(default)]
    pub disruption: Disruption,
    /// `Retain`: deleting this object leaves the site as it is and waits for no agent and no Secret. `Teardown`: a
    /// ScaleOutWorker is drained, disabled, stopped and no longer trusted first; of a ScaleOutMaster the role, and on
    /// each node its binding, URL reservation, firewall rule and the certificate that we placed are removed; the
    /// availability group, SSISDB and Scale Out in it always stay. Default: Retain.
    #[serde(default)]
    pub deletion_policy: DeletionPolicy,
}
