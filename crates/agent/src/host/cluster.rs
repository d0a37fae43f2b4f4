//! The failover cluster, as clusapi offers it. Groups and resources are named: names are unique in the cluster.

use super::HostResult;
use async_trait::async_trait;
use scaleout_model::names::{NodeName, RoleName};
use scaleout_model::node::ClusterFacts;
use std::collections::BTreeMap;

/// A resource type that we create.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceType {
    /// `Generic Service`.
    GenericService,
    /// `Network Name`.
    NetworkName,
    /// `IP Address`.
    IpAddress,
}

impl ResourceType {
    /// The type's name as clusapi takes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::GenericService => "Generic Service",
            Self::NetworkName => "Network Name",
            Self::IpAddress => "IP Address",
        }
    }
}

/// Value of a private property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PropertyValue {
    /// `CLUSPROP_SYNTAX` SZ.
    Text(String),
    /// `CLUSPROP_SYNTAX` DWORD.
    Number(u32),
}

/// Private properties by name (compared without case).
pub type PrivateProperties = BTreeMap<String, PropertyValue>;

/// Whether written properties are in effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// They are.
    InEffect,
    /// They are stored and count from the resource's next online (5024).
    AtNextOnline,
}

/// The failover cluster of which this node is a member.
#[async_trait]
pub trait ClusterHost {
    /// Nodes, quorum, networks and groups with their resources. `None`: clustering is not installed or not
    /// configured (`GetNodeClusterState`). Its service does not run: `NotReady`.
    async fn cluster(&self) -> HostResult<Option<ClusterFacts>>;

    /// Private properties of a resource, read-only ones included; those with other syntaxes are left out.
    async fn private_properties(&self, resource: &str) -> HostResult<PrivateProperties>;

    /// Creates a group of type Generic Service (`CreateClusterGroupEx`); 5010 if it exists.
    async fn create_group(&self, group: &RoleName) -> HostResult<()>;

    /// Creates a resource in a group (`CreateClusterResource`), offline; 5010 if it exists.
    async fn create_resource(
        &self,
        group: &RoleName,
        resource: &str,
        resource_type: ResourceType,
    ) -> HostResult<()>;

    /// Sets these private properties, leaving others.
    async fn set_private_properties(
        &self,
        resource: &str,
        properties: &PrivateProperties,
    ) -> HostResult<Stored>;

    /// Replaces what a resource depends on: `[a]`, `([a] or [b])`; 5019 while it is online.
    async fn set_dependency_expression(&self, resource: &str, expression: &str) -> HostResult<()>;

    /// Lets a node own a resource (`AddClusterResourceNode`); may already: nothing (5011).
    async fn add_possible_owner(&self, resource: &str, node: &NodeName) -> HostResult<()>;

    /// Takes a node from a resource's possible owners (`RemoveClusterResourceNode`).
    async fn remove_possible_owner(&self, resource: &str, node: &NodeName) -> HostResult<()>;

    /// Sets a group's preferred owners, in order (`SetClusterGroupNodeList`).
    async fn set_preferred_owners(&self, group: &RoleName, nodes: &[NodeName]) -> HostResult<()>;

    /// Brings a group online on its owner; accepted (0 or 997), not waited for.
    async fn online_group(&self, group: &RoleName) -> HostResult<()>;

    /// Takes a group offline; accepted, not waited for.
    async fn offline_group(&self, group: &RoleName) -> HostResult<()>;

    /// Moves a group (`MoveClusterGroupEx`, back to the source on error); accepted, not waited for.
    async fn move_group(&self, group: &RoleName, target: &NodeName) -> HostResult<()>;

    /// Deletes an offline group with its resources (`DestroyClusterGroup`).
    async fn destroy_group(&self, group: &RoleName) -> HostResult<()>;

    /// Brings a resource online, and what it depends on; accepted, not waited for.
    async fn online_resource(&self, resource: &str) -> HostResult<()>;

    /// Takes a resource offline; accepted, not waited for.
    async fn offline_resource(&self, resource: &str) -> HostResult<()>;

    /// Deletes an offline resource on which nothing depends.
    async fn delete_resource(&self, resource: &str) -> HostResult<()>;
}
