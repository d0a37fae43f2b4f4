//! The name of a client access point that is still to be made is free in the cluster by its first 15 characters as well.
//! Writes nothing; nothing is written while it is taken.

use crate::step::step;
use crate::steps::group::name::{judge_name, taken_by};
use crate::steps::view::{for_site, need_cluster};
use scaleout_model::desired::DesiredMaster;
use scaleout_model::node::ClusterRole;
use scaleout_model::observed::Observed;
use scaleout_model::verdict::{Finding, Target};

step!(AccessPointNameFree for DesiredMaster, area "RoleOnline", after [super::agents::ID]);

fn assess(desired: &DesiredMaster, observed: &Observed) -> Vec<Finding> {
    let cluster = need_cluster(observed, &Target::Site, desired.nodes.iter()).ok();
    let new = cluster
        .filter(|(_, cluster)| cluster.role(&desired.role).and_then(ClusterRole::network_name).is_none());
    let name = &desired.client_access_point;
    for_site(judge_name(name, new.and_then(|(_, cluster)| taken_by(cluster, name, &desired.role))))
}
