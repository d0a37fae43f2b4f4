//! The disabled clean-up login owns the Agent jobs. It exists everywhere with one SID: that of the primary's, since its
//! user travels with SSISDB.

use crate::step::{on_replica, step};
use crate::steps::view::{Judged, catalog_home, for_replicas, need_instance, need_or_absent};
use scaleout_model::defaults::CLEANUP_LOGIN;
use scaleout_model::desired::{DesiredGroup, DesiredReplica};
use scaleout_model::names::LoginName;
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::sql::SqlOp;
use scaleout_model::verdict::{Drift, Finding, Target};

step!(CleanupLogin for DesiredGroup, area "AlwaysOnSupported", after [super::catalog::ID]);

fn assess(desired: &DesiredGroup, observed: &Observed) -> Vec<Finding> {
    for_replicas(desired, |replica| judge(desired, observed, replica))
}

fn judge(desired: &DesiredGroup, observed: &Observed, replica: &DesiredReplica) -> Judged {
    let target = Target::Replica(replica.name.clone());
    let login = LoginName::new(CLEANUP_LOGIN);
    let facts = need_instance(observed, &replica.name)?;
    if need_or_absent(&target, facts.login(&login))?.is_some() {
        return Ok(Finding::converged(target));
    }
    let (home, home_facts) = catalog_home(desired, observed)?;
    let sid = need_or_absent(&target, home_facts.login(&login))?.map(|login| login.sid.clone());
    if sid.is_none() && *home != replica.name {
        let message = format!("the clean-up login is made on {home} first");
        return Err(Finding::waiting(target, Reason::StepPending, message));
    }
    let op = on_replica(&replica.name, SqlOp::CreateCleanupLogin { sid });
    Ok(Finding::act(target, Drift::missing("clean-up login"), op))
}
