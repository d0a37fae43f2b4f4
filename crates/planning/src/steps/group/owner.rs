//! SSISDB has one owner that every replica resolves: equal owners are left; else the operator's login, which has one
//! SID everywhere, becomes the owner where the replica is primary. A secondary's copy can only be changed when it
//! is primary next: `CatalogOwnerDrift`; we never fail over for it (automatic seeding; sqlskills on CLR after failover).

use crate::step::{on_replica, step};
use crate::steps::view::{catalog_home, need_sid, unreadable};
use scaleout_model::desired::DesiredGroup;
use scaleout_model::fact::Fact;
use scaleout_model::names::ReplicaName;
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::sql::{InstanceFacts, SqlOp};
use scaleout_model::verdict::{Drift, Finding, Target};

step!(CatalogOwner for DesiredGroup, area "CatalogReady", after [super::catalog::ID]);

fn assess(desired: &DesiredGroup, observed: &Observed) -> Vec<Finding> {
    match catalog_home(desired, observed) {
        Ok((home, _)) => desired
            .replicas
            .iter()
            .filter_map(|replica| judge(desired, observed, &replica.name, home))
            .collect(),
        Err(finding) => vec![finding],
    }
}

/// `None` where the replica has no copy, or does not answer (another step says so).
fn judge(
    desired: &DesiredGroup,
    observed: &Observed,
    replica: &ReplicaName,
    home: &ReplicaName,
) -> Option<Finding> {
    let target = Target::Replica(replica.clone());
    let facts = *observed.instance(replica).known()?;
    let database = facts.catalog_database.known()?;
    if is_shared_owner(desired, observed, &database.owner_sid) {
        return Some(Finding::converged(target));
    }
    let wanted = match need_sid(&target, facts, &desired.operator, Reason::OperatorLoginMissing) {
        Ok(sid) => sid,
        Err(finding) => return Some(finding),
    };
    if let Fact::Unknown(cause) = database.owner.as_ref() {
        return Some(unreadable(&target, &cause));
    }
    if database.owner_sid.eq_ignore_ascii_case(wanted) {
        return Some(Finding::converged(target));
    }
    let drift = Drift::between("owner of SSISDB", &database.owner_sid, &desired.operator);
    if replica == home {
        return Some(Finding::act(target, drift, on_replica(replica, SqlOp::OwnCatalog)));
    }
    let message = format!("SSISDB on {replica} belongs to another login than on the primary");
    Some(Finding::warned(target, Reason::CatalogOwnerDrift, message).with_drift(drift))
}

/// Whether every copy has this owner, and every instance resolves it.
fn is_shared_owner(desired: &DesiredGroup, observed: &Observed, sid: &str) -> bool {
    desired.replicas.iter().filter_map(|replica| observed.instance(&replica.name).known().copied()).all(
        |facts: &InstanceFacts| {
            facts.catalog_database.known().is_none_or(|database| {
                database.owner_sid.eq_ignore_ascii_case(sid) && database.owner.known().is_some()
            })
        },
    )
}
