//! The availability group exists: created on the catalog's home with the local replica only, FAILOVER_MODE MANUAL.
//! Leftovers of a failed creation, or a role of that name, stop it; nothing is ever dropped by us.

use crate::step::{on_replica, step};
use crate::steps::view::{Judged, catalog_home, for_site, need, need_cluster, need_or_absent, need_primary};
use scaleout_model::desired::{DesiredGroup, DesiredReplica};
use scaleout_model::names::{ReplicaName, RoleName};
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::sql::{FailoverMode, ReplicaSpec, SqlOp};
use scaleout_model::verdict::{Drift, Finding, Target};

step!(GroupExists for DesiredGroup, area "GroupReady", after [
    super::endpoint::ID,
    super::cluster_rights::ID,
    super::log_chain::ID,
    super::owner::ID,
]);

fn assess(desired: &DesiredGroup, observed: &Observed) -> Vec<Finding> {
    for_site(judge(desired, observed))
}

fn judge(desired: &DesiredGroup, observed: &Observed) -> Judged {
    let target = Target::Site;
    for replica in &desired.replicas {
        let facts = need(&target, observed.instance(&replica.name), "the instance")?;
        if need_or_absent(&target, facts.group.as_ref())?.is_some() {
            need_primary(observed, &target)?;
            return Ok(Finding::converged(target));
        }
    }
    let nodes = desired.replicas.iter().map(|replica| &replica.node);
    let (_, cluster) = need_cluster(observed, &target, nodes)?;
    let role = cluster.role(&RoleName::new(desired.group.as_str())).is_some();
    if role && cluster.availability_group(&desired.group).is_none() {
        let message = format!("the cluster has a role {} that is no availability group", desired.group);
        return Err(Finding::blocked(target, Reason::GroupOnOtherCluster, message));
    }
    if role {
        let message = format!("the cluster has a role {} and no instance knows the group", desired.group);
        return Err(Finding::blocked(target, Reason::GroupLeftover, message));
    }
    let (home, _) = catalog_home(desired, observed)?;
    let replica = local_spec(desired, observed, home)?;
    let op = SqlOp::CreateGroup { group: desired.group.clone(), options: desired.options.clone(), replica };
    Ok(Finding::act(target, Drift::missing("availability group"), on_replica(home, op)))
}

fn local_spec(
    desired: &DesiredGroup,
    observed: &Observed,
    home: &ReplicaName,
) -> Result<ReplicaSpec, Finding> {
    let replica = desired.replicas.iter().find(|replica| replica.name == *home).ok_or_else(|| {
        Finding::blocked(Target::Site, Reason::InvalidSpec, format!("{home} is not among spec's replicas"))
    })?;
    replica_spec(observed, replica)
}

/// The replica as it is created: MANUAL first; AUTOMATIC comes last, when support is proved.
pub fn replica_spec(observed: &Observed, replica: &DesiredReplica) -> Result<ReplicaSpec, Finding> {
    let target = Target::Replica(replica.name.clone());
    let facts = need(&target, observed.instance(&replica.name), "the instance")?;
    let endpoint = need(&target, facts.endpoint.as_ref(), "the endpoint")?;
    Ok(ReplicaSpec {
        name: replica.name.clone(),
        endpoint_url: format!("TCP://{}:{}", replica.sql_host, endpoint.port),
        availability_mode: replica.availability_mode,
        failover_mode: FailoverMode::Manual,
        seeding_mode: replica.seeding_mode,
    })
}
