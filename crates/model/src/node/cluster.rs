//! The Windows Server failover cluster, as any of its nodes sees it (clusapi).

use crate::names::{DnsName, GroupName, NodeName, RoleName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The failover cluster of which the node is a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClusterFacts {
    /// The cluster's name.
    pub name: String,
    /// Its nodes.
    pub nodes: Vec<ClusterNode>,
    /// Quorum.
    pub quorum: Quorum,
    /// Its networks.
    pub networks: Vec<ClusterNetwork>,
    /// Its groups: clustered roles and availability groups; the core group is left out.
    pub roles: Vec<ClusterRole>,
}

impl ClusterFacts {
    /// The group of this name.
    pub fn role(&self, name: &RoleName) -> Option<&ClusterRole> {
        self.roles.iter().find(|role| role.name == *name)
    }

    /// The group that SQL Server keeps for an availability group; it carries its name.
    pub fn availability_group(&self, name: &GroupName) -> Option<&ClusterRole> {
        self.roles.iter().find(|role| {
            role.name.as_str().eq_ignore_ascii_case(name.as_str())
                && role.resources.iter().any(|r| r.kind == ResourceKind::AvailabilityGroup)
        })
    }
}

/// A node of the cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClusterNode {
    /// Computer name.
    pub name: NodeName,
    /// State.
    pub state: NodeState,
}

/// State of a node (`GetClusterNodeState`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum NodeState {
    /// Up.
    Up,
    /// Down.
    Down,
    /// Paused: owns nothing new.
    Paused,
    /// Joining.
    Joining,
}

/// State of the quorum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Quorum {
    /// Normal.
    Normal,
    /// Forced by an administrator: we only observe.
    Forced,
    /// Not known: we only observe.
    Unknown,
}

/// A cluster network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClusterNetwork {
    /// Its name.
    pub name: String,
    /// IPv4 network address, `10.0.0.0`.
    pub address: String,
    /// IPv4 mask, `255.255.255.0`.
    pub mask: String,
    /// Whether clients may use it (cluster network role 2 or 3).
    pub client_access: bool,
}

/// A group of the cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClusterRole {
    /// Its name.
    pub name: RoleName,
    /// The node that owns it now.
    pub owner: NodeName,
    /// Its state.
    pub state: GroupState,
    /// Preferred owners, in order; empty = none set.
    pub preferred_owners: Vec<NodeName>,
    /// Whether it fails back by itself (`AutoFailbackType` 1).
    pub auto_failback: bool,
    /// Its resources.
    pub resources: Vec<Resource>,
}

impl ClusterRole {
    /// The role's Generic Service resource.
    pub fn generic_service(&self) -> Option<&Resource> {
        self.resources.iter().find(|r| matches!(r.kind, ResourceKind::GenericService { .. }))
    }

    /// The role's Network Name resource.
    pub fn network_name(&self) -> Option<&Resource> {
        self.resources.iter().find(|r| matches!(r.kind, ResourceKind::NetworkName { .. }))
    }

    /// The role's IP Address resources.
    pub fn addresses(&self) -> impl Iterator<Item = &Resource> {
        self.resources.iter().filter(|r| matches!(r.kind, ResourceKind::IpAddress { .. }))
    }
}

/// State of a group (`GetClusterGroupState`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum GroupState {
    /// All resources online.
    Online,
    /// Offline.
    Offline,
    /// Failed.
    Failed,
    /// Some online.
    PartialOnline,
    /// Moving or coming online.
    Pending,
    /// Not known.
    Unknown,
}

/// A resource of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// Its name, unique in the cluster.
    pub name: String,
    /// Type and private properties.
    pub kind: ResourceKind,
    /// State.
    pub state: ResourceState,
    /// Names of the resources that it depends on.
    pub depends_on: Vec<String>,
    /// Whether any one of `depends_on` is enough (an OR expression) or all are needed.
    pub depends_on_any: bool,
    /// Nodes that may own it.
    pub possible_owners: Vec<NodeName>,
}

/// Type and private properties of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ResourceKind {
    /// `Generic Service`.
    #[serde(rename_all = "camelCase")]
    GenericService {
        /// Key name of the service.
        service_name: String,
        /// `UseNetworkName`.
        use_network_name: bool,
    },
    /// `Network Name`.
    #[serde(rename_all = "camelCase")]
    NetworkName {
        /// `DnsName`: one label.
        dns_name: DnsName,
        /// `StatusDNS`: a Win32 code, 0 = registered.
        status_dns: u32,
    },
    /// `IP Address`.
    #[serde(rename_all = "camelCase")]
    IpAddress {
        /// IPv4 address.
        address: String,
        /// IPv4 mask.
        mask: String,
        /// Name of the cluster network.
        network: String,
    },
    /// `SQL Server Availability Group`: SQL Server's own; never touched by us.
    AvailabilityGroup,
    /// Any other type.
    #[serde(rename_all = "camelCase")]
    Other {
        /// The resource type's name.
        type_name: String,
    },
}

/// State of a resource (`GetClusterResourceState`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ResourceState {
    /// Online.
    Online,
    /// Offline.
    Offline,
    /// Failed.
    Failed,
    /// On its way.
    Pending,
    /// Not known.
    Unknown,
}
