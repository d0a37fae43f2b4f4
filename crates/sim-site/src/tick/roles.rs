//! Groups of the cluster: owners, moves, and resources on their way online.

use crate::state::{
    Cluster, ComputerObject, DnsRecord, Group, Network, Resource, ResourceKind, Service, Site,
};
use crate::tick::services;
use scaleout_model::names::{NodeName, RoleName};
use scaleout_model::node::{NodeState, ResourceState, ServiceState, StartType};
use std::collections::BTreeSet;
use std::net::Ipv4Addr;

/// Win32 codes (domain §5.8).
const ACCESS_DENIED: u32 = 5;
const NO_SERVICE: u32 = 1060;
const IPADDR_IN_USE: u32 = 5057;
const NO_NETWORK: u32 = 5894;
const COMPUTER_ACCOUNT_EXISTS: u32 = 5936;
/// `DNS_ERROR_RCODE_REFUSED`: the record belongs to another.
const DNS_REFUSED: u32 = 9005;

/// Moves, failovers and resources.
pub(super) fn settle(site: &mut Site) {
    let Some(cluster) = site.cluster.as_ref() else { return };
    let names: Vec<RoleName> = cluster.groups.keys().cloned().collect();
    let quorum = cluster.has_quorum();
    for name in names {
        if !quorum {
            stop_group(site, &name);
            continue;
        }
        choose_owner(site, &name);
        if has_owner(site, &name) {
            settle_resources(site, &name);
        }
    }
}

fn group_mut<'a>(site: &'a mut Site, name: &RoleName) -> Option<&'a mut Group> {
    site.cluster.as_mut()?.groups.get_mut(name)
}

/// Ends a move that is due, and fails over from a node that is down.
fn choose_owner(site: &mut Site, name: &RoleName) {
    let now = site.now_ms;
    let Some(cluster) = site.cluster.as_ref() else { return };
    let Some(group) = cluster.groups.get(name) else { return };
    let up = |node: &NodeName| cluster.node_state(node) == Some(NodeState::Up);
    let owner_up = matches!(cluster.node_state(&group.owner), Some(NodeState::Up | NodeState::Paused));
    let new_owner = match &group.moving {
        Some(moving) if moving.until_ms > now => return,
        Some(moving) if up(&moving.to) => Some(moving.to.clone()),
        _ if owner_up || group.availability_group.is_some() => None,
        _ => next_owner(cluster, group),
    };
    if new_owner.is_some() || !owner_up {
        stop_group(site, name);
    }
    let Some(group) = group_mut(site, name) else { return };
    group.moving = None;
    if let Some(owner) = new_owner {
        group.owner = owner;
    }
}

/// The next possible owner that is up and on which it did not fail: preferred owners first.
fn next_owner(cluster: &Cluster, group: &Group) -> Option<NodeName> {
    let others = cluster.nodes.keys().filter(|node| !group.preferred_owners.contains(node));
    group
        .preferred_owners
        .iter()
        .chain(others)
        .find(|node| {
            cluster.node_state(node) == Some(NodeState::Up)
                && **node != group.owner
                && !group.failed_on.contains(*node)
                && group
                    .resources
                    .values()
                    .all(|r| r.possible_owners.is_empty() || r.possible_owners.contains(*node))
        })
        .cloned()
}

/// Whether a group's owner is up, so that its resources can be online.
fn has_owner(site: &Site, name: &RoleName) -> bool {
    let Some(cluster) = site.cluster.as_ref() else { return false };
    let state = cluster.groups.get(name).and_then(|group| cluster.node_state(&group.owner));
    matches!(state, Some(NodeState::Up | NodeState::Paused))
}

fn settle_resources(site: &mut Site, name: &RoleName) {
    // As many rounds as the longest chain of dependencies can need.
    let rounds = site.cluster.as_ref().and_then(|c| c.groups.get(name)).map_or(0, |g| g.resources.len());
    for _ in 0..rounds {
        let Some(group) = site.cluster.as_ref().and_then(|c| c.groups.get(name)) else { return };
        if group.moving.is_some() || group.availability_group.is_some() {
            return;
        }
        let resources: Vec<String> = group.resources.keys().cloned().collect();
        let before = site.cluster.clone();
        for resource in resources {
            settle_resource(site, name, &resource);
        }
        if site.cluster == before {
            break;
        }
    }
    fail_over_failed(site, name);
}

/// One step of one resource.
fn settle_resource(site: &mut Site, group_name: &RoleName, name: &str) {
    let now = site.now_ms;
    let Some(group) = site.cluster.as_ref().and_then(|c| c.groups.get(group_name)) else { return };
    let Some(resource) = group.resources.get(name) else { return };
    let wanted = group.wanted_online && resource.wanted_online && dependencies_online(group, resource);
    match resource.state {
        ResourceState::Online if !wanted => stop_resource(site, name),
        ResourceState::Online if !still_online(site, &group.owner, resource) => {
            let owner = group.owner.clone();
            begin(site, group_name, name, &owner);
        }
        ResourceState::Offline if wanted => {
            let owner = group.owner.clone();
            begin(site, group_name, name, &owner);
        }
        ResourceState::Pending if resource.pending_until_ms.is_none_or(|until| until <= now) => {
            finish(site, group_name, name);
        }
        _ => {}
    }
}

fn dependencies_online(group: &Group, resource: &Resource) -> bool {
    let mut online =
        resource.depends_on.iter().map(|name| group.resources.get(name).is_some_and(Resource::is_online));
    if resource.depends_on.is_empty() {
        true
    } else if resource.depends_on_any {
        online.any(|yes| yes)
    } else {
        online.all(|yes| yes)
    }
}

/// Generic Service polls the service control manager only (CGSR).
fn still_online(site: &Site, owner: &NodeName, resource: &Resource) -> bool {
    let Some(ResourceKind::GenericService { service_name, .. }) = resource.in_force.as_deref() else {
        return true;
    };
    let service = site.nodes.get(owner).and_then(|node| node.service_named(service_name));
    service.is_some_and(|service| service.state != ServiceState::Stopped)
}

/// Starts to bring a resource online. A Generic Service gets start type Manual and no recovery actions
/// ([RESUTIL]; that this type does so is INFERRED), and its service is started.
fn begin(site: &mut Site, group: &RoleName, name: &str, owner: &NodeName) {
    let until = site.now_ms + site.latencies.online_ms;
    let Some(kind) = site.cluster.as_ref().and_then(|c| c.resource(name)).map(|r| r.kind.clone()) else {
        return;
    };
    let outcome = match &kind {
        ResourceKind::GenericService { service_name, .. } => start_service(site, owner, service_name),
        _ => Ok(()),
    };
    let Some(resource) = group_mut(site, group).and_then(|g| g.resources.get_mut(name)) else { return };
    match outcome {
        Ok(()) => {
            resource.state = ResourceState::Pending;
            resource.pending_until_ms = Some(until);
        }
        Err(code) => fail(resource, code),
    }
}

fn fail(resource: &mut Resource, code: u32) {
    resource.take_offline();
    resource.state = ResourceState::Failed;
    resource.last_error = code;
}

fn start_service(site: &mut Site, owner: &NodeName, name: &str) -> Result<(), u32> {
    let service: &mut Service =
        site.nodes.get_mut(owner).and_then(|node| node.service_named_mut(name)).ok_or(NO_SERVICE)?;
    if service.start_type != StartType::Disabled {
        service.start_type = StartType::Manual;
        service.recovery_actions = false;
    }
    services::start(site, owner, name)
        .map(|_| ())
        .map_err(|refused| u32::try_from(refused.code).unwrap_or_default())
}

/// The resource is online, or failed.
fn finish(site: &mut Site, group_name: &RoleName, name: &str) {
    let Some(group) = site.cluster.as_ref().and_then(|c| c.groups.get(group_name)) else { return };
    let Some(resource) = group.resources.get(name) else { return };
    let (kind, owner, depends_on) = (resource.kind.clone(), group.owner.clone(), resource.depends_on.clone());
    let outcome = match &kind {
        ResourceKind::IpAddress { address, .. } => address_refusal(site, name, address).map_or(Ok(()), Err),
        ResourceKind::NetworkName { dns_name, .. } => {
            let addresses = online_addresses(group, &depends_on);
            register_name(site, name, &dns_name.clone(), addresses)
        }
        ResourceKind::GenericService { service_name, .. } => {
            match site.nodes.get(&owner).and_then(|node| node.service_named(service_name)) {
                Some(service) if service.state == ServiceState::Pending => return,
                Some(service) if service.runs() => Ok(()),
                Some(service) => Err(service.exit_code.max(1)),
                None => Err(NO_SERVICE),
            }
        }
        ResourceKind::AvailabilityGroup | ResourceKind::Other { .. } => Ok(()),
    };
    let Some(group) = group_mut(site, group_name) else { return };
    let Some(resource) = group.resources.get_mut(name) else { return };
    match outcome {
        Ok(()) => {
            resource.state = ResourceState::Online;
            resource.pending_until_ms = None;
            resource.last_error = 0;
            resource.in_force = Some(Box::new(resource.kind.clone()));
            if group.resources.values().all(Resource::is_online) {
                group.failed_on.clear();
            }
        }
        Err(code) => {
            if let ResourceKind::NetworkName { status_dns, .. } = &mut resource.kind {
                *status_dns = code;
            }
            fail(resource, code);
        }
    }
}

fn online_addresses(group: &Group, depends_on: &BTreeSet<String>) -> BTreeSet<String> {
    let address = |name: &String| match group.resources.get(name)?.in_force.as_deref()? {
        ResourceKind::IpAddress { address, .. } => Some(address.clone()),
        _ => None,
    };
    depends_on.iter().filter_map(address).collect()
}

/// After a failure the group goes to the next possible owner on which it did not fail (`RestartAction` 2).
fn fail_over_failed(site: &mut Site, name: &RoleName) {
    let Some(cluster) = site.cluster.as_ref() else { return };
    let Some(group) = cluster.groups.get(name).filter(|g| g.wanted_online && g.moving.is_none()) else {
        return;
    };
    if !group.resources.values().any(|r| r.state == ResourceState::Failed)
        || group.failed_on.contains(&group.owner)
    {
        return;
    }
    let mut tried = group.clone();
    tried.failed_on.insert(group.owner.clone());
    let next = next_owner(cluster, &tried);
    if next.is_some() {
        stop_group(site, name);
    }
    let Some(group) = group_mut(site, name) else { return };
    group.failed_on = tried.failed_on;
    if let Some(next) = next {
        group.owner = next;
        group
            .resources
            .values_mut()
            .filter(|r| r.state == ResourceState::Failed)
            .for_each(Resource::take_offline);
    }
}

/// Takes all resources of a group offline, its service included.
pub(crate) fn stop_group(site: &mut Site, name: &RoleName) {
    let Some(group) = group_mut(site, name).filter(|group| group.availability_group.is_none()) else {
        return;
    };
    let resources: Vec<String> = group.resources.keys().cloned().collect();
    for resource in resources {
        stop_resource(site, &resource);
    }
}

/// Takes a resource offline, and those that depend on it.
pub(crate) fn stop_resource(site: &mut Site, name: &str) {
    let Some(cluster) = site.cluster.as_mut() else { return };
    let Some(group) = cluster.group_of_resource(name).cloned().and_then(|g| cluster.groups.get_mut(&g))
    else {
        return;
    };
    let owner = group.owner.clone();
    let dependents: Vec<String> =
        group.resources.iter().filter(|(_, r)| r.depends_on.contains(name)).map(|(n, _)| n.clone()).collect();
    let Some(resource) = group.resources.get_mut(name) else { return };
    let held = resource.is_online() || resource.state == ResourceState::Pending;
    let in_force = resource.in_force.take().map_or_else(|| resource.kind.clone(), |kind| *kind);
    resource.take_offline();
    if held
        && let ResourceKind::GenericService { service_name, .. } = in_force
        && let Some(service) =
            site.nodes.get_mut(&owner).and_then(|node| node.service_named_mut(&service_name))
    {
        service.halt();
    }
    for dependent in dependents {
        stop_resource(site, &dependent);
    }
}

/// Why a Network Name can't come online: computer object and DNS record (domain §5.5). `None`: it can.
pub fn network_name_refusal(site: &Site, resource: &str, label: &str) -> Option<u32> {
    let cluster = site.cluster.as_ref()?;
    let object = site.domain.computer_objects.get(&label.to_uppercase());
    let record = site.domain.dns.get(&site.fqdn(label));
    match object {
        Some(object) if !object.cluster_controls => Some(COMPUTER_ACCOUNT_EXISTS),
        None if !cluster.creates_computer_objects => Some(ACCESS_DENIED),
        _ => record.filter(|record| record.made_by != resource).map(|_| DNS_REFUSED),
    }
}

fn register_name(
    site: &mut Site,
    resource: &str,
    label: &str,
    addresses: BTreeSet<String>,
) -> Result<(), u32> {
    if let Some(code) = network_name_refusal(site, resource, label) {
        return Err(code);
    }
    write_name(site, resource, label, addresses);
    Ok(())
}

/// Writes computer object and DNS record of a Network Name.
pub(crate) fn write_name(site: &mut Site, resource: &str, label: &str, addresses: BTreeSet<String>) {
    let fqdn = site.fqdn(&label.to_lowercase());
    let object = ComputerObject { cluster_controls: true };
    site.domain.computer_objects.entry(label.to_uppercase()).or_insert(object);
    site.domain.dns.insert(fqdn, DnsRecord { addresses, made_by: resource.to_owned() });
}

/// The cluster network of client access that contains an address.
pub fn network_of<'a>(site: &'a Site, address: &str) -> Option<(&'a String, &'a Network)> {
    let bits = |text: &str| text.parse::<Ipv4Addr>().ok().map(u32::from);
    let address = bits(address)?;
    site.cluster.as_ref()?.networks.iter().find(|(_, network)| {
        let within =
            bits(&network.mask).zip(bits(&network.address)).is_some_and(|(m, n)| address & m == n & m);
        network.client_access && within
    })
}

/// Why an IP Address resource can't have an address: no network (5894) or in use (5057). `None`: it can.
pub fn address_refusal(site: &Site, resource: &str, address: &str) -> Option<u32> {
    if network_of(site, address).is_none() {
        return Some(NO_NETWORK);
    }
    let cluster = site.cluster.as_ref()?;
    let elsewhere = cluster.groups.values().flat_map(|group| &group.resources).any(|(name, other)| {
        name != resource
            && matches!(other.in_force.as_deref(), Some(ResourceKind::IpAddress { address: own, .. }) if own == address)
    });
    let machine = site.nodes.values().any(|node| node.address == address);
    (elsewhere || machine).then_some(IPADDR_IN_USE)
}
