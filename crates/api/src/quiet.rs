//! How long to wait for running Scale Out tasks.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

/// The wait for quiet before a restart or a move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Quiet {
    /// Seconds that a restart may wait until no Scale Out task is dispatched or running. Not applied yet: a
    /// restart waits as long as tasks run.
    #[schemars(range(min = 0, max = 604_800))]
    pub timeout_seconds: i32,
}

/// The wait for a worker's tasks before it is disabled or stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Drain {
    /// Seconds that a Teardown waits, from the deletion on, until the worker runs no task; after that it goes
    /// ahead, and tasks that still run are lost. Not applied yet to desiredState Disabled and to restarts:
    /// these wait as long as tasks run.
    #[schemars(range(min = 0, max = 604_800))]
    pub timeout_seconds: i32,
}
