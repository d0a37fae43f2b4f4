//! SSISDB is fit to join a group: FULL recovery, multi-user, read-write, no AUTO_CLOSE (prerequisites of
//! availability databases). Only the recovery model is set by us, and only outside of a group (1468).

use crate::step::{on_replica, step};
use crate::steps::view::{Judged, catalog_home, for_site, need};
use scaleout_model::desired::DesiredGroup;
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::sql::SqlOp;
use scaleout_model::verdict::{Drift, Finding, Target};

step!(RecoveryFull for DesiredGroup, area "CatalogReady", after [super::catalog::ID]);

fn assess(desired: &DesiredGroup, observed: &Observed) -> Vec<Finding> {
    for_site(judge(desired, observed))
}

fn judge(desired: &DesiredGroup, observed: &Observed) -> Judged {
    let target = Target::Site;
    let (home, facts) = catalog_home(desired, observed)?;
    let database = need(&target, facts.catalog_database.as_ref(), "SSISDB")?;
    if database.in_group {
        return Ok(Finding::converged(target));
    }
    if !database.bars.is_empty() {
        let message = format!("SSISDB on {home}: {}", database.bars.join(", "));
        return Err(Finding::blocked(target, Reason::CatalogUnsuitable, message));
    }
    if database.recovery_model.eq_ignore_ascii_case("FULL") {
        return Ok(Finding::converged(target));
    }
    let drift = Drift::between("SSISDB recovery model", &database.recovery_model, "FULL");
    Ok(Finding::act(target, drift, on_replica(home, SqlOp::SetRecoveryFull)))
}
