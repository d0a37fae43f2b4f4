//! The one disruptive slot of a site, derived from what is observed, so that it survives a crash: a running op, a node that
//! is not up, a role on its way, a replica that is not connected or not synchronized.

use scaleout_model::defaults::CATALOG_DATABASE;
use scaleout_model::fact::Fact;
use scaleout_model::names::NodeName;
use scaleout_model::node::{ClusterFacts, GroupState, NodeState};
use scaleout_model::observed::Observed;
use scaleout_model::sql::{AvailabilityMode, GroupFacts, SyncState};

/// What disrupts the site now, in words; `None`: the slot is free. Trouble of `mended`, the node that the op in question
/// is about, does not count: the op may be what ends it.
pub fn disruption_in_flight(observed: &Observed, mended: Option<&NodeName>) -> Option<String> {
    running_op(observed).or_else(|| unsettled_cluster(cluster(observed)?, mended)).or_else(|| {
        let Fact::Known(primary) = observed.primary() else { return None };
        unsettled_group(observed.instances.get(primary)?.known()?.group.known()?, mended)
    })
}

fn running_op(observed: &Observed) -> Option<String> {
    observed.nodes.iter().find_map(|(node, facts)| {
        let running = facts.known()?.agent.running.iter().find(|op| op.disruptive)?;
        Some(format!("{} on node {node}", running.op))
    })
}

fn cluster(observed: &Observed) -> Option<&ClusterFacts> {
    observed.nodes.values().find_map(|facts| facts.known()?.cluster.known())
}

fn unsettled_cluster(cluster: &ClusterFacts, mended: Option<&NodeName>) -> Option<String> {
    let node = cluster.nodes.iter().find(|node| node.state != NodeState::Up && mended != Some(&node.name));
    let role = cluster.roles.iter().find(|role| role.state == GroupState::Pending);
    node.map(|node| format!("cluster node {} is {:?}", node.name, node.state))
        .or_else(|| role.map(|role| format!("role {} is on its way", role.name)))
}

fn unsettled_group(group: &GroupFacts, mended: Option<&NodeName>) -> Option<String> {
    if !group.databases.iter().any(|name| name.eq_ignore_ascii_case(CATALOG_DATABASE)) {
        return None;
    }
    let others = group.replicas.iter().filter(|replica| mended != Some(&replica.name.machine()));
    others.into_iter().find_map(|replica| {
        let sync = group.sync(&replica.name, CATALOG_DATABASE).map(|sync| sync.state);
        let settled = match replica.availability_mode {
            AvailabilityMode::Synchronous => sync == Some(SyncState::Synchronized),
            AvailabilityMode::Asynchronous => {
                matches!(sync, Some(SyncState::Synchronizing | SyncState::Synchronized))
            }
        };
        (!settled || replica.connected.known() == Some(&false))
            .then(|| format!("replica {} is not connected and synchronized", replica.name))
    })
}
