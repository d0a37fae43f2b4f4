//! Replica options that spec names, one per statement, in the legal order: to asynchronous commit only after MANUAL
//! failover, to AUTOMATIC failover only after synchronous commit (35211) and last of all (`AutomaticFailover`).

use crate::step::{on_replica, step};
use crate::steps::view::{Judged, for_replicas, need_primary};
use scaleout_model::desired::{DesiredGroup, DesiredReplica};
use scaleout_model::observed::Observed;
use scaleout_model::sql::{AvailabilityMode, FailoverMode, ReplicaFacts, ReplicaOption, SqlOp};
use scaleout_model::verdict::{Drift, Finding, Target};

step!(ReplicaOptions for DesiredGroup, area "GroupReady", after [super::replicas::ID]);

fn assess(desired: &DesiredGroup, observed: &Observed) -> Vec<Finding> {
    for_replicas(desired, |replica| judge(desired, observed, replica))
}

fn judge(desired: &DesiredGroup, observed: &Observed, replica: &DesiredReplica) -> Judged {
    let target = Target::Replica(replica.name.clone());
    let (primary, _, group) = need_primary(observed, &target)?;
    let Some(facts) = group.replica(&replica.name) else { return Ok(Finding::converged(target)) };
    let Some((option, drift)) = replica.options.iter().find_map(|option| first_change(option, facts)) else {
        return Ok(Finding::converged(target));
    };
    let op = SqlOp::ModifyReplica { group: desired.group.clone(), replica: replica.name.clone(), option };
    Ok(Finding::act(target, drift, on_replica(primary, op)))
}

/// The change that `option` needs first, if any.
fn first_change(option: &ReplicaOption, facts: &ReplicaFacts) -> Option<(ReplicaOption, Drift)> {
    let drift = match option {
        ReplicaOption::EndpointUrl(wanted) => (!wanted.eq_ignore_ascii_case(&facts.endpoint_url))
            .then(|| Drift::between("endpointUrl", &facts.endpoint_url, wanted)),
        ReplicaOption::AvailabilityMode(wanted) => {
            let going_async = *wanted == AvailabilityMode::Asynchronous && facts.availability_mode != *wanted;
            if going_async && facts.failover_mode == FailoverMode::Automatic {
                let drift = Drift::between("failoverMode", "Automatic", "Manual before asynchronous commit");
                return Some((ReplicaOption::FailoverMode(FailoverMode::Manual), drift));
            }
            differs("availabilityMode", facts.availability_mode, *wanted)
        }
        ReplicaOption::FailoverMode(FailoverMode::Automatic) => None,
        ReplicaOption::FailoverMode(wanted) => differs("failoverMode", facts.failover_mode, *wanted),
        ReplicaOption::SeedingMode(wanted) => differs("seedingMode", facts.seeding_mode, *wanted),
        ReplicaOption::SessionTimeout(wanted) => {
            differs("sessionTimeoutSeconds", facts.session_timeout, *wanted)
        }
        ReplicaOption::BackupPriority(wanted) => differs("backupPriority", facts.backup_priority, *wanted),
        ReplicaOption::SecondaryConnections(wanted) => {
            differs("readableSecondary", facts.secondary_connections, *wanted)
        }
    };
    drift.map(|drift| (option.clone(), drift))
}

fn differs<T: PartialEq + std::fmt::Debug + Copy>(field: &str, seen: T, wanted: T) -> Option<Drift> {
    (seen != wanted).then(|| Drift::between(field, format!("{seen:?}"), format!("{wanted:?}")))
}
