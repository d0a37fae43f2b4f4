//! How long to wait for running Scale Out tasks.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

/// The wait for quiet before a restart or a move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Quiet {
    /// Seconds that a restart waits until no Scale Out task is dispatched or running; after that it goes
    /// ahead, and tasks that still run may be lost.
    #[schemars(range(min = 0, max = 604_800))]
    pub timeout_seconds: i32,
}

/// The wait for a worker's tasks before it is disabled or stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Drain {
    /// Seconds that a Teardown (from the deletion on), desiredState Disabled and a restart of the service wait
    /// until the worker runs no task; after that they go ahead, and tasks that still run are lost.
    #[schemars(range(min = 0, max = 604_800))]
    pub timeout_seconds: i32,
}
