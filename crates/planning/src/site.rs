//! What holds for the site as a whole, whichever step asks: frozen or not, and what disrupts it now.

use scaleout_model::names::NodeName;
use scaleout_model::node::{GroupState, NodeState, Quorum};
use scaleout_model::observed::Observed;
use scaleout_model::op::Op;
use scaleout_model::reason::Reason;
use scaleout_model::sql::{AvailabilityMode, GroupFacts, ReplicaRole, SyncState};
use scaleout_model::verdict::WaitingOn;

/// Why the site is frozen, so that it is only observed: a node says that quorum is forced or not known, or two
/// replicas say that they are the primary.
pub fn frozen(observed: &Observed) -> Option<WaitingOn> {
    let clusters = observed.nodes.values().filter_map(|facts| facts.known()?.cluster.known());
    if let Some(cluster) = clusters.into_iter().find(|cluster| cluster.quorum != Quorum::Normal) {
        let message = format!("quorum of {} is {:?}", cluster.name, cluster.quorum);
        return Some(WaitingOn { reason: Reason::QuorumNotNormal, message });
    }
    let primaries = groups(observed).filter(|group| group.local_role.known() == Some(&ReplicaRole::Primary));
    (primaries.count() > 1).then(|| WaitingOn {
        reason: Reason::NoPrimary,
        message: "more than one replica says that it is the primary".to_owned(),
    })
}

/// What disrupts the site now, other than what `op` is there to mend: an op that runs at an agent, a node that is
/// not up, a role that is moving, a replica that is not connected or not synchronized.
pub fn under_way(op: &Op, observed: &Observed) -> Option<String> {
    let mended = match op {
        Op::Node { node, .. } => Some(node),
        Op::Sql { .. } | Op::GenerateCertificate { .. } => None,
    };
    running(observed)
        .or_else(|| cluster_trouble(observed, mended))
        .or_else(|| replica_trouble(observed, mended))
}

fn running(observed: &Observed) -> Option<String> {
    observed.nodes.iter().find_map(|(node, facts)| {
        let running = facts.known()?.agent.running.iter().find(|op| op.disruptive)?;
        Some(format!("{} on node {node}", running.op))
    })
}

fn cluster_trouble(observed: &Observed, mended: Option<&NodeName>) -> Option<String> {
    let clusters = observed.nodes.values().filter_map(|facts| facts.known()?.cluster.known());
    clusters.into_iter().find_map(|cluster| {
        let down = cluster.nodes.iter().find(|node| {
            node.state != NodeState::Up
                && observed.nodes.contains_key(&node.name)
                && mended != Some(&node.name)
        });
        let moving = cluster.roles.iter().find(|role| role.state == GroupState::Pending);
        down.map(|node| format!("the return of cluster node {}", node.name))
            .or_else(|| moving.map(|role| format!("the move of role {}", role.name)))
    })
}

fn replica_trouble(observed: &Observed, mended: Option<&NodeName>) -> Option<String> {
    let primary = groups(observed).find(|group| group.local_role.known() == Some(&ReplicaRole::Primary))?;
    let others = primary.replicas.iter().filter(|replica| mended != Some(&replica.name.machine()));
    others.into_iter().find_map(|replica| {
        if replica.connected.known() == Some(&false) {
            return Some(format!("the connection of replica {}", replica.name));
        }
        let lagging = primary.synchronization.iter().any(|state| {
            state.replica == replica.name
                && replica.availability_mode == AvailabilityMode::Synchronous
                && state.state != SyncState::Synchronized
        });
        lagging.then(|| format!("the synchronization of replica {}", replica.name))
    })
}

fn groups(observed: &Observed) -> impl Iterator<Item = &GroupFacts> {
    observed.instances.values().filter_map(|facts| facts.known()?.group.known())
}
