//! Both Agent jobs exist on every replica, enabled, scheduled and with their steps. One that somebody disabled is
//! drift. Idempotent: a job of that name is corrected, not doubled.

use crate::step::{on_replica, step};
use crate::steps::view::{Judged, for_replicas, need_instance, need_or_absent};
use scaleout_model::desired::{DesiredGroup, DesiredReplica};
use scaleout_model::fact::Fact;
use scaleout_model::observed::Observed;
use scaleout_model::sql::{JobFacts, SqlOp};
use scaleout_model::verdict::{Drift, Finding, Target};

step!(AgentJobs for DesiredGroup, area "AlwaysOnSupported", after [
    super::job_observer::ID,
    super::cleanup_login::ID,
    super::catalog::ID,
]);

/// Steps of the jobs as the product makes them.
const MONITOR_STEPS: u32 = 1;
const MAINTENANCE_STEPS: u32 = 2;

fn assess(desired: &DesiredGroup, observed: &Observed) -> Vec<Finding> {
    for_replicas(desired, |replica| judge(observed, replica))
}

fn judge(observed: &Observed, replica: &DesiredReplica) -> Judged {
    let target = Target::Replica(replica.name.clone());
    let support = &need_instance(observed, &replica.name)?.support;
    if !is_right(&target, support.failover_job.as_ref(), MONITOR_STEPS)? {
        let op = on_replica(&replica.name, SqlOp::EnsureFailoverJob);
        return Ok(Finding::act(target, Drift::missing("failover monitor job as it should be"), op));
    }
    if !is_right(&target, support.maintenance_job.as_ref(), MAINTENANCE_STEPS)? {
        let op = on_replica(&replica.name, SqlOp::EnsureMaintenanceJob);
        return Ok(Finding::act(target, Drift::missing("maintenance job as it should be"), op));
    }
    Ok(Finding::converged(target))
}

fn is_right(target: &Target, job: Fact<&JobFacts>, steps: u32) -> Result<bool, Finding> {
    let job = need_or_absent(target, job)?;
    Ok(job.is_some_and(|job| job.enabled && job.scheduled && job.steps >= steps && !job.owner.is_absent()))
}
