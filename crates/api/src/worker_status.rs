//! What is known of a ScaleOutWorker.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use crate::convergence::{Convergence, PublicCertificate};

/// Status of a ScaleOutWorker.
#[derive(Clone, Debug, Default, PartialEq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScaleOutWorkerStatus {
    /// Conditions, plan, drift and what we made.
    #[serde(flatten)]
    pub convergence: Convergence,
    /// What the master reads of this worker.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outputs: Option<WorkerOutputs>,
}

/// What a master reads of a worker.
#[derive(Clone, Debug, Default, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkerOutputs {
    /// The worker's identifier in the catalog (AgentId of WorkerSettings.config), a GUID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "crate::formats::text::<64>")]
    pub agent_id: Option<String>,
    /// The certificate with which the worker makes itself known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<PublicCertificate>,
    /// Thumbprints of the master's certificates that this machine trusts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "crate::formats::thumbprints")]
    pub trusted_master_thumbprints: Vec<String>,
}
