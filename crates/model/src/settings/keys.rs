//! The documented keys of both settings files, their two spellings and the form of their values.
//!
//! Sources: "Configure SQL Server Integration Services Scale Out Master" and "… Worker" of the product
//! documentation; the older pages spell two of the worker's keys otherwise than the newer ones.

/// `PortNumber`: TCP port on which the master listens for workers; 8391 if not changed.
pub const PORT_NUMBER: &str = "PortNumber";
/// `SSLCertThumbprint`: thumbprint of the master's certificate.
pub const SSL_CERT_THUMBPRINT: &str = "SSLCertThumbprint";
/// `SqlServerName`: the SQL Server that has SSISDB; `listener,port` in an availability group.
pub const SQL_SERVER_NAME: &str = "SqlServerName";
/// `CleanupCompletedJobsIntervalInMs`: interval of the clean-up of completed jobs, milliseconds.
pub const CLEANUP_COMPLETED_JOBS_INTERVAL: &str = "CleanupCompletedJobsIntervalInMs";
/// `DealWithExpiredTasksIntervalInMs`: interval of the treatment of expired tasks, milliseconds.
pub const DEAL_WITH_EXPIRED_TASKS_INTERVAL: &str = "DealWithExpiredTasksIntervalInMs";
/// `MasterHeartbeatIntervalInMs`: interval at which the master writes its state, milliseconds.
pub const MASTER_HEARTBEAT_INTERVAL: &str = "MasterHeartbeatIntervalInMs";
/// `SqlConnectionTimeoutInSecs`: time-out of connections to SSISDB, seconds.
pub const SQL_CONNECTION_TIMEOUT: &str = "SqlConnectionTimeoutInSecs";

/// `MasterEndpoint`: `https://HOST:PORT` of the master.
pub const MASTER_ENDPOINT: &str = "MasterEndpoint";
/// `MasterHttpsCertThumbprint`: the master's certificate, which the worker pins.
pub const MASTER_HTTPS_CERT_THUMBPRINT: &str = "MasterHttpsCertThumbprint";
/// `WorkerHttpsCertThumbprint`: the worker's own certificate.
pub const WORKER_HTTPS_CERT_THUMBPRINT: &str = "WorkerHttpsCertThumbprint";
/// `AgentId`: the worker's identity in the catalog, a GUID that the product generates.
pub const AGENT_ID: &str = "AgentId";
/// `MaxTaskCount`: how many tasks the worker holds at most.
pub const MAX_TASK_COUNT: &str = "MaxTaskCount";

/// How a value is written in a JSON file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ValueKind {
    /// A string: names, thumbprints, times as `[d.]hh:mm:ss`.
    Text,
    /// A number without quotes.
    Number,
    /// `true` or `false` without quotes.
    Boolean,
}

/// One documented key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DocumentedKey {
    /// The spelling of the newer pages.
    pub name: &'static str,
    /// The spelling of the older pages, where it differs. Which one the product reads is not known, so such
    /// a key is changed where it stands and never added.
    pub older_spelling: Option<&'static str>,
    /// The form of its value.
    pub kind: ValueKind,
}

const fn key(name: &'static str, kind: ValueKind) -> DocumentedKey {
    DocumentedKey { name, older_spelling: None, kind }
}

/// Keys of `MasterSettings.config`.
pub const MASTER_KEYS: &[DocumentedKey] = &[
    key(PORT_NUMBER, ValueKind::Number),
    key(SSL_CERT_THUMBPRINT, ValueKind::Text),
    key(SQL_SERVER_NAME, ValueKind::Text),
    key(CLEANUP_COMPLETED_JOBS_INTERVAL, ValueKind::Number),
    key(DEAL_WITH_EXPIRED_TASKS_INTERVAL, ValueKind::Number),
    key(MASTER_HEARTBEAT_INTERVAL, ValueKind::Number),
    key(SQL_CONNECTION_TIMEOUT, ValueKind::Number),
];

/// Keys of `WorkerSettings.config`.
pub const WORKER_KEYS: &[DocumentedKey] = &[
    key("DisplayName", ValueKind::Text),
    key("Description", ValueKind::Text),
    key(MASTER_ENDPOINT, ValueKind::Text),
    key(MASTER_HTTPS_CERT_THUMBPRINT, ValueKind::Text),
    key(WORKER_HTTPS_CERT_THUMBPRINT, ValueKind::Text),
    key("StoreLocation", ValueKind::Text),
    key("StoreName", ValueKind::Text),
    key("AgentHeartbeatInterval", ValueKind::Text),
    key("TaskHeartbeatInterval", ValueKind::Text),
    DocumentedKey {
        name: "HeartbeatErrorTolerance",
        older_spelling: Some("HeartbeatErrorTollerance"),
        kind: ValueKind::Text,
    },
    key("TaskRequestMaxCPU", ValueKind::Number),
    key("TaskRequestMinMemory", ValueKind::Number),
    key(MAX_TASK_COUNT, ValueKind::Number),
    DocumentedKey { name: "LeaseInterval", older_spelling: Some("LeaseInternval"), kind: ValueKind::Text },
    key("TasksRootFolder", ValueKind::Text),
    key("TaskLogLevel", ValueKind::Number),
    key("TaskLogSegment", ValueKind::Text),
    key("TaskLogEnabled", ValueKind::Boolean),
    key("ExecutionLogCacheFolder", ValueKind::Text),
    key("ExecutionLogMaxBufferLogCount", ValueKind::Number),
    key("ExecutionLogMaxInMemoryBufferCount", ValueKind::Number),
    key("ExecutionLogRetryCount", ValueKind::Number),
    key("ExecutionLogRetryTimeout", ValueKind::Text),
    key(AGENT_ID, ValueKind::Text),
];

/// The documented key that `name` means, by either spelling and without case.
pub fn documented(name: &str) -> Option<&'static DocumentedKey> {
    MASTER_KEYS.iter().chain(WORKER_KEYS).find(|known| {
        known.name.eq_ignore_ascii_case(name)
            || known.older_spelling.is_some_and(|older| older.eq_ignore_ascii_case(name))
    })
}

/// One text for all names of a setting: the newer spelling in lower case.
pub fn canonical(name: &str) -> String {
    documented(name).map_or(name, |known| known.name).to_ascii_lowercase()
}

/// Do both names mean one setting? Case does not matter, nor which of two documented spellings is used.
pub fn is_same_key(one: &str, other: &str) -> bool {
    canonical(one) == canonical(other)
}
