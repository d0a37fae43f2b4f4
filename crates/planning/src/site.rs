//! What holds for the site as a whole, whichever step asks.

use scaleout_model::node::Quorum;
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::sql::{GroupFacts, ReplicaRole};
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

fn groups(observed: &Observed) -> impl Iterator<Item = &GroupFacts> {
    observed.instances.values().filter_map(|facts| facts.known()?.group.known())
}
