//! Every replica in spec is in the group (ADD REPLICA on the primary). A replica that spec does not name is reported
//! and left. Idempotent: 35282 says that it is there.

use crate::step::{on_replica, step};
use crate::steps::view::{Judged, need_primary, settle};
use scaleout_model::desired::{DesiredGroup, DesiredReplica};
use scaleout_model::observed::Observed;
use scaleout_model::sql::SqlOp;
use scaleout_model::verdict::{Drift, Finding, Target};

step!(ReplicasAdded for DesiredGroup, area "GroupReady", after [super::existence::ID, super::endpoint_access::ID]);

fn assess(desired: &DesiredGroup, observed: &Observed) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        desired.replicas.iter().map(|replica| settle(judge(desired, observed, replica))).collect();
    findings.extend(unmanaged(desired, observed));
    findings
}

fn judge(desired: &DesiredGroup, observed: &Observed, replica: &DesiredReplica) -> Judged {
    let target = Target::Replica(replica.name.clone());
    let (primary, _, group) = need_primary(observed, &target)?;
    if group.replica(&replica.name).is_some() {
        return Ok(Finding::converged(target));
    }
    let replica = super::existence::replica_spec(observed, replica)?;
    let op = SqlOp::AddReplica { group: desired.group.clone(), replica };
    Ok(Finding::act(target, Drift::missing("replica"), on_replica(primary, op)))
}

fn unmanaged(desired: &DesiredGroup, observed: &Observed) -> Vec<Finding> {
    let Ok((_, _, group)) = need_primary(observed, &Target::Site) else { return Vec::new() };
    let named = |name: &scaleout_model::names::ReplicaName| {
        desired.replicas.iter().any(|replica| replica.name == *name)
    };
    let extra = group.replicas.iter().filter(|replica| !named(&replica.name));
    extra
        .map(|replica| {
            let message = format!("replica {} is not in spec", replica.name);
            Finding::unmanaged(Target::Replica(replica.name.clone()), message)
        })
        .collect()
}
