//! Every replica is registered for SSIS Always On support in the catalog, the present primary with state 1: a primary
//! registered with 2 would make the monitor job report a failover (internal.refresh_replica_status, SSISDB 2019).

use crate::step::{on_replica, step};
use crate::steps::view::{Judged, for_replicas, need, need_primary};
use scaleout_model::desired::{DesiredGroup, DesiredReplica};
use scaleout_model::observed::Observed;
use scaleout_model::sql::SqlOp;
use scaleout_model::verdict::{Drift, Finding, Target};

step!(ReplicasRegistered for DesiredGroup, area "AlwaysOnSupported", after [
    super::synchronized::ID,
    super::catalog_observer::ID,
]);

/// `internal.alwayson_support_state.state` of the primary and of a secondary.
const PRIMARY: u8 = 1;
const SECONDARY: u8 = 2;

fn assess(desired: &DesiredGroup, observed: &Observed) -> Vec<Finding> {
    for_replicas(desired, |replica| judge(observed, replica))
}

fn judge(observed: &Observed, replica: &DesiredReplica) -> Judged {
    let target = Target::Replica(replica.name.clone());
    let catalog = need(&target, observed.catalog.as_ref(), "the catalog")?;
    if catalog.replicas.iter().any(|(name, _)| *name == replica.name) {
        return Ok(Finding::converged(target));
    }
    let (primary, _, _) = need_primary(observed, &target)?;
    let state = if *primary == replica.name { PRIMARY } else { SECONDARY };
    let op = SqlOp::RegisterReplica { replica: replica.name.clone(), state };
    Ok(Finding::act(target, Drift::missing("registration for Always On support"), on_replica(primary, op)))
}
