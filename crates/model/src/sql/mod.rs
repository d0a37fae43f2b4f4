//! A SQL Server instance and the SSIS catalog as observed over TDS, and the closed set of ops.

mod catalog;
mod facts;
mod group;
mod markers;
mod op_shape;
mod ops;
mod parts;

pub use catalog::{CatalogFacts, CatalogUser, TaskFacts, WorkerRow};
pub use facts::{
    CatalogDatabase, EndpointFacts, InstanceFacts, JobFacts, LoginFacts, ObserverRights, PermissionFacts,
    SupportFacts,
};
pub use group::{
    AvailabilityMode, DatabaseSync, FailoverMode, GroupFacts, GroupOption, JoinState, ListenerAddress,
    ListenerFacts, ReplicaFacts, ReplicaOption, ReplicaRole, SecondaryConnections, SeedingFacts, SeedingMode,
    SyncState,
};
pub use markers::{evidence_marker_credentials, evidence_marker_log_database, evidence_marker_login};
pub use ops::{SqlOp, SqlPlace};
pub use parts::{Evidence, EvidencePurpose, ListenerSpec, ReplicaSpec};
