//! FAILOVER_MODE becomes AUTOMATIC last, when credential and Always On support are proved on both replicas: before that a
//! failover of SSISDB is not supported. A replica that we created gets what spec wants (default AUTOMATIC with
//! synchronous commit, if spec names it); an adopted AUTOMATIC is left, with a warning while support is incomplete.

use crate::step::{on_replica, step};
use crate::steps::view::{Judged, for_replicas, need, need_primary};
use scaleout_model::desired::{DesiredGroup, DesiredReplica};
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::sql::{FailoverMode, ReplicaOption, SqlOp};
use scaleout_model::verdict::{Drift, Finding, Target};

step!(AutomaticFailover for DesiredGroup, area "GroupReady", after [
    super::credential::ID,
    super::registered::ID,
    super::clr::ID,
    super::assembly::ID,
    super::startup::ID,
    super::cleanup_login::ID,
    super::cleanup_user::ID,
    super::jobs::ID,
    super::sql_agent::ID,
    super::replica_options::ID,
    super::synchronized::ID,
]);

fn assess(desired: &DesiredGroup, observed: &Observed) -> Vec<Finding> {
    for_replicas(desired, |replica| judge(desired, observed, replica))
}

fn judge(desired: &DesiredGroup, observed: &Observed, replica: &DesiredReplica) -> Judged {
    let target = Target::Replica(replica.name.clone());
    let (primary, _, group) = need_primary(observed, &target)?;
    let Some(facts) = group.replica(&replica.name) else { return Ok(Finding::converged(target)) };
    if facts.failover_mode == FailoverMode::Automatic {
        let catalog = need(&target, observed.catalog.as_ref(), "the catalog")?;
        if !catalog.replicas.iter().any(|(name, _)| *name == replica.name) {
            let message =
                format!("{} fails over automatically before Always On support is there", replica.name);
            return Ok(Finding::warned(target, Reason::FailoverBeforeSupport, message));
        }
        return Ok(Finding::converged(target));
    }
    let wanted = replica.failover_mode_given && replica.failover_mode == FailoverMode::Automatic;
    if !wanted {
        return Ok(Finding::converged(target));
    }
    let op = SqlOp::ModifyReplica {
        group: desired.group.clone(),
        replica: replica.name.clone(),
        option: ReplicaOption::FailoverMode(FailoverMode::Automatic),
    };
    Ok(Finding::act(target, Drift::between("failoverMode", "Manual", "Automatic"), on_replica(primary, op)))
}
