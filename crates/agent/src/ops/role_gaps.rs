//! What a clustered role lacks of what it shall be. Pure.

use scaleout_model::names::NodeName;
use scaleout_model::node::{ClusterRole, Resource, ResourceKind, RoleAddress, RoleSpec};
use std::collections::BTreeSet;

/// Key names of Scale Out Master services begin with this; a role of another service is none of ours.
const MASTER_SERVICE: &str = "SSISScaleOutMaster";

/// Whether the role may be one of ours: its Generic Service, if it has one, is a Scale Out Master, and SQL Server
/// does not own it.
pub(super) fn is_ours(role: &ClusterRole) -> bool {
    role.resources.iter().all(|resource| match &resource.kind {
        ResourceKind::AvailabilityGroup => false,
        ResourceKind::GenericService { service_name, .. } => is_master_service(service_name),
        _ => true,
    })
}

/// Whether all of its resources are of the types that we create, so that it may be deleted whole.
pub(super) fn holds_only_ours(role: &ClusterRole) -> bool {
    is_ours(role) && !role.resources.iter().any(|r| matches!(r.kind, ResourceKind::Other { .. }))
}

/// A service name that is empty belongs to a resource whose creation was cut off.
pub(super) fn is_master_service(name: &str) -> bool {
    name.is_empty()
        || name.get(..MASTER_SERVICE.len()).is_some_and(|h| h.eq_ignore_ascii_case(MASTER_SERVICE))
}

/// Name of the resource that we make for an address.
pub(super) fn address_name(spec: &RoleSpec, address: &RoleAddress) -> String {
    format!("{} IP Address {}", spec.name, address.ip)
}

/// Name of the Network Name resource that we make.
pub(super) fn network_name_name(spec: &RoleSpec) -> String {
    spec.name.to_string()
}

/// Name of the Generic Service resource that we make.
pub(super) fn service_name(spec: &RoleSpec) -> String {
    format!("{} Scale Out Master", spec.name)
}

/// The resource of an address: by the address, else by our name (its creation was cut off).
pub(super) fn find_address<'r>(
    role: &'r ClusterRole,
    spec: &RoleSpec,
    wanted: &RoleAddress,
) -> Option<&'r Resource> {
    let by_address = role
        .addresses()
        .find(|r| matches!(&r.kind, ResourceKind::IpAddress { address, .. } if *address == wanted.ip));
    by_address.or_else(|| role.addresses().find(|r| r.name == address_name(spec, wanted)))
}

/// Whether a resource holds this address.
pub(super) fn is_address(resource: &Resource, wanted: &RoleAddress) -> bool {
    matches!(&resource.kind, ResourceKind::IpAddress { address, mask, network }
        if *address == wanted.ip && *mask == wanted.mask && network.eq_ignore_ascii_case(&wanted.network))
}

/// Names of the address resources that the network name shall depend on, any one being enough.
pub(super) fn address_names(role: &ClusterRole, spec: &RoleSpec) -> BTreeSet<String> {
    spec.addresses.iter().filter_map(|a| find_address(role, spec, a)).map(|r| r.name.clone()).collect()
}

/// Whether a resource depends on exactly these, any one being enough.
pub(super) fn depends_on_any(resource: &Resource, names: &BTreeSet<String>) -> bool {
    let seen: BTreeSet<String> = resource.depends_on.iter().cloned().collect();
    seen == *names && (resource.depends_on_any || names.len() == 1)
}

/// The resources of the role that we care for.
pub(super) fn cared_for<'r>(role: &'r ClusterRole, spec: &RoleSpec) -> Vec<&'r Resource> {
    let addresses = spec.addresses.iter().filter_map(|a| find_address(role, spec, a));
    addresses.chain(role.network_name()).chain(role.generic_service()).collect()
}

/// Nodes to add to a resource's possible owners.
pub(super) fn missing_owners<'n>(resource: &Resource, wanted: &'n [NodeName]) -> Vec<&'n NodeName> {
    wanted.iter().filter(|node| !resource.possible_owners.contains(node)).collect()
}

/// Whether its creation was not cut off: its Network Name and its Generic Service have their names.
pub(super) fn is_whole(role: &ClusterRole) -> bool {
    let has_name = |resource: Option<&Resource>| match resource.map(|resource| &resource.kind) {
        Some(ResourceKind::NetworkName { dns_name, .. }) => !dns_name.as_str().is_empty(),
        Some(ResourceKind::GenericService { service_name, .. }) => !service_name.is_empty(),
        _ => false,
    };
    has_name(role.network_name()) && has_name(role.generic_service())
}

/// What is missing or different, in words; empty: the role is as it shall be.
pub(super) fn gaps(role: &ClusterRole, spec: &RoleSpec) -> Vec<String> {
    let mut gaps = Vec::new();
    for wanted in &spec.addresses {
        if !find_address(role, spec, wanted).is_some_and(|resource| is_address(resource, wanted)) {
            gaps.push(format!("address {}", wanted.ip));
        }
    }
    let cap = role.network_name();
    match cap.map(|resource| &resource.kind) {
        Some(ResourceKind::NetworkName { dns_name, .. }) if dns_name.same_host(&spec.client_access_point) => {
        }
        _ => gaps.push("network name".to_owned()),
    }
    let service = role.generic_service();
    match service.map(|resource| &resource.kind) {
        Some(ResourceKind::GenericService { service_name, .. })
            if service_name.eq_ignore_ascii_case(&spec.service_name) => {}
        _ => gaps.push("service".to_owned()),
    }
    if !cap.is_some_and(|cap| depends_on_any(cap, &address_names(role, spec))) {
        gaps.push("dependency of the network name".to_owned());
    }
    let on_cap: BTreeSet<String> = cap.iter().map(|cap| cap.name.clone()).collect();
    if !service.is_some_and(|service| depends_on_any(service, &on_cap)) {
        gaps.push("dependency of the service".to_owned());
    }
    for resource in cared_for(role, spec) {
        if !missing_owners(resource, &spec.possible_owners).is_empty() {
            gaps.push(format!("possible owners of {}", resource.name));
        }
    }
    if spec.preferred_owners.as_ref().is_some_and(|wanted| *wanted != role.preferred_owners) {
        gaps.push("preferred owners".to_owned());
    }
    gaps
}
