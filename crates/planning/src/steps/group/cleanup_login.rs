//! The disabled clean-up login owns the Agent jobs and may see the server's state. It exists everywhere with one SID: that
//! of the primary's, since its user travels with SSISDB. One with another SID is for people: it owns jobs (15170).

use crate::step::{on_replica, step};
use crate::steps::view::{Judged, catalog_home, for_replicas, need, need_instance, need_or_absent};
use scaleout_model::defaults::CLEANUP_LOGIN;
use scaleout_model::desired::{DesiredGroup, DesiredReplica};
use scaleout_model::names::{LoginName, ReplicaName};
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::sql::SqlOp;
use scaleout_model::verdict::{Drift, Finding, Target};

/// What it needs to find out who is primary.
const RIGHT: &str = "VIEW SERVER STATE";

step!(CleanupLogin for DesiredGroup, area "AlwaysOnSupported", after [super::catalog::ID]);

fn assess(desired: &DesiredGroup, observed: &Observed) -> Vec<Finding> {
    for_replicas(desired, |replica| judge(desired, observed, replica))
}

fn judge(desired: &DesiredGroup, observed: &Observed, replica: &DesiredReplica) -> Judged {
    let target = Target::Replica(replica.name.clone());
    let login = LoginName::new(CLEANUP_LOGIN);
    let facts = need_instance(observed, &replica.name)?;
    let found = need_or_absent(&target, facts.login(&login))?;
    let home = catalog_home(desired, observed).map(|(home, _)| home);
    let Some(found) = found else {
        let home = home?;
        let sid = shared_sid(desired, observed, home)?;
        if sid.is_none() && *home != replica.name {
            let message = format!("the clean-up login is made on {home} first");
            return Err(Finding::waiting(target, Reason::StepPending, message));
        }
        let op = on_replica(&replica.name, SqlOp::CreateCleanupLogin { sid });
        return Ok(Finding::act(target, Drift::missing("clean-up login"), op));
    };
    // Where the primary is not known, another step says so.
    if let Ok(home) = home
        && let Ok(Some(sid)) = shared_sid(desired, observed, home)
        && !sid.eq_ignore_ascii_case(&found.sid)
    {
        let message = format!("the clean-up login has one SID on {} and another on {home}", replica.name);
        return Err(Finding::blocked(target, Reason::LoginSidDiffers, message));
    }
    let seeing = need(&target, facts.granted(&login, RIGHT), "the list of permissions")?;
    if found.disabled && seeing {
        return Ok(Finding::converged(target));
    }
    let seen = if found.disabled { "without its right" } else { "enabled" };
    let op = on_replica(&replica.name, SqlOp::CreateCleanupLogin { sid: Some(found.sid.clone()) });
    Ok(Finding::act(target, Drift::between("clean-up login", seen, "disabled, with VIEW SERVER STATE"), op))
}

/// The SID that the login has on the primary, else on any replica; all must answer before it counts as new.
fn shared_sid(
    desired: &DesiredGroup,
    observed: &Observed,
    home: &ReplicaName,
) -> Result<Option<String>, Finding> {
    let others = desired.replicas.iter().map(|replica| &replica.name).filter(|name| *name != home);
    for name in std::iter::once(home).chain(others) {
        let login = need_instance(observed, name)?.login(&LoginName::new(CLEANUP_LOGIN));
        if let Some(login) = need_or_absent(&Target::Replica(name.clone()), login)? {
            return Ok(Some(login.sid.clone()));
        }
    }
    Ok(None)
}
