//! One database mirroring endpoint per instance, of whatever name, started: an existing one is adopted, else one
//! is created with Windows authentication and AES (CREATE ENDPOINT). Only one can exist, so a repeat adopts it.

use crate::step::{on_replica, step};
use crate::steps::view::{Judged, for_replicas, need_instance, need_or_absent};
use scaleout_model::desired::{DesiredGroup, DesiredReplica};
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::sql::SqlOp;
use scaleout_model::verdict::{Drift, Finding, Target};

step!(MirroringEndpoint for DesiredGroup, area "InstancesReady", after [super::hadr::ID]);

fn assess(desired: &DesiredGroup, observed: &Observed) -> Vec<Finding> {
    for_replicas(desired, |replica| judge(desired, observed, replica))
}

fn judge(desired: &DesiredGroup, observed: &Observed, replica: &DesiredReplica) -> Judged {
    let target = Target::Replica(replica.name.clone());
    let facts = need_instance(observed, &replica.name)?;
    let Some(endpoint) = need_or_absent(&target, facts.endpoint.as_ref())? else {
        let op = SqlOp::CreateEndpoint { name: desired.endpoint_name.clone(), port: desired.endpoint_port };
        return Ok(Finding::act(target, Drift::missing("endpoint"), on_replica(&replica.name, op)));
    };
    if !endpoint.partner || endpoint.encryption.eq_ignore_ascii_case("RC4") {
        let message =
            format!("endpoint {} on {} has no partner role or RC4 only", endpoint.name, replica.name);
        return Err(Finding::blocked(target, Reason::EndpointUnsuitable, message));
    }
    if !endpoint.started {
        let op = SqlOp::StartEndpoint { name: endpoint.name.clone() };
        let drift = Drift::between("endpoint.state", "stopped", "started");
        return Ok(Finding::act(target, drift, on_replica(&replica.name, op)));
    }
    Ok(Finding::converged(target))
}
