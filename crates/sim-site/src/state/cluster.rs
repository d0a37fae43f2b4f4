//! The failover cluster: nodes, quorum, networks, groups and their resources.

use scaleout_model::names::{GroupName, NodeName, RoleName};
use scaleout_model::node::{GroupState, NodeState, ResourceState};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The failover cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Cluster {
    /// Its name, `SQLCLU01`.
    pub name: String,
    /// Its members; a member is `Down` while its machine or its cluster service does not run.
    pub nodes: BTreeMap<NodeName, Member>,
    /// Whether a witness votes (and is reachable).
    pub witness: bool,
    /// Whether quorum was forced by an administrator.
    pub forced_quorum: bool,
    /// Its networks by name.
    pub networks: BTreeMap<String, Network>,
    /// Whether its name object may create computer objects in the OU.
    pub creates_computer_objects: bool,
    /// Its groups by name. Groups of availability groups are SQL Server's own: computed.
    pub groups: BTreeMap<RoleName, Group>,
}

/// A member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Member {
    /// State; computed but for `Paused`.
    pub state: NodeState,
    /// Whether the cluster service runs while the machine does.
    pub service_up: bool,
}

/// A cluster network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Network {
    /// IPv4 network address.
    pub address: String,
    /// IPv4 mask.
    pub mask: String,
    /// Whether clients may use it (role 2 or 3).
    pub client_access: bool,
}

/// A group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Group {
    /// Node that owns it.
    pub owner: NodeName,
    /// Preferred owners, in order.
    pub preferred_owners: Vec<NodeName>,
    /// `AutoFailbackType`.
    pub auto_failback: bool,
    /// Whether it shall be online (`PersistentState`).
    pub wanted_online: bool,
    /// Resources by name; names are unique in the cluster.
    pub resources: BTreeMap<String, Resource>,
    /// Node to which it moves, and when it gets there (unix ms).
    pub moving: Option<Move>,
    /// Owners on which it failed since it was last online or asked to be.
    #[serde(default)]
    pub failed_on: BTreeSet<NodeName>,
    /// The availability group whose group it is.
    pub availability_group: Option<GroupName>,
}

/// A move under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Move {
    /// To which node.
    pub to: NodeName,
    /// When it ends, unix ms.
    pub until_ms: i64,
}

/// A resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Resource {
    /// Type and private properties.
    pub kind: ResourceKind,
    /// Properties in force since it came online: those stored later wait for the next online (5024).
    pub in_force: Option<Box<ResourceKind>>,
    /// State; computed.
    pub state: ResourceState,
    /// Whether it shall be online when its group is (`PersistentState`).
    pub wanted_online: bool,
    /// When a pending state ends, unix ms.
    pub pending_until_ms: Option<i64>,
    /// Names of the resources that it depends on.
    pub depends_on: BTreeSet<String>,
    /// Whether any one of them is enough (OR).
    pub depends_on_any: bool,
    /// Possible owners; empty = all nodes.
    pub possible_owners: BTreeSet<NodeName>,
    /// Win32 code of its last failure (`LastOperationStatusCode`); 0 = none.
    pub last_error: u32,
}

/// Type and private properties.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum ResourceKind {
    /// `Generic Service`.
    #[serde(rename_all = "camelCase")]
    GenericService {
        /// `ServiceName`.
        service_name: String,
        /// `UseNetworkName`.
        use_network_name: bool,
    },
    /// `Network Name`.
    #[serde(rename_all = "camelCase")]
    NetworkName {
        /// `DnsName`: one label.
        dns_name: String,
        /// `StatusDNS`, a Win32 code; computed.
        status_dns: u32,
    },
    /// `IP Address`.
    #[serde(rename_all = "camelCase")]
    IpAddress {
        /// `Address`.
        address: String,
        /// `SubnetMask`.
        mask: String,
        /// `Network`: name of a cluster network.
        network: String,
    },
    /// `SQL Server Availability Group`.
    AvailabilityGroup,
    /// Any other type.
    #[serde(rename_all = "camelCase")]
    Other {
        /// Name of the type.
        type_name: String,
    },
}

impl Group {
    /// Its state, from those of its resources (`GetClusterGroupState`).
    pub fn state(&self) -> GroupState {
        let count = |state| self.resources.values().filter(|r| r.state == state).count();
        let all = self.resources.len();
        if self.moving.is_some() || count(ResourceState::Pending) > 0 {
            GroupState::Pending
        } else if count(ResourceState::Failed) > 0 {
            GroupState::Failed
        } else if all > 0 && count(ResourceState::Online) == all {
            GroupState::Online
        } else if count(ResourceState::Online) > 0 {
            GroupState::PartialOnline
        } else {
            GroupState::Offline
        }
    }
}

impl Resource {
    /// An offline resource without dependencies.
    pub fn offline(kind: ResourceKind) -> Self {
        Self {
            kind,
            in_force: None,
            state: ResourceState::Offline,
            wanted_online: true,
            pending_until_ms: None,
            depends_on: BTreeSet::new(),
            depends_on_any: false,
            possible_owners: BTreeSet::new(),
            last_error: 0,
        }
    }

    /// It is offline now.
    pub fn take_offline(&mut self) {
        self.state = ResourceState::Offline;
        self.pending_until_ms = None;
        self.in_force = None;
    }

    /// Whether it is online.
    pub fn is_online(&self) -> bool {
        self.state == ResourceState::Online
    }
}

impl Cluster {
    /// A member's state; `None`: no member.
    pub fn node_state(&self, node: &NodeName) -> Option<NodeState> {
        self.nodes.get(node).map(|member| member.state)
    }

    /// The group that contains a resource.
    pub fn group_of_resource(&self, resource: &str) -> Option<&RoleName> {
        self.groups.iter().find(|(_, group)| group.resources.contains_key(resource)).map(|(name, _)| name)
    }

    /// A resource.
    pub fn resource(&self, name: &str) -> Option<&Resource> {
        self.groups.values().find_map(|group| group.resources.get(name))
    }

    /// Whether enough votes are up (node majority, with a vote of the witness).
    pub fn has_quorum(&self) -> bool {
        let up = self.nodes.values().filter(|m| matches!(m.state, NodeState::Up | NodeState::Paused)).count();
        let votes = self.nodes.len() + usize::from(self.witness);
        up > 0 && (self.forced_quorum || 2 * (up + usize::from(self.witness)) > votes)
    }
}
