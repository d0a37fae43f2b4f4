//! SSISDB: the tables of the SSIS catalog that Scale Out uses.
//!
//! Source: a 2019 schema as described in the catalog's public scripts. The tables hold no secrets but the log
//! connection string and the master key's password.

use super::{Bytes, Secret};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The catalog of one copy of SSISDB.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Catalog {
    /// `internal.master_properties` but the log connection string. `''` where nothing was written yet.
    pub master_properties: BTreeMap<String, String>,
    /// `CLUSTER_LOGDB_CONNECTIONSTRING`, decrypted.
    pub log_connection_string: Option<Secret>,
    /// Own rows of `internal.catalog_properties`.
    pub catalog_properties: BTreeMap<String, String>,
    /// `internal.worker_agents` by WorkerAgentId, lower-case.
    pub worker_agents: BTreeMap<String, WorkerAgent>,
    /// `internal.executions` by id.
    pub executions: BTreeMap<i64, Execution>,
    /// `internal.tasks` by TaskId, lower-case.
    pub tasks: BTreeMap<String, Task>,
    /// `internal.operation_messages` of executions, oldest first.
    pub messages: Vec<Message>,
    /// `internal.alwayson_support_state` by server name: 1 = primary, 2 = secondary.
    pub alwayson_support_state: BTreeMap<String, u8>,
    /// `catalog.folders`.
    pub folders: Vec<String>,
    /// The database master key.
    pub master_key: Option<MasterKey>,
    /// Content of the catalog's assembly (`sys.assembly_files`).
    pub assembly: Bytes,
    /// Procedures that this schema version lacks, `catalog.delete_worker_agent`.
    #[serde(default)]
    pub absent_procedures: Vec<String>,
}

/// The database master key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MasterKey {
    /// Its password; `None`: the key as it was shipped, whose password nobody has.
    pub password: Option<Secret>,
    /// Service master key ([`super::Instance::service_master_key`]) by which it is encrypted, if any.
    pub encrypted_by: Option<String>,
}

/// A row of `internal.worker_agents`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorkerAgent {
    /// IsEnabled.
    pub enabled: bool,
    /// DisplayName.
    pub display_name: String,
    /// Description.
    pub description: String,
    /// MachineName.
    pub machine: String,
    /// Tags.
    pub tags: String,
    /// UserAccount.
    pub user_account: String,
    /// LastOnlineTime, unix ms.
    pub last_online_ms: i64,
}

/// A row of `internal.executions` and its operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Execution {
    /// Folder.
    pub folder: String,
    /// Project.
    pub project: String,
    /// Package.
    pub package: String,
    /// Status: 1 created, 2 running, 3 canceled, 4 failed, 5 pending, 6 ended unexpectedly, 7 succeeded.
    pub status: i32,
    /// Whether it runs in Scale Out.
    pub scale_out: bool,
    /// `job_id`, lower-case.
    pub job_id: String,
    /// Start, unix ms.
    pub started_ms: i64,
    /// End, unix ms.
    pub ended_ms: Option<i64>,
}

/// A row of `internal.tasks`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Task {
    /// JobId, lower-case.
    pub job_id: String,
    /// WorkerAgentId, lower-case.
    pub worker: Option<String>,
    /// Status: 1 waiting, 2 dispatched, 3 running, 4 failed, 5 succeeded, 6 cancelled.
    pub status: i32,
    /// ExecutedCount.
    pub executed_count: i32,
    /// MaxExecutedCount.
    pub max_executed_count: i32,
    /// ExpiredTime, unix ms: end of the lease.
    pub expires_ms: Option<i64>,
}

/// A message of an execution's log, as a worker writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Message {
    /// Execution.
    pub execution_id: i64,
    /// When, unix ms.
    pub at_ms: i64,
    /// Text.
    pub text: String,
    /// WorkerAgentId, lower-case.
    pub worker: String,
}

/// Rows of `internal.master_properties` that a new catalog has, beside the connection string.
pub const MASTER_PROPERTIES: [&str; 8] = [
    "CLUSTER_LOGDB_SERVER",
    "LAST_ONLINE_TIME",
    "MACHINE_IP",
    "MACHINE_NAME",
    "MASTER_ADDRESS",
    "MASTER_HEARTBEAT_INTERVALINMS",
    "MASTER_SERVICE_PORT",
    "SSLCERT_THUMBPRINT",
];

/// Rows of `internal.catalog_properties` that a new catalog has.
const CATALOG_PROPERTIES: [(&str, &str); 9] = [
    ("DEFAULT_EXECUTION_MODE", "0"),
    ("ENCRYPTION_ALGORITHM", "AES_256"),
    ("MAX_PROJECT_VERSIONS", "10"),
    ("OPERATION_CLEANUP_ENABLED", "TRUE"),
    ("RETENTION_WINDOW", "365"),
    ("SERVER_LOGGING_LEVEL", "1"),
    ("SERVER_OPERATION_ENCRYPTION_LEVEL", "1"),
    ("VALIDATION_TIMEOUT", "300"),
    ("VERSION_CLEANUP_ENABLED", "TRUE"),
];

impl Catalog {
    /// The catalog as the shipped backup of a product version has it: a master key with an unknown password.
    pub fn shipped(product_version: &str) -> Self {
        let mut catalog_properties: BTreeMap<String, String> = CATALOG_PROPERTIES
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        catalog_properties.insert("SCHEMA_BUILD".to_owned(), product_version.to_owned());
        catalog_properties.insert("SCHEMA_VERSION".to_owned(), "7".to_owned());
        Self {
            master_properties: MASTER_PROPERTIES
                .iter()
                .map(|name| ((*name).to_owned(), String::new()))
                .collect(),
            log_connection_string: None,
            catalog_properties,
            worker_agents: BTreeMap::new(),
            executions: BTreeMap::new(),
            tasks: BTreeMap::new(),
            messages: Vec::new(),
            alwayson_support_state: BTreeMap::new(),
            folders: Vec::new(),
            master_key: Some(MasterKey { password: None, encrypted_by: None }),
            assembly: assembly_of(product_version),
            absent_procedures: Vec::new(),
        }
    }

    /// A property of the master.
    pub fn property(&self, name: &str) -> &str {
        self.master_properties.get(name).map(String::as_str).unwrap_or_default()
    }

    /// Sets a property of the master where its row exists (every writer uses UPDATE); whether it did.
    pub fn update_property(&mut self, name: &str, value: impl Into<String>) -> bool {
        self.master_properties.get_mut(name).map(|slot| *slot = value.into()).is_some()
    }
}

/// Content of `Microsoft.SqlServer.IntegrationServices.Server.dll` of a product version. It changes with
/// every patch of the file.
pub fn assembly_of(product_version: &str) -> Bytes {
    Bytes::new(format!("Microsoft.SqlServer.IntegrationServices.Server {product_version}"))
}
