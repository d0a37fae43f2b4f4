//! `master.dbo.sp_ssis_startup` exists everywhere and runs at startup (the catalog's own set-up makes it on the first
//! instance only).

use crate::step::{on_replica, step};
use crate::steps::view::{Judged, for_replicas, need_instance, need_or_absent};
use scaleout_model::desired::{DesiredGroup, DesiredReplica};
use scaleout_model::observed::Observed;
use scaleout_model::sql::SqlOp;
use scaleout_model::verdict::{Drift, Finding, Target};

step!(StartupProcedure for DesiredGroup, area "AlwaysOnSupported", after [super::catalog::ID]);

fn assess(desired: &DesiredGroup, observed: &Observed) -> Vec<Finding> {
    for_replicas(desired, |replica| judge(observed, replica))
}

fn judge(observed: &Observed, replica: &DesiredReplica) -> Judged {
    let target = Target::Replica(replica.name.clone());
    let facts = need_instance(observed, &replica.name)?;
    if need_or_absent(&target, facts.support.startup_procedure.as_ref())? == Some(&true) {
        return Ok(Finding::converged(target));
    }
    let op = on_replica(&replica.name, SqlOp::EnsureStartupProcedure);
    Ok(Finding::act(target, Drift::missing("sp_ssis_startup at startup"), op))
}
