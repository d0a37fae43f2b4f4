//! Views that several steps of the master's teardown read.

use super::Teardown;
use crate::steps::deletion::unless_given_up;
use crate::steps::view::{Judged, need_cluster, settle};
use scaleout_model::desired::DesiredMaster;
use scaleout_model::names::{DnsName, NodeName};
use scaleout_model::node::{ClusterRole, ResourceKind};
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::verdict::{Finding, Target};

/// Key names of Scale Out Master services begin with this.
const MASTER_SERVICE: &str = "SSISScaleOutMaster";

/// The group of the role's name, as the cluster has it.
pub enum FoundRole<'a> {
    /// Positively the master's, and nothing else is in it.
    Ours {
        /// The role.
        role: &'a ClusterRole,
        /// A node whose agent can act on it.
        actor: &'a NodeName,
    },
    /// Another's that bears this name: left alone.
    Foreign,
    /// None.
    Absent,
}

/// The role, seen from a node that was not given up; with every node given up, nobody can say or do anything about it.
pub fn need_role<'a>(desired: &'a Teardown, observed: &'a Observed) -> Result<FoundRole<'a>, Finding> {
    let master = &desired.master;
    let mut nodes = master.nodes.iter().filter(|node| !desired.deletion.gave_up(observed, node)).peekable();
    if nodes.peek().is_none() {
        return Ok(FoundRole::Absent);
    }
    let (seen_from, cluster) = need_cluster(observed, &Target::Site, nodes)?;
    let Some(role) = cluster.role(&master.role) else { return Ok(FoundRole::Absent) };
    if !is_masters(role, master) {
        return Ok(FoundRole::Foreign);
    }
    if let Some(other) = role.resources.iter().find(|resource| !is_made_by_us(&resource.kind)) {
        let message =
            format!("role {} holds {} besides the master; take it out first", role.name, other.name);
        return Err(Finding::blocked(Target::Site, Reason::RoleConflict, message));
    }
    let owner_sees_it = observed.node(&role.owner).and_then(|facts| facts.cluster.as_ref()).known().is_some();
    let actor = if owner_sees_it { &role.owner } else { seen_from };
    Ok(FoundRole::Ours { role, actor })
}

/// Its Generic Service is a Scale Out Master; or, where its creation was cut off, it has no service of a name yet, and
/// our client access point. SQL Server's own groups never are.
fn is_masters(role: &ClusterRole, master: &DesiredMaster) -> bool {
    let mut named = false;
    for resource in &role.resources {
        match &resource.kind {
            ResourceKind::AvailabilityGroup => return false,
            ResourceKind::GenericService { service_name, .. } if is_master_service(service_name) => {
                return true;
            }
            ResourceKind::GenericService { service_name, .. } if !service_name.is_empty() => return false,
            ResourceKind::NetworkName { dns_name, .. } => {
                named |= DnsName::same_host(dns_name, &master.client_access_point);
            }
            _ => {}
        }
    }
    named
}

fn is_made_by_us(kind: &ResourceKind) -> bool {
    match kind {
        ResourceKind::GenericService { service_name, .. } => {
            service_name.is_empty() || is_master_service(service_name)
        }
        ResourceKind::NetworkName { .. } | ResourceKind::IpAddress { .. } => true,
        ResourceKind::AvailabilityGroup | ResourceKind::Other { .. } => false,
    }
}

fn is_master_service(name: &str) -> bool {
    name.get(..MASTER_SERVICE.len()).is_some_and(|head| head.eq_ignore_ascii_case(MASTER_SERVICE))
}

/// One finding for each node that was not given up.
pub fn for_hosts(
    desired: &Teardown,
    observed: &Observed,
    judge: impl Fn(&NodeName) -> Judged,
) -> Vec<Finding> {
    let nodes = desired.master.nodes.iter();
    nodes.map(|node| settle(unless_given_up(&desired.deletion, observed, node, || judge(node)))).collect()
}
