//! The master's account is `ssis_admin` in SSISDB: every procedure that the master calls is granted to that role alone
//! (SSISDB 2019). The user travels with the database, so it is made on the primary.

use crate::step::{on_replica, step};
use crate::steps::view::{Judged, for_site, need, need_primary};
use scaleout_model::desired::DesiredMaster;
use scaleout_model::names::LoginName;
use scaleout_model::observed::Observed;
use scaleout_model::sql::SqlOp;
use scaleout_model::verdict::{Drift, Finding, Target};

step!(MasterCatalogAdmin for DesiredMaster, area "LoggingReady", after [super::logins::ID]);

fn assess(desired: &DesiredMaster, observed: &Observed) -> Vec<Finding> {
    for_site(judge(desired, observed))
}

fn judge(desired: &DesiredMaster, observed: &Observed) -> Judged {
    let target = Target::Site;
    let Some(account) = desired.account.account() else { return Ok(Finding::converged(target)) };
    let (primary, facts, _) = need_primary(observed, &target)?;
    let login = need(&target, facts.login(&LoginName::new(account.as_str())), "the master's login")?;
    let catalog = need(&target, observed.catalog.as_ref(), "the catalog")?;
    let users = need(&target, catalog.users.as_ref(), "the list of users")?;
    let admin = users.iter().any(|user| {
        user.sid.eq_ignore_ascii_case(&login.sid)
            && user.roles.iter().any(|role| role.eq_ignore_ascii_case("ssis_admin"))
    });
    if admin {
        return Ok(Finding::converged(target));
    }
    let op = on_replica(primary, SqlOp::GrantCatalogAdmin { account: account.clone() });
    Ok(Finding::act(target, Drift::missing(&format!("ssis_admin for {account}")), op))
}
