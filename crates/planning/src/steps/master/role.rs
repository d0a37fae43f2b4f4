//! The clustered role: Generic Service, client access point with the master's DNS name, its addresses, dependencies and
//! owners (guide step 7). It is created or corrected offline-safe by the agent of the present owner, never dropped. Owners
//! that spec does not name are reported and left.

use super::view::need_version;
use crate::step::{on_node, step};
use crate::steps::view::{Judged, for_site, need_cluster, unreadable};
use scaleout_model::desired::DesiredMaster;
use scaleout_model::fact::Fact;
use scaleout_model::names::{DnsName, NodeName};
use scaleout_model::node::{
    ClusterFacts, ClusterNetwork, ClusterRole, Feature, NodeOp, ResourceKind, RoleAddress, RoleSpec,
};
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::verdict::{Drift, Finding, Target};
use scaleout_model::version::SqlVersion;
use std::collections::BTreeSet;
use std::net::Ipv4Addr;

step!(ClusteredRole for DesiredMaster, area "RoleOnline", after [super::installation::ID, super::service::ID]);

fn assess(desired: &DesiredMaster, observed: &Observed) -> Vec<Finding> {
    let mut findings = for_site(judge(desired, observed));
    findings.extend(strange_owners(desired, observed));
    findings
}

/// Nodes that may own the role and that spec does not name: they are left.
fn strange_owners(desired: &DesiredMaster, observed: &Observed) -> Vec<Finding> {
    let Ok((_, cluster)) = need_cluster(observed, &Target::Site, desired.nodes.iter()) else {
        return Vec::new();
    };
    let service = cluster.role(&desired.role).and_then(ClusterRole::generic_service);
    let owners = service.map(|service| service.possible_owners.as_slice()).unwrap_or_default();
    let strange = owners.iter().filter(|node| !desired.nodes.contains(node));
    let told = |node: &NodeName| {
        let message = format!("{node} may own role {} and is not in spec", desired.role);
        Finding::unmanaged(Target::Node(node.clone()), message)
    };
    strange.map(told).collect()
}

fn judge(desired: &DesiredMaster, observed: &Observed) -> Judged {
    let target = Target::Site;
    let (node, cluster) = need_cluster(observed, &target, desired.nodes.iter())?;
    let version = need_version(desired, observed, &target)?;
    let spec = RoleSpec {
        name: desired.role.clone(),
        service_name: service_name(desired, observed, version).unwrap_or_else(|| version.master_service().0),
        client_access_point: desired.client_access_point.clone(),
        addresses: addresses(desired, cluster)?,
        possible_owners: possible_owners(desired, observed, version, cluster.role(&desired.role))?,
        preferred_owners: desired.preferred_owners.clone(),
    };
    let Some(role) = cluster.role(&desired.role) else {
        let op = on_node(node, NodeOp::EnsureRole(spec));
        return Ok(Finding::act(target, Drift::missing("clustered role"), op));
    };
    if let Some(service) = role.generic_service()
        && let ResourceKind::GenericService { service_name, .. } = &service.kind
        && !service_name.starts_with("SSISScaleOutMaster")
    {
        let message = format!("role {} runs service {service_name}", desired.role);
        return Err(Finding::blocked(target, Reason::RoleConflict, message));
    }
    let drift = differences(role, &spec);
    match drift.first() {
        None => Ok(Finding::converged(target)),
        Some(first) => {
            let op = on_node(acting_node(observed, role, node), NodeOp::EnsureRole(spec));
            let mut finding = Finding::act(target, first.clone(), op);
            finding.drift = drift;
            Ok(finding)
        }
    }
}

/// The owner, if its agent answers, else any node that does.
fn acting_node<'a>(observed: &Observed, role: &'a ClusterRole, any: &'a NodeName) -> &'a NodeName {
    if observed.node(&role.owner).known().is_some() { &role.owner } else { any }
}

/// The service's key name as the agents discovered it.
fn service_name(desired: &DesiredMaster, observed: &Observed, version: SqlVersion) -> Option<String> {
    desired.nodes.iter().find_map(|node| {
        let services = observed.node(node).and_then(|facts| facts.services.as_ref());
        let services = *services.known()?;
        services
            .iter()
            .find(|service| service.feature == Feature::ScaleOutMaster && service.version == version)
            .map(|service| service.name.clone())
    })
}

/// Nodes with the master installed; one that can't be asked keeps the place that it has, and is waited for where there
/// is no role yet: unknown is not absent.
fn possible_owners(
    desired: &DesiredMaster,
    observed: &Observed,
    version: SqlVersion,
    role: Option<&ClusterRole>,
) -> Result<Vec<NodeName>, Finding> {
    let mut owners = Vec::new();
    for node in &desired.nodes {
        let features = observed.node(node).and_then(|facts| facts.features.as_ref());
        let counts = match (features, role) {
            (Fact::Known(all), _) => {
                all.iter().any(|f| f.feature == Feature::ScaleOutMaster && f.version == version)
            }
            (Fact::Absent, _) => false,
            (Fact::Unknown(_), Some(role)) => {
                role.generic_service().is_some_and(|service| service.possible_owners.contains(node))
            }
            (Fact::Unknown(cause), None) => return Err(unreadable(&Target::Node(node.clone()), &cause)),
        };
        if counts {
            owners.push(node.clone());
        }
    }
    Ok(owners)
}

fn addresses(desired: &DesiredMaster, cluster: &ClusterFacts) -> Result<Vec<RoleAddress>, Finding> {
    desired
        .addresses
        .iter()
        .map(|ip| {
            let network =
                cluster.networks.iter().find(|network| network.client_access && contains(network, ip));
            let network = network.ok_or_else(|| {
                let message = format!("no cluster network for clients contains {ip}");
                Finding::blocked(Target::Site, Reason::NoClusterNetwork, message)
            })?;
            Ok(RoleAddress { ip: ip.clone(), mask: network.mask.clone(), network: network.name.clone() })
        })
        .collect()
}

fn contains(network: &ClusterNetwork, ip: &str) -> bool {
    let parse = |text: &str| text.parse::<Ipv4Addr>().ok().map(u32::from);
    match (parse(&network.address), parse(&network.mask), parse(ip)) {
        (Some(address), Some(mask), Some(ip)) => address & mask == ip & mask,
        _ => false,
    }
}

fn differences(role: &ClusterRole, spec: &RoleSpec) -> Vec<Drift> {
    let mut drift = Vec::new();
    match role.generic_service().map(|resource| (&resource.kind, resource)) {
        Some((ResourceKind::GenericService { service_name, .. }, resource)) => {
            if !service_name.eq_ignore_ascii_case(&spec.service_name) {
                drift.push(Drift::between("role service", service_name, &spec.service_name));
            }
            let owners: BTreeSet<&NodeName> = resource.possible_owners.iter().collect();
            if !owners.is_empty() && !spec.possible_owners.iter().all(|node| owners.contains(node)) {
                drift.push(Drift::missing("a possible owner"));
            }
        }
        _ => drift.push(Drift::missing("Generic Service resource")),
    }
    match role.network_name().map(|resource| &resource.kind) {
        Some(ResourceKind::NetworkName { dns_name, .. }) => {
            if !DnsName::same_host(dns_name, &spec.client_access_point) {
                drift.push(Drift::between("client access point", dns_name, &spec.client_access_point));
            }
        }
        _ => drift.push(Drift::missing("Network Name resource")),
    }
    for wanted in &spec.addresses {
        let found = role.addresses().any(|resource| {
            matches!(&resource.kind, ResourceKind::IpAddress { address, .. } if *address == wanted.ip)
        });
        if !found {
            drift.push(Drift::missing(&format!("role address {}", wanted.ip)));
        }
    }
    if let Some(preferred) = &spec.preferred_owners
        && *preferred != role.preferred_owners
    {
        drift.push(Drift::between(
            "preferred owners",
            format!("{:?}", role.preferred_owners),
            format!("{preferred:?}"),
        ));
    }
    drift
}
