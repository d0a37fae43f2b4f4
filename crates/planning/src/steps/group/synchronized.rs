//! SSISDB is synchronized on every replica. Seeding is watched, and started again where it failed (19495: re-issue
//! SEEDING_MODE on the primary); suspended movement is for the one who suspended it.

use crate::step::{on_replica, step};
use crate::steps::view::{Judged, for_replicas, need_primary};
use scaleout_model::defaults::CATALOG_DATABASE;
use scaleout_model::desired::{DesiredGroup, DesiredReplica};
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::sql::{AvailabilityMode, GroupFacts, ReplicaOption, SeedingMode, SqlOp, SyncState};
use scaleout_model::verdict::{Drift, Finding, Target};

step!(CatalogSynchronized for DesiredGroup, area "GroupReady", after [super::membership::ID]);

fn assess(desired: &DesiredGroup, observed: &Observed) -> Vec<Finding> {
    for_replicas(desired, |replica| judge(desired, observed, replica))
}

fn judge(desired: &DesiredGroup, observed: &Observed, replica: &DesiredReplica) -> Judged {
    let target = Target::Replica(replica.name.clone());
    let wait = |reason, message| Err(Finding::waiting(target.clone(), reason, message));
    let (primary, _, group) = need_primary(observed, &target)?;
    let Some(facts) = group.replica(&replica.name) else {
        return wait(Reason::StepPending, format!("{} is not in the group yet", replica.name));
    };
    let state = group.sync(&replica.name, CATALOG_DATABASE);
    if let Some(why) = state.and_then(|state| state.suspended.as_ref()) {
        let message = format!("movement to {} is suspended: {why}", replica.name);
        return Err(Finding::blocked(target, Reason::DataMovementSuspended, message));
    }
    let wanted = match facts.availability_mode {
        AvailabilityMode::Synchronous => SyncState::Synchronized,
        AvailabilityMode::Asynchronous => SyncState::Synchronizing,
    };
    if state.is_some_and(|state| state.state == wanted || state.state == SyncState::Synchronized) {
        return Ok(Finding::converged(target));
    }
    if let Some(failure) = failed_seeding(group, replica) {
        let op = SqlOp::ModifyReplica {
            group: desired.group.clone(),
            replica: replica.name.clone(),
            option: ReplicaOption::SeedingMode(SeedingMode::Automatic),
        };
        let drift = Drift::between("seeding", format!("failed ({failure})"), "done");
        return Ok(Finding::act(target, drift, on_replica(primary, op)));
    }
    if facts.connected.known() == Some(&false) {
        let error = facts.connect_error.map_or_else(String::new, |number| format!(" (error {number})"));
        return wait(Reason::ReplicaNotConnected, format!("{} is not connected{error}", replica.name));
    }
    match state {
        None => wait(Reason::Seeding, format!("SSISDB is not on {} yet", replica.name)),
        Some(state) => {
            wait(Reason::NotSynchronized, format!("SSISDB on {} is {:?}", replica.name, state.state))
        }
    }
}

fn failed_seeding<'a>(group: &'a GroupFacts, replica: &DesiredReplica) -> Option<&'a str> {
    let seeding = group.seeding.iter().find(|seeding| seeding.replica == replica.name)?;
    (seeding.state.eq_ignore_ascii_case("FAILED")).then_some(seeding.failure.as_str())
}
