//! A secondary that is seeded automatically may create databases for the group (GRANT CREATE ANY DATABASE, as the
//! operator's login, which then owns the copy). Nothing shows the grant, so evidence keeps it, by the group's id;
//! a replica that has its copy needs none.

use crate::step::{on_replica, step};
use crate::steps::view::{Judged, for_replicas, need_instance, need_or_absent, need_primary};
use scaleout_model::desired::{DesiredGroup, DesiredReplica};
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::sql::{EvidencePurpose, SeedingMode, SqlOp};
use scaleout_model::verdict::{Drift, Finding, Target};

step!(SeedingGranted for DesiredGroup, area "GroupReady", after [super::join::ID]);

fn assess(desired: &DesiredGroup, observed: &Observed) -> Vec<Finding> {
    for_replicas(desired, |replica| judge(desired, observed, replica))
}

fn judge(desired: &DesiredGroup, observed: &Observed, replica: &DesiredReplica) -> Judged {
    let target = Target::Replica(replica.name.clone());
    let (primary, _, group) = need_primary(observed, &target)?;
    let automatic = group.replica(&replica.name).is_some_and(|r| r.seeding_mode == SeedingMode::Automatic);
    if *primary == replica.name || !automatic {
        return Ok(Finding::converged(target));
    }
    let facts = need_instance(observed, &replica.name)?;
    if let Some(database) = need_or_absent(&target, facts.catalog_database.as_ref())? {
        if !database.in_group {
            let message = format!("{} has an SSISDB of its own that is not in the group", replica.name);
            return Err(Finding::blocked(target, Reason::StraySsisdbOnSecondary, message));
        }
        return Ok(Finding::converged(target));
    }
    let name = replica.name.as_str();
    if observed.evidence_holds(EvidencePurpose::SeedingGranted, name, "", &group.group_id) {
        return Ok(Finding::converged(target));
    }
    let op = SqlOp::GrantSeeding { group: desired.group.clone() };
    Ok(Finding::act(
        target,
        Drift::missing("CREATE ANY DATABASE for the group"),
        on_replica(&replica.name, op),
    ))
}
