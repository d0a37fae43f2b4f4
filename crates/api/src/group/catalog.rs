//! The SSIS catalog: whether it is made, its master key and its first backup.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::references::SecretRef;

/// When the SSIS catalog is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum CatalogCreation {
    /// Adopt only.
    #[default]
    Never,
    /// Make it where no replica has it.
    IfAbsent,
}

/// The SSIS catalog (database SSISDB).
#[derive(Clone, Debug, Default, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Catalog {
    /// `IfAbsent`: the catalog is made on the first primary when every replica answered that it has none.
    /// `Never`: an existing one is adopted, a missing one is reported. Default: Never.
    #[serde(default)]
    pub create: CatalogCreation,
    /// An Opaque Secret whose key `password` protects SSISDB's master key. It is proved on the primary before
    /// it is stored on the replicas; without it these steps are Blocked with SecretRequired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub master_key_secret_ref: Option<SecretRef>,
    /// The full backup that SSISDB needs before it can join the group, made once and only where no log chain
    /// exists. Absent: a missing log chain is Blocked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initial_backup: Option<InitialBackup>,
}

/// Where the first full backup goes.
#[derive(Clone, Debug, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InitialBackup {
    /// Directory on a drive (`D:\Backup`) or a share, as the primary's SQL Server service sees it; 1–200
    /// characters.
    #[schemars(schema_with = "crate::formats::directory")]
    pub directory: String,
}
