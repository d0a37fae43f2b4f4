//! How long to wait for running Scale Out tasks.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

/// The wait for quiet before a restart or a move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Quiet {
    /// Seconds that a restart or a move waits until no Scale Out task is dispatched or running; after that
    /// it goes ahead and an Event says so.
    #[schemars(range(min = 0, max = 604_800))]
    pub timeout_seconds: i32,
}

/// The wait for a worker's tasks before it is disabled or stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Drain {
    /// Seconds that disabling, stopping or restarting the worker waits until it runs no task; after that it
    /// goes ahead and an Event says so. Disabling is no drain: tasks that still run then are lost.
    #[schemars(range(min = 0, max = 604_800))]
    pub timeout_seconds: i32,
}
