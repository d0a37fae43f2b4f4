//! FAILOVER_MODE becomes AUTOMATIC last, when credential and Always On support are proved on all replicas: before that a
//! failover of SSISDB is not supported. A replica that we created gets what spec wants (default AUTOMATIC with
//! synchronous commit, if spec names it); an adopted AUTOMATIC is left, with a warning while support is incomplete.

use crate::step::{on_replica, step};
use crate::steps::view::{Judged, for_replicas, need, need_primary};
use scaleout_model::desired::{DesiredGroup, DesiredReplica};
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::sql::{FailoverMode, ReplicaOption, SqlOp};
use scaleout_model::verdict::{Drift, Finding, Target, Verdict};

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
    let all = for_replicas(desired, |replica| judge(desired, observed, replica));
    let (acts, mut findings): (Vec<Finding>, Vec<Finding>) =
        all.into_iter().partition(|finding| matches!(finding.verdict, Verdict::Act(_)));
    // About the site: a failover leads from one replica to another, so all of them must have settled.
    let drift = acts.iter().flat_map(|finding| finding.drift.clone()).collect();
    findings.extend(acts.into_iter().next().map(|first| Finding { target: Target::Site, drift, ..first }));
    findings
}

fn judge(desired: &DesiredGroup, observed: &Observed, replica: &DesiredReplica) -> Judged {
    let target = Target::Replica(replica.name.clone());
    let (primary, _, group) = need_primary(observed, &target)?;
    let Some(facts) = group.replica(&replica.name) else { return Ok(Finding::converged(target)) };
    if facts.failover_mode == FailoverMode::Automatic {
        let catalog = need(&target, observed.catalog.as_ref(), "the catalog")?;
        let registered = |one: &DesiredReplica| catalog.replicas.iter().any(|(name, _)| *name == one.name);
        if let Some(other) = desired.replicas.iter().find(|one| !registered(one)) {
            let message = format!(
                "{} fails over automatically before {} is registered for Always On support",
                replica.name, other.name
            );
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
