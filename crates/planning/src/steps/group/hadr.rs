//! Always On is switched on for each instance, one instance at a time, through SQL Server's own provider (never
//! by registry alone) with a restart of the instance. Idempotent: the agent does nothing when it is on.

use crate::step::{on_node, step};
use crate::steps::view::{Judged, for_replicas, need_instance};
use scaleout_model::desired::{DesiredGroup, DesiredReplica};
use scaleout_model::node::NodeOp;
use scaleout_model::observed::Observed;
use scaleout_model::verdict::{Drift, Finding, Target};

step!(HadrEnabled for DesiredGroup, area "InstancesReady", after [super::logins::ID, super::prerequisites::ID]);

fn assess(desired: &DesiredGroup, observed: &Observed) -> Vec<Finding> {
    for_replicas(desired, |replica| judge(observed, replica))
}

fn judge(observed: &Observed, replica: &DesiredReplica) -> Judged {
    let target = Target::Replica(replica.name.clone());
    if need_instance(observed, &replica.name)?.hadr_enabled {
        return Ok(Finding::converged(target));
    }
    let op = NodeOp::EnableHadr { instance: replica.name.instance() };
    Ok(Finding::act(target, Drift::between("hadrEnabled", "off", "on"), on_node(&replica.node, op)))
}
