//! How long things take in the simulated site.

use serde::{Deserialize, Serialize};

/// Durations in ms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Latencies {
    /// A set-up.
    pub install_ms: i64,
    /// Start of an instance.
    pub restart_ms: i64,
    /// Automatic seeding of one database.
    pub seeding_ms: i64,
    /// Start of any other service.
    pub service_start_ms: i64,
    /// A resource's way online.
    pub online_ms: i64,
    /// Move of a clustered role; its resources come online after it.
    pub move_ms: i64,
    /// Failover of an availability group.
    pub failover_ms: i64,
}

impl Default for Latencies {
    fn default() -> Self {
        Self {
            install_ms: 2_000,
            restart_ms: 1_000,
            seeding_ms: 1_000,
            service_start_ms: 100,
            online_ms: 100,
            move_ms: 100,
            failover_ms: 200,
        }
    }
}
