//! Calls on the failover cluster.

use super::{changed, put};
use crate::effect::{ClusterEffect, Refused, Reply};
use crate::state::{Cluster, Group, Resource, ResourceKind, Site};
use crate::tick::roles;
use scaleout_model::names::{NodeName, RoleName};
use scaleout_model::node::{GroupState, NodeState, ResourceState};
use std::collections::{BTreeMap, BTreeSet};

/// Win32 codes (domain §5.8).
const INVALID_PARAMETER: i64 = 87;
const RPC_UNAVAILABLE: i64 = 1722;
const DEPENDENTS_EXIST: i64 = 5001;
const NO_DEPENDENCY: i64 = 5002;
const NO_RESOURCE: i64 = 5007;
const EXISTS: i64 = 5010;
const NO_GROUP: i64 = 5013;
const NOT_POSSIBLE_OWNER: i64 = 5016;
const RESOURCE_ONLINE: i64 = 5019;
const INVALID_STATE: i64 = 5023;
const NO_NODE: i64 = 5042;
const NODE_DOWN: i64 = 5050;
const CANT_HOST: i64 = 5071;
const NO_TYPE: i64 = 5078;
const NO_QUORUM: i64 = 5925;
const NOT_INSTALLED: i64 = 5932;

/// Carries out a call on the cluster, made on `node`.
pub(super) fn apply(site: &mut Site, node: &NodeName, effect: &ClusterEffect) -> Result<Reply, Refused> {
    use ClusterEffect as E;
    ready(site, node)?;
    if let E::SetProperties { resource, properties } = effect {
        return set_properties(site, resource, properties);
    }
    let move_ms = site.now_ms + site.latencies.move_ms;
    let cluster = site.cluster.as_mut().ok_or_else(not_installed)?;
    match effect {
        E::CreateGroup { group } => create_group(cluster, node, group),
        E::CreateResource { group, resource, type_name } => {
            create_resource(cluster, group, resource, type_name)
        }
        E::SetProperties { .. } => Ok(Reply::Unchanged),
        E::SetDependencies { resource, expression } => set_dependencies(cluster, resource, expression),
        E::AddPossibleOwner { resource, node } => set_owner(cluster, resource, node, true),
        E::RemovePossibleOwner { resource, node } => set_owner(cluster, resource, node, false),
        E::SetPreferredOwners { group, owners } => {
            let owners = owners.iter().map(|owner| member(cluster, owner)).collect::<Result<_, _>>()?;
            Ok(put(&mut group_mut(cluster, group)?.preferred_owners, owners))
        }
        E::SetAutoFailback { group, allowed } => {
            Ok(put(&mut group_mut(cluster, group)?.auto_failback, *allowed))
        }
        E::OnlineGroup { group } => online_group(cluster, group),
        E::OfflineGroup { group } => offline_group(site, group),
        E::MoveGroup { group, to } => move_group(site, group, to, move_ms),
        E::OnlineResource { resource } => online_resource(cluster, resource),
        E::OfflineResource { resource } => offline_resource(site, resource),
        E::DeleteResource { resource } => delete_resource(cluster, resource),
        E::DestroyGroup { group } => destroy_group(cluster, group),
    }
}

fn not_installed() -> Refused {
    Refused::new(NOT_INSTALLED, "failover clustering is not configured")
}

fn ready(site: &Site, node: &NodeName) -> Result<(), Refused> {
    let cluster = site.cluster.as_ref().ok_or_else(not_installed)?;
    match cluster.node_state(node) {
        None => Err(not_installed()),
        Some(NodeState::Down | NodeState::Joining) => {
            Err(Refused::new(RPC_UNAVAILABLE, format!("the cluster service does not run on {node}")))
        }
        Some(_) if !cluster.has_quorum() => Err(Refused::new(NO_QUORUM, "the cluster has no quorum")),
        Some(_) => Ok(()),
    }
}

/// A member's name as the cluster has it, whatever case it was asked for by.
fn member(cluster: &Cluster, node: &NodeName) -> Result<NodeName, Refused> {
    let found = cluster.nodes.get_key_value(node).map(|(name, _)| name.clone());
    found.ok_or_else(|| Refused::new(NO_NODE, format!("{node} is no member of the cluster")))
}

fn group_mut<'a>(cluster: &'a mut Cluster, name: &RoleName) -> Result<&'a mut Group, Refused> {
    let group = cluster
        .groups
        .get_mut(name)
        .ok_or_else(|| Refused::new(NO_GROUP, format!("there is no group {name}")))?;
    match group.availability_group {
        None => Ok(group),
        // SQL Server keeps the group of an availability group as it wants it (41064, [PREREQ]).
        Some(_) => Err(Refused::new(INVALID_STATE, format!("the group {name} is SQL Server's"))),
    }
}

fn resource_mut<'a>(cluster: &'a mut Cluster, name: &str) -> Result<(&'a mut Group, String), Refused> {
    let missing = || Refused::new(NO_RESOURCE, format!("there is no resource {name}"));
    let group = cluster.group_of_resource(name).cloned().ok_or_else(missing)?;
    Ok((group_mut(cluster, &group)?, name.to_owned()))
}

fn get<'a>(group: &'a mut Group, name: &str) -> Result<&'a mut Resource, Refused> {
    group
        .resources
        .get_mut(name)
        .ok_or_else(|| Refused::new(NO_RESOURCE, format!("there is no resource {name}")))
}

fn create_group(cluster: &mut Cluster, node: &NodeName, name: &RoleName) -> Result<Reply, Refused> {
    if cluster.groups.contains_key(name) {
        return Err(Refused::new(EXISTS, format!("the group {name} exists")));
    }
    let group = Group {
        owner: node.clone(),
        preferred_owners: Vec::new(),
        auto_failback: false,
        wanted_online: false,
        resources: BTreeMap::new(),
        moving: None,
        failed_on: BTreeSet::new(),
        availability_group: None,
    };
    cluster.groups.insert(name.clone(), group);
    Ok(Reply::Done)
}

fn create_resource(
    cluster: &mut Cluster,
    group: &RoleName,
    name: &str,
    kind: &str,
) -> Result<Reply, Refused> {
    if cluster.group_of_resource(name).is_some() {
        return Err(Refused::new(EXISTS, format!("the resource {name} exists")));
    }
    let kind = match kind {
        "Generic Service" => {
            ResourceKind::GenericService { service_name: String::new(), use_network_name: false }
        }
        "Network Name" => ResourceKind::NetworkName { dns_name: String::new(), status_dns: 0 },
        "IP Address" => {
            ResourceKind::IpAddress { address: String::new(), mask: String::new(), network: String::new() }
        }
        other => return Err(Refused::new(NO_TYPE, format!("there is no resource type {other}"))),
    };
    let owners: BTreeSet<NodeName> = cluster.nodes.keys().cloned().collect();
    let mut resource = Resource::offline(kind);
    resource.possible_owners = owners;
    resource.wanted_online = false;
    group_mut(cluster, group)?.resources.insert(name.to_owned(), resource);
    Ok(Reply::Done)
}

fn set_properties(
    site: &mut Site,
    name: &str,
    properties: &BTreeMap<String, String>,
) -> Result<Reply, Refused> {
    let address = properties.iter().find(|(key, _)| key.eq_ignore_ascii_case("Address"));
    let network = properties.iter().find(|(key, _)| key.eq_ignore_ascii_case("Network"));
    if let Some((_, address)) = address {
        if let Some(code) = roles::address_refusal(site, name, address) {
            return Err(Refused::new(code, format!("the address {address} can't be used")));
        }
        let home = roles::network_of(site, address).map(|(network, _)| network.clone());
        if network.is_some_and(|(_, network)| Some(network) != home.as_ref()) {
            return Err(Refused::new(5894, format!("the address {address} is not in that network")));
        }
    }
    let cluster = site.cluster.as_mut().ok_or_else(not_installed)?;
    let (group, name) = resource_mut(cluster, name)?;
    let resource = get(group, &name)?;
    let before = resource.kind.clone();
    for (key, value) in properties {
        write_property(&mut resource.kind, key, value)?;
    }
    Ok(match (resource.kind == before, resource.is_online()) {
        (true, _) => Reply::Unchanged,
        (false, true) => Reply::Stored,
        (false, false) => Reply::Done,
    })
}

fn write_property(kind: &mut ResourceKind, key: &str, value: &str) -> Result<(), Refused> {
    let key_lower = key.to_lowercase();
    match (kind, key_lower.as_str()) {
        (ResourceKind::GenericService { service_name, .. }, "servicename") => value.clone_into(service_name),
        (ResourceKind::GenericService { use_network_name, .. }, "usenetworkname") => {
            *use_network_name = value != "0";
        }
        (ResourceKind::NetworkName { dns_name, .. }, "dnsname") => value.clone_into(dns_name),
        (ResourceKind::IpAddress { address, .. }, "address") => value.clone_into(address),
        (ResourceKind::IpAddress { mask, .. }, "subnetmask") => value.clone_into(mask),
        (ResourceKind::IpAddress { network, .. }, "network") => value.clone_into(network),
        (ResourceKind::GenericService { .. }, "startupparameters")
        | (ResourceKind::NetworkName { .. }, "name")
        | (ResourceKind::IpAddress { .. }, "enabledhcp" | "overrideaddressmatch" | "enablenetbios") => {}
        _ => return Err(Refused::new(INVALID_PARAMETER, format!("the resource has no property {key}"))),
    }
    Ok(())
}

/// `[a]`, `[a] and [b]`, `([a] or [b])`; a mixture is not understood here.
fn set_dependencies(cluster: &mut Cluster, name: &str, expression: &str) -> Result<Reply, Refused> {
    let names: BTreeSet<String> = expression
        .split('[')
        .skip(1)
        .filter_map(|part| part.split_once(']').map(|(name, _)| name.to_owned()))
        .collect();
    let lower = expression.to_lowercase();
    let (any, all) = (lower.contains("] or ["), lower.contains("] and ["));
    if any && all || (names.is_empty() && !expression.trim().is_empty()) {
        return Err(Refused::new(INVALID_PARAMETER, "the dependency expression is not understood"));
    }
    let (group, name) = resource_mut(cluster, name)?;
    if let Some(stranger) = names.iter().find(|dependency| !group.resources.contains_key(*dependency)) {
        return Err(Refused::new(NO_DEPENDENCY, format!("the group has no resource {stranger}")));
    }
    let resource = get(group, &name)?;
    if resource.depends_on == names && resource.depends_on_any == any {
        return Ok(Reply::Unchanged);
    }
    if resource.is_online() || resource.state == ResourceState::Pending {
        return Err(Refused::new(RESOURCE_ONLINE, format!("the resource {name} is online")));
    }
    resource.depends_on = names;
    resource.depends_on_any = any;
    Ok(Reply::Done)
}

fn set_owner(cluster: &mut Cluster, name: &str, node: &NodeName, may: bool) -> Result<Reply, Refused> {
    let node = member(cluster, node)?;
    let (group, name) = resource_mut(cluster, name)?;
    let owner = group.owner.clone();
    let resource = get(group, &name)?;
    if !may && owner == node && resource.is_online() {
        return Err(Refused::new(INVALID_STATE, format!("{node} owns the resource {name} now")));
    }
    let owners = &mut resource.possible_owners;
    Ok(changed(if may { owners.insert(node) } else { owners.remove(&node) }))
}

fn online_group(cluster: &mut Cluster, name: &RoleName) -> Result<Reply, Refused> {
    let group = group_mut(cluster, name)?;
    if group.state() == GroupState::Online && group.wanted_online {
        return Ok(Reply::Unchanged);
    }
    let owner = group.owner.clone();
    if let Some((resource, _)) = group.resources.iter().find(|(_, r)| !r.possible_owners.contains(&owner)) {
        return Err(Refused::new(CANT_HOST, format!("{owner} may not own the resource {resource}")));
    }
    group.wanted_online = true;
    group.failed_on.clear();
    for resource in group.resources.values_mut() {
        resource.wanted_online = true;
        if resource.state == ResourceState::Failed {
            resource.take_offline();
        }
    }
    Ok(Reply::Pending)
}

fn offline_group(site: &mut Site, name: &RoleName) -> Result<Reply, Refused> {
    let cluster = site.cluster.as_mut().ok_or_else(not_installed)?;
    let group = group_mut(cluster, name)?;
    if !group.wanted_online && group.state() == GroupState::Offline {
        return Ok(Reply::Unchanged);
    }
    group.wanted_online = false;
    roles::stop_group(site, name);
    Ok(Reply::Pending)
}

fn move_group(site: &mut Site, name: &RoleName, to: &NodeName, until_ms: i64) -> Result<Reply, Refused> {
    let cluster = site.cluster.as_mut().ok_or_else(not_installed)?;
    let to = member(cluster, to)?;
    if cluster.node_state(&to) != Some(NodeState::Up) {
        return Err(Refused::new(NODE_DOWN, format!("{to} is not up")));
    }
    let group = group_mut(cluster, name)?;
    if group.owner == to && group.moving.is_none() {
        return Ok(Reply::Unchanged);
    }
    if group.moving.is_some() {
        return Err(Refused::new(5908, format!("the group {name} is moving")));
    }
    if let Some((resource, _)) = group.resources.iter().find(|(_, r)| !r.possible_owners.contains(&to)) {
        return Err(Refused::new(NOT_POSSIBLE_OWNER, format!("{to} may not own the resource {resource}")));
    }
    group.moving = Some(crate::state::Move { to, until_ms });
    group.failed_on.clear();
    roles::stop_group(site, name);
    Ok(Reply::Pending)
}

fn online_resource(cluster: &mut Cluster, name: &str) -> Result<Reply, Refused> {
    let (group, name) = resource_mut(cluster, name)?;
    group.failed_on.clear();
    group.wanted_online = true;
    let mut waiting = vec![name.clone()];
    if get(group, &name)?.is_online() {
        return Ok(Reply::Unchanged);
    }
    while let Some(next) = waiting.pop() {
        let resource = get(group, &next)?;
        resource.wanted_online = true;
        if resource.state == ResourceState::Failed {
            resource.take_offline();
        }
        waiting.extend(resource.depends_on.iter().cloned());
    }
    Ok(Reply::Pending)
}

fn offline_resource(site: &mut Site, name: &str) -> Result<Reply, Refused> {
    let cluster = site.cluster.as_mut().ok_or_else(not_installed)?;
    let (group, name) = resource_mut(cluster, name)?;
    let resource = get(group, &name)?;
    if !resource.wanted_online && resource.state == ResourceState::Offline {
        return Ok(Reply::Unchanged);
    }
    resource.wanted_online = false;
    roles::stop_resource(site, &name);
    Ok(Reply::Pending)
}

fn destroy_group(cluster: &mut Cluster, name: &RoleName) -> Result<Reply, Refused> {
    let group = group_mut(cluster, name)?;
    if group.resources.values().any(|r| r.is_online() || r.state == ResourceState::Pending) {
        return Err(Refused::new(RESOURCE_ONLINE, format!("resources of the group {name} are online")));
    }
    cluster.groups.remove(name);
    Ok(Reply::Done)
}

fn delete_resource(cluster: &mut Cluster, name: &str) -> Result<Reply, Refused> {
    let (group, name) = resource_mut(cluster, name)?;
    let state = get(group, &name)?.state;
    if matches!(state, ResourceState::Online | ResourceState::Pending) {
        return Err(Refused::new(RESOURCE_ONLINE, format!("the resource {name} is online")));
    }
    if let Some((dependent, _)) = group.resources.iter().find(|(_, r)| r.depends_on.contains(&name)) {
        return Err(Refused::new(DEPENDENTS_EXIST, format!("the resource {dependent} depends on {name}")));
    }
    group.resources.remove(&name);
    Ok(Reply::Done)
}
