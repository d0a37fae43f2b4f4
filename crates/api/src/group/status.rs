//! What is known of an SsisdbAvailabilityGroup.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use crate::convergence::Convergence;

/// Status of an SsisdbAvailabilityGroup.
#[derive(Clone, Debug, Default, PartialEq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SsisdbAvailabilityGroupStatus {
    /// Conditions, plan, drift and what we made.
    #[serde(flatten)]
    pub convergence: Convergence,
    /// The replicas as the instances report them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = crate::limits::REPLICAS),
        extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub replicas: Vec<ReplicaStatus>,
    /// What other kinds read of this group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outputs: Option<GroupOutputs>,
}

/// One replica as observed.
#[derive(Clone, Debug, Default, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplicaStatus {
    /// Name of the replica in spec.
    #[schemars(schema_with = "crate::formats::text::<63>")]
    pub name: String,
    /// Primary, Secondary, Resolving, Absent or Unknown; readers accept other words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "crate::formats::text::<64>")]
    pub role: Option<String>,
    /// State of SSISDB on this replica: Synchronized, Synchronizing, NotSynchronizing, Reverting,
    /// Initializing, Absent or Unknown; readers accept other words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "crate::formats::text::<64>")]
    pub synchronization: Option<String>,
    /// Whether SSISDB could fail over to this replica without loss: True, False or Unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "crate::formats::text::<64>")]
    pub failover_ready: Option<String>,
}

/// What a master and, through it, workers read of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupOutputs {
    /// Full DNS name of the listener.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "crate::formats::text::<253>")]
    pub listener_host: Option<String>,
    /// TCP port of the listener.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65535))]
    pub listener_port: Option<i32>,
    /// Name of the replica (as in spec) that is primary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "crate::formats::text::<63>")]
    pub primary_replica: Option<String>,
    /// Major version of the instances' SQL Server: 14 (2017), 15 (2019), 16 (2022).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub product_major_version: Option<i32>,
}
