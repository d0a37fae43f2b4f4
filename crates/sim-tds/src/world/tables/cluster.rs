//! The failover cluster as an instance with Always On sees it ([DMV-CLUSTER], [DMV-CM]), and what it listens on.

use super::group::local_groups;
use super::replica_state::listens;
use crate::engine::Table;
use crate::world::seen::Seen;
use crate::world::sheet::{BIT, DATE, INT, Moment, TINY, sheet, text};
use scaleout_model::node::NodeState;
use scaleout_sim_site::state::{Cluster, EndpointState};

pub(super) fn table(seen: &Seen<'_>, object: &str) -> Option<Table> {
    Some(match object {
        "dm_hadr_cluster" => cluster(seen),
        "dm_hadr_cluster_members" => members(seen),
        "dm_hadr_availability_replica_cluster_nodes" => replica_nodes(seen),
        "dm_tcp_listener_states" => tcp_listeners(seen),
        _ => return None,
    })
}

/// The cluster, where Always On runs on a member and there is quorum.
fn own_cluster<'a>(seen: &Seen<'a>) -> Option<&'a Cluster> {
    let cluster = seen.site.cluster.as_ref()?;
    let member = seen.instance.hadr_in_use && cluster.nodes.contains_key(&seen.replica.machine());
    (member && cluster.has_quorum()).then_some(cluster)
}

fn cluster(seen: &Seen<'_>) -> Table {
    sheet!(own_cluster(seen), cluster => {
        cluster_name: text(128) => &cluster.name,
        quorum_type: TINY => if cluster.witness { 2_u8 } else { 0 },
        quorum_type_desc: text(60) => if cluster.witness { "NODE_AND_FILE_SHARE_MAJORITY" } else { "NODE_MAJORITY" },
        quorum_state: TINY => if cluster.forced_quorum { 2_u8 } else { 1 },
        quorum_state_desc: text(60) => if cluster.forced_quorum { "FORCED_QUORUM" } else { "NORMAL_QUORUM" },
    })
}

fn members(seen: &Seen<'_>) -> Table {
    let rows: Vec<(String, u8, bool)> = own_cluster(seen)
        .into_iter()
        .flat_map(|cluster| {
            let up = |state: NodeState| matches!(state, NodeState::Up | NodeState::Paused);
            let nodes =
                cluster.nodes.iter().map(move |(name, member)| (name.to_string(), 0_u8, up(member.state)));
            nodes.chain(cluster.witness.then(|| ("File Share Witness".to_owned(), 2, true)))
        })
        .collect();
    sheet!(rows, (name, kind, up) => {
        member_name: text(128) => name,
        member_type: TINY => kind,
        member_type_desc: text(60) => if kind == 0 { "CLUSTER_NODE" } else { "FILE_SHARE_WITNESS" },
        member_state: TINY => u8::from(up),
        member_state_desc: text(60) => if up { "UP" } else { "DOWN" },
        number_of_quorum_votes: INT => 1,
    })
}

fn replica_nodes(seen: &Seen<'_>) -> Table {
    let groups = seen.site.groups.iter().filter(|_| own_cluster(seen).is_some());
    let rows = groups.flat_map(|(name, group)| group.replicas.keys().map(move |replica| (name, replica)));
    sheet!(rows, (group, replica) => {
        group_name: text(256) => group.as_str(),
        replica_server_name: text(256) => replica.as_str(),
        node_name: text(256) => replica.machine().as_str(),
    })
}

/// The instance's own port, its mirroring endpoint, and the listener of each group where it is primary.
fn tcp_listeners(seen: &Seen<'_>) -> Table {
    let mut rows: Vec<(String, u16, u8, bool)> = vec![("0.0.0.0".to_owned(), seen.instance.port, 0, true)];
    let endpoints = seen.instance.endpoints.values();
    rows.extend(endpoints.map(|e| ("0.0.0.0".to_owned(), e.port, 2, e.state == EndpointState::Started)));
    for (_, group) in local_groups(seen).filter(|(_, group)| listens(seen, group)) {
        let listener = group.listener.iter().filter_map(|listener| Some((listener, listener.port?)));
        for (listener, port) in listener {
            rows.extend(listener.addresses.keys().map(|address| (address.clone(), port, 0, true)));
        }
    }
    sheet!(rows.into_iter().zip(1..), ((address, port, kind, online), id) => {
        listener_id: INT => id,
        ip_address: text(48) => address,
        is_ipv4: BIT => true,
        port: INT => port,
        type: TINY => kind,
        type_desc: text(20) => if kind == 0 { "TSQL" } else { "DATABASE_MIRRORING" },
        state: TINY => u8::from(!online),
        state_desc: text(16) => if online { "ONLINE" } else { "PENDING_RESTART" },
        start_time: DATE => Moment(0),
    })
}
