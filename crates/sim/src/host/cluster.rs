//! The failover cluster as one of its members sees it.

use super::{SimHost, host_error};
use async_trait::async_trait;
use scaleout_agent::host::{ClusterHost, HostResult, PrivateProperties, PropertyValue, ResourceType, Stored};
use scaleout_model::names::{DnsName, NodeName, RoleName};
use scaleout_model::node::{
    ClusterFacts, ClusterNetwork, ClusterNode, ClusterRole, NodeState, Quorum, Resource, ResourceKind,
};
use scaleout_sim_site::effect::ClusterEffect;
use scaleout_sim_site::state::{self, Cluster, Group};
use scaleout_sim_site::{Refused, Reply};

/// `RPC_S_SERVER_UNAVAILABLE`: the cluster service does not run here.
const RPC_UNAVAILABLE: i64 = 1722;
const NO_RESOURCE: i64 = 5007;

#[async_trait]
impl ClusterHost for SimHost {
    async fn cluster(&self) -> HostResult<Option<ClusterFacts>> {
        self.look(|site, _| {
            let Some(cluster) = site.cluster.as_ref().filter(|c| c.nodes.contains_key(&self.node)) else {
                return Ok(None);
            };
            self.service_runs(cluster)?;
            Ok(Some(cluster_facts(cluster)))
        })
    }

    async fn private_properties(&self, resource: &str) -> HostResult<PrivateProperties> {
        self.look(|site, _| {
            let missing =
                || host_error(&Refused::new(NO_RESOURCE, format!("there is no resource {resource}")));
            let cluster = site.cluster.as_ref().ok_or_else(missing)?;
            self.service_runs(cluster)?;
            Ok(properties(&cluster.resource(resource).ok_or_else(missing)?.kind))
        })
    }

    async fn create_group(&self, group: &RoleName) -> HostResult<()> {
        self.cluster_call(ClusterEffect::CreateGroup { group: group.clone() }).await.map(drop)
    }

    async fn create_resource(
        &self,
        group: &RoleName,
        resource: &str,
        resource_type: ResourceType,
    ) -> HostResult<()> {
        let effect = ClusterEffect::CreateResource {
            group: group.clone(),
            resource: resource.to_owned(),
            type_name: resource_type.as_str().to_owned(),
        };
        self.cluster_call(effect).await.map(drop)
    }

    async fn set_private_properties(
        &self,
        resource: &str,
        properties: &PrivateProperties,
    ) -> HostResult<Stored> {
        let text = |value: &PropertyValue| match value {
            PropertyValue::Text(text) => text.clone(),
            PropertyValue::Number(number) => number.to_string(),
        };
        let properties = properties.iter().map(|(name, value)| (name.clone(), text(value))).collect();
        let reply = self
            .cluster_call(ClusterEffect::SetProperties { resource: resource.to_owned(), properties })
            .await?;
        Ok(if reply == Reply::Stored { Stored::AtNextOnline } else { Stored::InEffect })
    }

    async fn set_dependency_expression(&self, resource: &str, expression: &str) -> HostResult<()> {
        let (resource, expression) = (resource.to_owned(), expression.to_owned());
        self.cluster_call(ClusterEffect::SetDependencies { resource, expression }).await.map(drop)
    }

    async fn add_possible_owner(&self, resource: &str, node: &NodeName) -> HostResult<()> {
        let effect = ClusterEffect::AddPossibleOwner { resource: resource.to_owned(), node: node.clone() };
        self.cluster_call(effect).await.map(drop)
    }

    async fn remove_possible_owner(&self, resource: &str, node: &NodeName) -> HostResult<()> {
        let effect = ClusterEffect::RemovePossibleOwner { resource: resource.to_owned(), node: node.clone() };
        self.cluster_call(effect).await.map(drop)
    }

    async fn set_preferred_owners(&self, group: &RoleName, nodes: &[NodeName]) -> HostResult<()> {
        let effect = ClusterEffect::SetPreferredOwners { group: group.clone(), owners: nodes.to_vec() };
        self.cluster_call(effect).await.map(drop)
    }

    async fn online_group(&self, group: &RoleName) -> HostResult<()> {
        self.cluster_call(ClusterEffect::OnlineGroup { group: group.clone() }).await.map(drop)
    }

    async fn offline_group(&self, group: &RoleName) -> HostResult<()> {
        self.cluster_call(ClusterEffect::OfflineGroup { group: group.clone() }).await.map(drop)
    }

    async fn move_group(&self, group: &RoleName, target: &NodeName) -> HostResult<()> {
        let effect = ClusterEffect::MoveGroup { group: group.clone(), to: target.clone() };
        self.cluster_call(effect).await.map(drop)
    }

    async fn destroy_group(&self, group: &RoleName) -> HostResult<()> {
        self.cluster_call(ClusterEffect::DestroyGroup { group: group.clone() }).await.map(drop)
    }

    async fn online_resource(&self, resource: &str) -> HostResult<()> {
        self.cluster_call(ClusterEffect::OnlineResource { resource: resource.to_owned() }).await.map(drop)
    }

    async fn offline_resource(&self, resource: &str) -> HostResult<()> {
        self.cluster_call(ClusterEffect::OfflineResource { resource: resource.to_owned() }).await.map(drop)
    }

    async fn delete_resource(&self, resource: &str) -> HostResult<()> {
        self.cluster_call(ClusterEffect::DeleteResource { resource: resource.to_owned() }).await.map(drop)
    }
}

impl SimHost {
    fn service_runs(&self, cluster: &Cluster) -> HostResult<()> {
        match cluster.node_state(&self.node) {
            Some(NodeState::Up | NodeState::Paused) => Ok(()),
            _ => Err(host_error(&Refused::new(RPC_UNAVAILABLE, "the cluster service does not run"))),
        }
    }
}

fn cluster_facts(cluster: &Cluster) -> ClusterFacts {
    let network = |(name, network): (&String, &state::Network)| ClusterNetwork {
        name: name.clone(),
        address: network.address.clone(),
        mask: network.mask.clone(),
        client_access: network.client_access,
    };
    ClusterFacts {
        name: cluster.name.clone(),
        nodes: cluster
            .nodes
            .iter()
            .map(|(name, member)| ClusterNode { name: name.clone(), state: member.state })
            .collect(),
        quorum: match (cluster.forced_quorum, cluster.has_quorum()) {
            (true, _) => Quorum::Forced,
            (false, true) => Quorum::Normal,
            (false, false) => Quorum::Unknown,
        },
        networks: cluster.networks.iter().map(network).collect(),
        roles: cluster.groups.iter().map(|(name, group)| role(cluster, name, group)).collect(),
    }
}

fn role(cluster: &Cluster, name: &RoleName, group: &Group) -> ClusterRole {
    let resource = |(name, resource): (&String, &state::Resource)| Resource {
        name: name.clone(),
        kind: kind(&resource.kind),
        state: resource.state,
        depends_on: resource.depends_on.iter().cloned().collect(),
        depends_on_any: resource.depends_on_any,
        possible_owners: if resource.possible_owners.is_empty() {
            cluster.nodes.keys().cloned().collect()
        } else {
            resource.possible_owners.iter().cloned().collect()
        },
    };
    ClusterRole {
        name: name.clone(),
        owner: group.owner.clone(),
        state: group.state(),
        preferred_owners: group.preferred_owners.clone(),
        auto_failback: group.auto_failback,
        resources: group.resources.iter().map(resource).collect(),
    }
}

fn kind(kind: &state::ResourceKind) -> ResourceKind {
    match kind.clone() {
        state::ResourceKind::GenericService { service_name, use_network_name } => {
            ResourceKind::GenericService { service_name, use_network_name }
        }
        state::ResourceKind::NetworkName { dns_name, status_dns } => {
            ResourceKind::NetworkName { dns_name: DnsName::new(dns_name), status_dns }
        }
        state::ResourceKind::IpAddress { address, mask, network } => {
            ResourceKind::IpAddress { address, mask, network }
        }
        state::ResourceKind::AvailabilityGroup => ResourceKind::AvailabilityGroup,
        state::ResourceKind::Other { type_name } => ResourceKind::Other { type_name },
    }
}

fn properties(kind: &state::ResourceKind) -> PrivateProperties {
    let text = |name: &str, value: &str| (name.to_owned(), PropertyValue::Text(value.to_owned()));
    let number = |name: &str, value: u32| (name.to_owned(), PropertyValue::Number(value));
    match kind {
        state::ResourceKind::GenericService { service_name, use_network_name } => PrivateProperties::from([
            text("ServiceName", service_name),
            text("StartupParameters", ""),
            number("UseNetworkName", u32::from(*use_network_name)),
        ]),
        state::ResourceKind::NetworkName { dns_name, status_dns } => PrivateProperties::from([
            text("DnsName", dns_name),
            text("Name", &dns_name.chars().take(15).collect::<String>().to_uppercase()),
            number("StatusDNS", *status_dns),
        ]),
        state::ResourceKind::IpAddress { address, mask, network } => PrivateProperties::from([
            text("Address", address),
            text("SubnetMask", mask),
            text("Network", network),
            number("EnableDhcp", 0),
        ]),
        state::ResourceKind::AvailabilityGroup | state::ResourceKind::Other { .. } => {
            PrivateProperties::new()
        }
    }
}
