//! The operator's and the observer's logins exist everywhere with one SID and enough rights. They are made by
//! the documented script, never by us. Writes nothing.

use crate::step::step;
use crate::steps::view::{Judged, for_replicas, need_instance, need_sid};
use scaleout_model::desired::{DesiredGroup, DesiredReplica};
use scaleout_model::names::LoginName;
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::sql::InstanceFacts;
use scaleout_model::verdict::{Finding, Target};

step!(OperatorLogins for DesiredGroup, area "InstancesReady", after [super::instances::ID]);

fn assess(desired: &DesiredGroup, observed: &Observed) -> Vec<Finding> {
    for_replicas(desired, |replica| judge(desired, observed, replica))
}

fn judge(desired: &DesiredGroup, observed: &Observed, replica: &DesiredReplica) -> Judged {
    let target = Target::Replica(replica.name.clone());
    let facts = need_instance(observed, &replica.name)?;
    if !(facts.rights.server_state && facts.rights.any_definition) {
        let message = format!(
            "login {} may not see server state and definitions on {}",
            desired.observer, replica.name
        );
        return Err(Finding::blocked(target, Reason::ObserverLacksRights, message));
    }
    for login in [&desired.operator, &desired.observer] {
        let sid = need_sid(&target, facts, login, Reason::OperatorLoginMissing)?;
        if let Some(other) = differing(desired, observed, login, sid) {
            let message =
                format!("login {login} has one SID on {} and another on {}", replica.name, other.server_name);
            return Err(Finding::blocked(target, Reason::LoginSidDiffers, message));
        }
    }
    if facts.login(&desired.operator).known().is_some_and(|login| !login.sysadmin || login.disabled) {
        let message = format!("login {} is disabled or no sysadmin on {}", desired.operator, replica.name);
        return Err(Finding::blocked(target, Reason::OperatorLoginMissing, message));
    }
    Ok(Finding::converged(target))
}

fn differing<'a>(
    desired: &DesiredGroup,
    observed: &'a Observed,
    login: &LoginName,
    sid: &str,
) -> Option<&'a InstanceFacts> {
    let others = desired.replicas.iter().filter_map(|other| observed.instance(&other.name).known().copied());
    others
        .into_iter()
        .find(|other| other.login(login).known().is_some_and(|login| !login.sid.eq_ignore_ascii_case(sid)))
}
