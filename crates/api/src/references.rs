//! References to objects in the same namespace: by name alone.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

/// A Secret in the same namespace.
#[derive(Clone, Debug, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecretRef {
    /// Name of the Secret in this object's namespace. It may change (kustomize puts a hash into names).
    #[schemars(schema_with = "crate::formats::object_name")]
    pub name: String,
}

/// The SsisdbAvailabilityGroup in the same namespace on which a master runs.
#[derive(Clone, Debug, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AvailabilityGroupRef {
    /// Name of the SsisdbAvailabilityGroup in this object's namespace. Immutable.
    #[x_kube(validation = ("self == oldSelf", "availabilityGroupRef.name is immutable"))]
    #[schemars(schema_with = "crate::formats::object_name")]
    pub name: String,
}

/// The ScaleOutMaster in the same namespace that a worker works for.
#[derive(Clone, Debug, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MasterRef {
    /// Name of the ScaleOutMaster in this object's namespace. Immutable.
    #[x_kube(validation = ("self == oldSelf", "masterRef.name is immutable"))]
    #[schemars(schema_with = "crate::formats::object_name")]
    pub name: String,
}

/// The Windows Server failover cluster that the nodes must be members of.
#[derive(Clone, Debug, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FailoverCluster {
    /// Name of the failover cluster, compared without case with what each node reports before any write.
    /// The cluster is checked, never formed. Immutable.
    #[x_kube(validation = ("self == oldSelf", "failoverCluster.name is immutable"))]
    #[schemars(schema_with = "crate::formats::label")]
    pub name: String,
}
