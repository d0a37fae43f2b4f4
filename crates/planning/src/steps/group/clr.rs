//! `clr enabled` is on everywhere: the catalog's code is CLR (sp_configure; the setting does not travel).

use crate::step::{on_replica, step};
use crate::steps::view::{Judged, for_replicas, need, need_instance};
use scaleout_model::desired::{DesiredGroup, DesiredReplica};
use scaleout_model::observed::Observed;
use scaleout_model::sql::SqlOp;
use scaleout_model::verdict::{Drift, Finding, Target};

step!(ClrEnabled for DesiredGroup, area "AlwaysOnSupported", after [super::hadr::ID]);

fn assess(desired: &DesiredGroup, observed: &Observed) -> Vec<Finding> {
    for_replicas(desired, |replica| judge(observed, replica))
}

fn judge(observed: &Observed, replica: &DesiredReplica) -> Judged {
    let target = Target::Replica(replica.name.clone());
    let facts = need_instance(observed, &replica.name)?;
    if *need(&target, facts.support.clr_enabled.as_ref(), "the setting of clr enabled")? {
        return Ok(Finding::converged(target));
    }
    let op = on_replica(&replica.name, SqlOp::EnableClr);
    Ok(Finding::act(target, Drift::between("clr enabled", 0, 1), op))
}
