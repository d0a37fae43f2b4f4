//! What is known of a ScaleOutMaster.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use crate::convergence::{Convergence, PublicCertificate};

/// Status of a ScaleOutMaster.
#[derive(Clone, Debug, Default, PartialEq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScaleOutMasterStatus {
    /// Conditions, plan, drift and what we made.
    #[serde(flatten)]
    pub convergence: Convergence,
    /// The node that owns the role now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "crate::formats::text::<63>")]
    pub owner_node: Option<String>,
    /// The nodes as their agents report them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = crate::limits::NODES),
        extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub nodes: Vec<MasterNodeStatus>,
    /// What workers read of this master.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outputs: Option<MasterOutputs>,
}

/// One node as observed.
#[derive(Clone, Debug, Default, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MasterNodeStatus {
    /// Name of the node in spec.
    #[schemars(schema_with = "crate::formats::text::<63>")]
    pub name: String,
    /// Owner, PossibleOwner, NotOwner or Unknown; readers accept other words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "crate::formats::text::<64>")]
    pub ownership: Option<String>,
    /// Running, Stopped, NotInstalled or Unknown; readers accept other words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "crate::formats::text::<64>")]
    pub service: Option<String>,
    /// Thumbprint of the certificate that is bound to the endpoint's port on this node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "crate::formats::text::<64>")]
    pub bound_thumbprint: Option<String>,
}

/// What workers read of a master.
#[derive(Clone, Debug, Default, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MasterOutputs {
    /// The endpoint that workers use, https://NAME.SUFFIX:PORT.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "crate::formats::text::<300>")]
    pub endpoint: Option<String>,
    /// The certificate that the master serves or is to serve now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_certificate: Option<PublicCertificate>,
    /// The certificate that becomes current once every worker that counts trusts it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending_certificate: Option<PublicCertificate>,
    /// UTC time, by the primary's clock, of our last change of the log database's connection; a worker that
    /// started before it restarts. Absent: never changed by us.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "crate::formats::time")]
    pub log_database_revision: Option<String>,
}
