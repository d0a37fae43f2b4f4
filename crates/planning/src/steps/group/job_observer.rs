//! The observer may read msdb's job tables on every replica. Idempotent: user and grants are looked for first.

use crate::step::{on_replica, step};
use crate::steps::view::{Judged, for_replicas, need_instance};
use scaleout_model::desired::{DesiredGroup, DesiredReplica};
use scaleout_model::observed::Observed;
use scaleout_model::sql::SqlOp;
use scaleout_model::verdict::{Drift, Finding, Target};

step!(JobObserver for DesiredGroup, area "AlwaysOnSupported", after [super::hadr::ID]);

fn assess(desired: &DesiredGroup, observed: &Observed) -> Vec<Finding> {
    for_replicas(desired, |replica| judge(desired, observed, replica))
}

fn judge(desired: &DesiredGroup, observed: &Observed, replica: &DesiredReplica) -> Judged {
    let target = Target::Replica(replica.name.clone());
    if need_instance(observed, &replica.name)?.rights.jobs {
        return Ok(Finding::converged(target));
    }
    let op = SqlOp::EnsureJobObserver { login: desired.observer.clone() };
    Ok(Finding::act(target, Drift::missing("the observer's user in msdb"), on_replica(&replica.name, op)))
}
