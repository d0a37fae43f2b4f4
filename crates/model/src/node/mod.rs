//! A Windows node as its agent reports it, and the closed set of ops that the agent carries out.

mod cluster;
mod facts;
mod ops;

pub use cluster::{
    ClusterFacts, ClusterNetwork, ClusterNode, ClusterRole, GroupState, NodeState, Quorum, Resource,
    ResourceKind, ResourceState,
};
pub use facts::{
    AgentFacts, Claim, ClaimRole, EngineFacts, Feature, FeatureFacts, FirewallRule, LoginMode, NodeFacts,
    RunningOp, ServiceFacts, ServiceState, SettingsFacts, SettingsFormat, StartType, Store,
    StoredCertificate, TlsBinding, UrlReservation,
};
pub use ops::{NodeOp, RoleAddress, RoleSpec, ServiceRef};
