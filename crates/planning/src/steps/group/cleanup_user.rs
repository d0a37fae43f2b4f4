//! The clean-up login's user in SSISDB may run the maintenance procedures and the failover monitor
//! (`ssis_failover_monitoring_agent`, EXECUTE on refresh_replica_status and update_replica_info; SQL-FineBuild).

use crate::step::{on_replica, step};
use crate::steps::view::{Judged, catalog_home, for_site, need, need_or_absent};
use scaleout_model::defaults::CLEANUP_LOGIN;
use scaleout_model::desired::DesiredGroup;
use scaleout_model::names::LoginName;
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::sql::SqlOp;
use scaleout_model::verdict::{Drift, Finding, Target};

step!(CleanupUser for DesiredGroup, area "AlwaysOnSupported", after [super::catalog_observer::ID]);

const MONITOR_ROLE: &str = "ssis_failover_monitoring_agent";

fn assess(desired: &DesiredGroup, observed: &Observed) -> Vec<Finding> {
    for_site(judge(desired, observed))
}

fn judge(desired: &DesiredGroup, observed: &Observed) -> Judged {
    let target = Target::Site;
    let (home, facts) = catalog_home(desired, observed)?;
    let Some(login) = need_or_absent(&target, facts.login(&LoginName::new(CLEANUP_LOGIN)))? else {
        return Err(Finding::waiting(target, Reason::StepPending, "the clean-up login comes first"));
    };
    let catalog = need(&target, observed.catalog.as_ref(), "the catalog")?;
    let users = need(&target, catalog.users.as_ref(), "the list of users")?;
    let right = users.iter().any(|user| {
        user.sid.eq_ignore_ascii_case(&login.sid)
            && user.roles.iter().any(|role| role.eq_ignore_ascii_case(MONITOR_ROLE))
    });
    let drift = if !right {
        Drift::missing("clean-up user in SSISDB")
    } else if *need(&target, catalog.monitor_granted.as_ref(), "the list of grants")? {
        return Ok(Finding::converged(target));
    } else {
        Drift::missing("EXECUTE on the failover monitor's procedures")
    };
    Ok(Finding::act(target, drift, on_replica(home, SqlOp::EnsureCleanupUser)))
}
