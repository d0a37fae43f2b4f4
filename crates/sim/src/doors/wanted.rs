//! Which sockets the site has open now, as its state says.

use scaleout_model::names::{NodeName, ReplicaName};
use scaleout_sim_site::Site;
use scaleout_sim_site::explain::running_master;
use scaleout_sim_site::network::{reach, sql_listener};
use scaleout_sim_site::settings::master_settings;
use scaleout_sim_site::state::{Node, ResourceKind, ServiceProgram};
use std::collections::{BTreeMap, BTreeSet};

/// A socket of the site: address and port.
pub(super) type Place = (String, u16);

/// What answers at a socket. A process that was started again is another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// A machine's agent.
    Agent { node: NodeName },
    /// An instance, at its own address or behind a listener.
    Instance { replica: ReplicaName, started_ms: Option<i64> },
    /// A Scale Out Master.
    Master { node: NodeName, started_ms: Option<i64> },
}

/// All open sockets that a client outside of the site can reach.
pub(super) fn wanted(site: &Site) -> BTreeMap<Place, Wanted> {
    let mut doors = BTreeMap::new();
    let listeners: BTreeSet<u16> =
        site.groups.values().filter_map(|group| group.listener.as_ref()?.port).collect();
    for (name, node) in site.nodes.iter().filter(|(_, node)| node.up) {
        let open = |address: &str, port: u16| reach(site, None, address, port) == Ok(name);
        if node.agent_up && open(&node.address, node.agent_port) {
            let agent = Wanted::Agent { node: name.clone() };
            doors.insert((node.address.clone(), node.agent_port), agent);
        }
        let sql_ports: BTreeSet<u16> =
            node.instances.values().map(|instance| instance.port).chain(listeners.iter().copied()).collect();
        for address in held(site, name, node) {
            for port in sql_ports.iter().copied().filter(|port| open(&address, *port)) {
                if let Some(replica) = sql_listener(site, &address, port) {
                    let started_ms = engine_start(site, &replica);
                    doors.entry((address.clone(), port)).or_insert(Wanted::Instance { replica, started_ms });
                }
            }
            for port in master_ports(node).filter(|port| open(&address, *port)) {
                if let Some((service, _)) = running_master(site, name, port) {
                    let master = Wanted::Master { node: name.clone(), started_ms: service.started_ms };
                    doors.entry((address.clone(), port)).or_insert(master);
                }
            }
        }
    }
    doors
}

/// Addresses that a machine holds: its own, and those of online IP Address resources of groups that it owns.
fn held(site: &Site, name: &NodeName, node: &Node) -> Vec<String> {
    let groups = site.cluster.iter().flat_map(|cluster| cluster.groups.values());
    let online = groups
        .filter(|group| group.owner == *name)
        .flat_map(|group| group.resources.values())
        .filter(|resource| resource.is_online());
    let addresses = online.filter_map(|resource| match resource.in_force.as_deref() {
        Some(ResourceKind::IpAddress { address, .. }) => Some(address.clone()),
        _ => None,
    });
    std::iter::once(node.address.clone()).chain(addresses).collect()
}

fn engine_start(site: &Site, replica: &ReplicaName) -> Option<i64> {
    let (node, _) = site.instance(replica)?;
    node.service_of(&ServiceProgram::Engine(replica.instance()))?.1.started_ms
}

fn master_ports(node: &Node) -> impl Iterator<Item = u16> + '_ {
    let masters = node
        .services
        .values()
        .filter(|service| service.runs() && matches!(service.program, ServiceProgram::ScaleOutMaster(_)));
    masters.filter_map(|service| Some(master_settings(service.loaded_settings.as_ref()?.as_slice())?.port))
}

#[cfg(test)]
#[path = "wanted_tests.rs"]
mod tests;
