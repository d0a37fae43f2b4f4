//! The one table of condition types: the areas of each kind, and the summary that kstatus and Argo CD read.
//!
//! The reference, `deploy/argocd/health.lua` and the tests of conditions are made from it; reasons are in
//! `scaleout_model::reason`.

macro_rules! areas {
    ($(#[$doc:meta])* $names:ident, $table:ident: $($type_:literal: $means:literal,)*) => {
        $(#[$doc])*
        pub const $names: &[&str] = &[$($type_),*];
        /// The same with what True means.
        pub const $table: &[(&str, &str)] = &[$(($type_, $means)),*];
    };
}

areas! {
    /// Areas of a `SsisdbAvailabilityGroup`, in the order of its chain.
    GROUP, GROUP_TABLE:
    "AgentsReachable": "The agent of every replica's node answers, serves this namespace, and no other object has claimed the node.",
    "ClusterHealthy": "Every node is up in the failover cluster that spec names, and its quorum is normal.",
    "InstancesReady": "Every instance answers and is fit: version, edition, logins, rights, Always On, mirroring endpoint, firewall rules if managed.",
    "CatalogReady": "SSISDB exists in one place, its password is proved, it has FULL recovery and a log chain, and one owner.",
    "GroupReady": "The group exists with its options and replicas, all joined, and SSISDB is synchronized on each.",
    "ListenerReady": "The listener has the name, port and addresses of spec, and an address of it is online.",
    "AlwaysOnSupported": "SSIS survives a failover: SQL Server Agent, CLR, the catalog's assembly, jobs, logins and the master key's credential are on every replica, and each is registered.",
}

areas! {
    /// Areas of a `ScaleOutMaster`.
    MASTER, MASTER_TABLE:
    "AgentsReachable": "The agent of every node answers and is not claimed by another object, and the nodes are in a healthy failover cluster.",
    "Installed": "The Scale Out Master is installed on every node, under the account of spec, and only the cluster starts it.",
    "CertificateReady": "The one certificate with its key is in Root of every node, readable for the service, and bound to the port.",
    "SettingsApplied": "MasterSettings.config says what spec wants on every node, and the running service was started after its last change.",
    "LoggingReady": "Scale Out is enabled in the catalog, the log login is equal on all replicas, and the log string leads to the listener.",
    "RoleOnline": "The clustered role is as spec describes it and online, and no second master runs.",
    "MasterAddressApplied": "The catalog holds the address of the master endpoint.",
    "EndpointReachable": "The master endpoint answers with the decided certificate.",
    "HeartbeatFresh": "The master's heartbeat in the catalog is at most 90 seconds old.",
}

areas! {
    /// Areas of a `ScaleOutWorker`.
    WORKER, WORKER_TABLE:
    "AgentReachable": "The agent of the node answers, serves this namespace, and no other object has claimed its worker.",
    "Installed": "The Scale Out Worker is installed and runs under the account of spec.",
    "TrustEstablished": "The worker has its certificate, trusts the master's, and every master node trusts the worker's.",
    "SettingsApplied": "WorkerSettings.config says what spec wants.",
    "ServiceRunning": "The service starts at boot, runs, and was started after the last change of its settings and of the log string.",
    "Registered": "The catalog has a row with the worker's AgentId.",
    "Enabled": "The worker is enabled or disabled in the catalog, as spec says.",
    "HeartbeatFresh": "The worker's heartbeat in the catalog is at most 180 seconds old.",
}

/// Whether the site matches the spec.
pub const READY: &str = "Ready";
/// Whether work is under way, or something is waited for (kstatus: abnormal when True).
pub const RECONCILING: &str = "Reconciling";
/// Whether a human must act (kstatus: abnormal when True).
pub const STALLED: &str = "Stalled";
/// Whether `spec.suspend` stops all writes.
pub const SUSPENDED: &str = "Suspended";

/// The summary that every kind has, with what True means.
pub const SUMMARY_TABLE: &[(&str, &str)] = &[
    (
        READY,
        "The site matches the spec. False in mode Observe as well, where it differs (DriftObserved). Unknown where nothing is known to differ and something does not answer.",
    ),
    (
        RECONCILING,
        "Work is under way, or something outside is waited for. Never in mode Observe or suspended.",
    ),
    (STALLED, "A human must act; the reason says on what. Never in mode Observe."),
    (SUSPENDED, "spec.suspend is true: nothing is written, and the other conditions keep their last values."),
];

/// Conditions whose change of status is an Event, with the condition's reason as the Event's.
pub const ANNOUNCED: [&str; 2] = [READY, STALLED];
/// Reason of the Event for a failover or a move that was seen.
pub const FAILED_OVER: &str = "FailedOver";
/// Reason of the Event that ends a deletion with `Retain`: what was left.
pub const RETAINED: &str = "Retained";
/// Reason of the Event that ends a deletion with `Teardown`: what was left all the same.
pub const TORN_DOWN: &str = "TornDown";
