//! Every replica joined the group (JOIN, on the replica). A failed roll-back (41159) is a human's business.

use crate::step::{on_replica, step};
use crate::steps::view::{Judged, for_replicas, need_instance, need_primary};
use scaleout_model::desired::{DesiredGroup, DesiredReplica};
use scaleout_model::observed::Observed;
use scaleout_model::sql::{JoinState, SqlOp};
use scaleout_model::verdict::{Drift, Finding, Target};

step!(ReplicasJoined for DesiredGroup, area "GroupReady", after [super::replicas::ID]);

fn assess(desired: &DesiredGroup, observed: &Observed) -> Vec<Finding> {
    for_replicas(desired, |replica| judge(desired, observed, replica))
}

fn judge(desired: &DesiredGroup, observed: &Observed, replica: &DesiredReplica) -> Judged {
    let target = Target::Replica(replica.name.clone());
    let (primary, _, group) = need_primary(observed, &target)?;
    let joined = group.replica(&replica.name).is_some_and(|r| r.join_state == JoinState::Joined);
    if joined || *primary == replica.name {
        return Ok(Finding::converged(target));
    }
    need_instance(observed, &replica.name)?;
    let op = SqlOp::JoinReplica { group: desired.group.clone() };
    Ok(Finding::act(target, Drift::between("replica", "not joined", "joined"), on_replica(&replica.name, op)))
}
