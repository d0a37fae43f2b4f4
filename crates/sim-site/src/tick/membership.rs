//! Which members of the cluster are up.

use crate::state::Site;
use scaleout_model::node::NodeState;

/// A member is up while its machine and its cluster service run; `Paused` is by hand.
pub(super) fn settle(site: &mut Site) {
    let Some(cluster) = site.cluster.as_mut() else { return };
    for (name, member) in &mut cluster.nodes {
        let runs = member.service_up && site.nodes.get(name).is_some_and(|node| node.up);
        member.state = match (runs, member.state) {
            (false, _) => NodeState::Down,
            (true, NodeState::Paused) => NodeState::Paused,
            (true, _) => NodeState::Up,
        };
    }
}
