//! What holds for the site as a whole, whichever step asks.

use scaleout_model::fact::Fact;
use scaleout_model::node::Quorum;
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::sql::{GroupFacts, ReplicaRole};
use scaleout_model::verdict::WaitingOn;

/// Why the site is frozen, so that it is only observed (domain: safety rules of availability groups): a node says that
/// quorum is forced or not known, two replicas say that they are the primary or none of the group's does, or their
/// instances are of different major versions.
pub fn frozen(observed: &Observed) -> Option<WaitingOn> {
    let clusters = observed.nodes.values().filter_map(|facts| facts.known()?.cluster.known());
    if let Some(cluster) = clusters.into_iter().find(|cluster| cluster.quorum != Quorum::Normal) {
        let message = format!("quorum of {} is {:?}", cluster.name, cluster.quorum);
        return Some(WaitingOn { reason: Reason::QuorumNotNormal, message });
    }
    let no_primary =
        |message: &str| Some(WaitingOn { reason: Reason::NoPrimary, message: message.to_owned() });
    let primaries = groups(observed).filter(|group| is_primary(group)).count();
    if primaries > 1 {
        return no_primary("more than one replica says that it is the primary");
    }
    // All that were asked answered, are in the group, and know their role.
    let known = groups(observed).filter(|group| group.local_role.known().is_some()).count();
    if primaries == 0 && known > 0 && known == observed.instances.len() {
        return no_primary("the group exists, all replicas answer, and none is the primary");
    }
    skew(observed)
}

fn skew(observed: &Observed) -> Option<WaitingOn> {
    let mut all = observed.instances.values().filter_map(Fact::known);
    let first = all.next()?;
    let other = all.find(|other| other.major != first.major)?;
    let [one, two] =
        [first, other].map(|facts| format!("{} is {}", facts.server_name, facts.product_version));
    Some(WaitingOn { reason: Reason::VersionDiffers, message: format!("{one}, {two}") })
}

fn is_primary(group: &GroupFacts) -> bool {
    group.local_role.known() == Some(&ReplicaRole::Primary)
}

fn groups(observed: &Observed) -> impl Iterator<Item = &GroupFacts> {
    observed.instances.values().filter_map(|facts| facts.known()?.group.known())
}
