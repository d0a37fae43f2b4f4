//! The cluster of the machine in memory. Strict where clusapi is: names are unique, dependencies need the resource
//! offline.

use super::fake::{FakeHost, Machine};
use crate::host::*;
use async_trait::async_trait;
use scaleout_model::names::{NodeName, RoleName};
use scaleout_model::node::*;

fn failed(code: i64) -> HostError {
    HostError::with_code(HostErrorKind::Other, code, format!("code {code}"))
}

fn role<'m>(machine: &'m mut Machine, name: &RoleName) -> HostResult<&'m mut ClusterRole> {
    let cluster = machine.cluster.as_mut().ok_or_else(|| failed(5932))?;
    cluster.roles.iter_mut().find(|role| role.name == *name).ok_or_else(|| failed(5013))
}

fn resource<'m>(machine: &'m mut Machine, name: &str) -> HostResult<&'m mut Resource> {
    let cluster = machine.cluster.as_mut().ok_or_else(|| failed(5932))?;
    let mut all = cluster.roles.iter_mut().flat_map(|role| role.resources.iter_mut());
    all.find(|r| r.name == name).ok_or_else(|| failed(5007))
}

fn set_states(
    machine: &mut Machine,
    name: &RoleName,
    to: ResourceState,
    group: GroupState,
) -> HostResult<()> {
    let found = role(machine, name)?;
    found.state = group;
    for resource in &mut found.resources {
        resource.state = to;
    }
    Ok(())
}

fn text(properties: &PrivateProperties, name: &str) -> Option<String> {
    match properties.get(name) {
        Some(PropertyValue::Text(text)) => Some(text.clone()),
        _ => None,
    }
}

#[async_trait]
impl ClusterHost for FakeHost {
    async fn cluster(&self) -> HostResult<Option<ClusterFacts>> {
        Ok(self.machine().cluster.clone())
    }
    async fn private_properties(&self, name: &str) -> HostResult<PrivateProperties> {
        let mut machine = self.machine();
        let netbios = machine.network_name.get(name).cloned().unwrap_or_default();
        let kind = resource(&mut machine, name)?.kind.clone();
        let pairs = match kind {
            ResourceKind::GenericService { service_name, .. } => vec![("ServiceName", service_name)],
            ResourceKind::NetworkName { dns_name, .. } => {
                vec![("DnsName", dns_name.to_string()), ("Name", netbios)]
            }
            _ => Vec::new(),
        };
        Ok(pairs.into_iter().map(|(key, value)| (key.to_owned(), PropertyValue::Text(value))).collect())
    }
    async fn create_group(&self, group: &RoleName) -> HostResult<()> {
        self.write("create_group", |m| {
            if role(m, group).is_ok() {
                return Err(failed(5010));
            }
            m.cluster.as_mut().unwrap().roles.push(ClusterRole {
                name: group.clone(),
                owner: "SQL01".into(),
                state: GroupState::Offline,
                preferred_owners: Vec::new(),
                auto_failback: false,
                resources: Vec::new(),
            });
            Ok(())
        })
    }
    async fn create_resource(&self, group: &RoleName, name: &str, kind: ResourceType) -> HostResult<()> {
        self.write("create_resource", |m| {
            if resource(m, name).is_ok() {
                return Err(failed(5010));
            }
            let nodes = m.cluster.as_ref().unwrap().nodes.iter().map(|node| node.name.clone()).collect();
            let kind = match kind {
                ResourceType::GenericService => {
                    ResourceKind::GenericService { service_name: String::new(), use_network_name: true }
                }
                ResourceType::NetworkName => ResourceKind::NetworkName { dns_name: "".into(), status_dns: 0 },
                ResourceType::IpAddress => ResourceKind::IpAddress {
                    address: String::new(),
                    mask: String::new(),
                    network: String::new(),
                },
            };
            role(m, group)?.resources.push(Resource {
                name: name.to_owned(),
                kind,
                state: ResourceState::Offline,
                depends_on: Vec::new(),
                depends_on_any: false,
                possible_owners: nodes,
            });
            Ok(())
        })
    }
    async fn set_private_properties(&self, name: &str, properties: &PrivateProperties) -> HostResult<Stored> {
        self.write("set_private_properties", |m| {
            if let Some(netbios) = text(properties, "Name") {
                m.network_name.insert(name.to_owned(), netbios);
            }
            let found = resource(m, name)?;
            match &mut found.kind {
                ResourceKind::GenericService { service_name, use_network_name } => {
                    *service_name = text(properties, "ServiceName").unwrap_or_else(|| service_name.clone());
                    if let Some(PropertyValue::Number(number)) = properties.get("UseNetworkName") {
                        *use_network_name = *number != 0;
                    }
                }
                ResourceKind::NetworkName { dns_name, .. } => {
                    if let Some(dns) = text(properties, "DnsName") {
                        *dns_name = dns.as_str().into();
                    }
                }
                ResourceKind::IpAddress { address, mask, network } => {
                    *address = text(properties, "Address").unwrap();
                    *mask = text(properties, "SubnetMask").unwrap();
                    *network = text(properties, "Network").unwrap();
                }
                _ => return Err(failed(5078)),
            }
            let online = found.state == ResourceState::Online;
            Ok(if online { Stored::AtNextOnline } else { Stored::InEffect })
        })
    }
    async fn set_dependency_expression(&self, name: &str, expression: &str) -> HostResult<()> {
        self.write("set_dependency_expression", |m| {
            let found = resource(m, name)?;
            if found.state == ResourceState::Online {
                return Err(failed(5019));
            }
            let items = expression.trim_matches(['(', ')']).split(" or ");
            found.depends_on = items.map(|item| item.trim_matches(['[', ']']).to_owned()).collect();
            found.depends_on_any = found.depends_on.len() > 1;
            Ok(())
        })
    }
    async fn add_possible_owner(&self, name: &str, node: &NodeName) -> HostResult<()> {
        self.write("add_possible_owner", |m| {
            resource(m, name)?.possible_owners.push(node.clone());
            Ok(())
        })
    }
    async fn remove_possible_owner(&self, name: &str, node: &NodeName) -> HostResult<()> {
        self.write("remove_possible_owner", |m| {
            resource(m, name)?.possible_owners.retain(|owner| owner != node);
            Ok(())
        })
    }
    async fn set_preferred_owners(&self, group: &RoleName, nodes: &[NodeName]) -> HostResult<()> {
        self.write("set_preferred_owners", |m| {
            role(m, group)?.preferred_owners = nodes.to_vec();
            Ok(())
        })
    }
    async fn online_group(&self, group: &RoleName) -> HostResult<()> {
        self.write("online_group", |m| set_states(m, group, ResourceState::Online, GroupState::Online))
    }
    async fn offline_group(&self, group: &RoleName) -> HostResult<()> {
        self.write("offline_group", |m| set_states(m, group, ResourceState::Offline, GroupState::Offline))
    }
    async fn move_group(&self, group: &RoleName, target: &NodeName) -> HostResult<()> {
        self.write("move_group", |m| {
            role(m, group)?.owner = target.clone();
            Ok(())
        })
    }
    async fn destroy_group(&self, group: &RoleName) -> HostResult<()> {
        self.write("destroy_group", |m| {
            m.cluster.as_mut().unwrap().roles.retain(|role| role.name != *group);
            Ok(())
        })
    }
    async fn online_resource(&self, name: &str) -> HostResult<()> {
        self.write("online_resource", |m| {
            let found = resource(m, name)?;
            found.state = ResourceState::Online;
            if let ResourceKind::GenericService { service_name, .. } = found.kind.clone() {
                let service = m.services.get_mut(&service_name).unwrap();
                service.state = ServiceState::Running;
                service.started_unix_ms = Some(super::fake::NOW_MS);
            }
            Ok(())
        })
    }
    async fn offline_resource(&self, name: &str) -> HostResult<()> {
        self.write("offline_resource", |m| {
            resource(m, name)?.state = ResourceState::Offline;
            Ok(())
        })
    }
    async fn delete_resource(&self, name: &str) -> HostResult<()> {
        self.write("delete_resource", |m| {
            for role in &mut m.cluster.as_mut().unwrap().roles {
                role.resources.retain(|r| r.name != name);
            }
            Ok(())
        })
    }
}
