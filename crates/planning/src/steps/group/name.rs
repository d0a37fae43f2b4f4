//! The name of a listener that is still to be made is free in the cluster by its first 15 characters as well: the cluster
//! makes a NetBIOS name of them, and Windows has one of each. Writes nothing; nothing is written while it is taken.

use crate::step::step;
use crate::steps::view::{for_site, need_cluster};
use scaleout_model::desired::DesiredGroup;
use scaleout_model::fact::Fact;
use scaleout_model::names::{DnsName, RoleName};
use scaleout_model::node::{ClusterFacts, ResourceKind};
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::verdict::{Finding, Target};

/// Longest NetBIOS name.
const SHORT: usize = 15;

step!(ListenerNameFree for DesiredGroup, area "ListenerReady", after [super::cluster::ID]);

fn assess(desired: &DesiredGroup, observed: &Observed) -> Vec<Finding> {
    let is_new = match observed.primary() {
        Fact::Known(primary) => {
            let group = observed.instance(primary).and_then(|facts| facts.group.as_ref());
            group.and_then(|group| group.listener.as_ref()).is_absent()
        }
        Fact::Absent => true,
        Fact::Unknown(_) => false,
    };
    let nodes = desired.replicas.iter().map(|replica| &replica.node);
    let cluster = need_cluster(observed, &Target::Site, nodes).ok().filter(|_| is_new);
    let own = RoleName::new(desired.group.as_str());
    let taken = cluster.and_then(|(_, cluster)| taken_by(cluster, &desired.listener.dns_name, &own));
    for_site(judge_name(&desired.listener.dns_name, taken))
}

/// Judges a name by what has its first characters already.
pub fn judge_name(name: &DnsName, taken: Option<String>) -> crate::steps::view::Judged {
    let Some(other) = taken else { return Ok(Finding::converged(Target::Site)) };
    let message = format!("the first {SHORT} characters of {name} are those of {other}");
    Err(Finding::blocked(Target::Site, Reason::ShortNameTaken, message))
}

/// What in the cluster, outside of the role `own`, has the first 15 characters of a longer `name`.
pub fn taken_by(cluster: &ClusterFacts, name: &DnsName, own: &RoleName) -> Option<String> {
    if name.as_str().chars().count() <= SHORT {
        return None;
    }
    let roles = cluster.roles.iter().filter(|role| role.name != *own);
    let in_roles = roles.flat_map(|role| &role.resources).filter_map(|resource| match &resource.kind {
        ResourceKind::NetworkName { dns_name, .. } => Some(dns_name.as_str()),
        _ => None,
    });
    let nodes = cluster.nodes.iter().map(|node| node.name.as_str());
    let mut all = std::iter::once(cluster.name.as_str()).chain(nodes).chain(in_roles);
    all.find(|other| short(other) == short(name.as_str())).map(str::to_owned)
}

/// The first 15 characters of the first label, in lower case.
fn short(name: &str) -> String {
    name.split('.').next().unwrap_or_default().chars().take(SHORT).collect::<String>().to_lowercase()
}
