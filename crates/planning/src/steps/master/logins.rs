//! The master's account has a login on every replica, enabled: the role and the primary fail over apart, so the master must reach
//! SSISDB wherever it is. A Windows login's SID comes from the domain, so the logins are equal by nature.

use crate::step::{on_replica, step};
use crate::steps::view::{Judged, need_instance, need_or_absent, settle};
use scaleout_model::desired::DesiredMaster;
use scaleout_model::names::{AccountName, LoginName, ReplicaName};
use scaleout_model::observed::Observed;
use scaleout_model::sql::SqlOp;
use scaleout_model::verdict::{Drift, Finding, Target};

step!(MasterLogins for DesiredMaster, area "LoggingReady", after [super::agents::ID]);

fn assess(desired: &DesiredMaster, observed: &Observed) -> Vec<Finding> {
    let Some(account) = desired.account.account() else { return Vec::new() };
    let replicas = desired.group.replicas.iter().map(|(replica, _)| replica);
    replicas.map(|replica| settle(judge(observed, replica, account))).collect()
}

fn judge(observed: &Observed, replica: &ReplicaName, account: &AccountName) -> Judged {
    let target = Target::Replica(replica.clone());
    let facts = need_instance(observed, replica)?;
    let (drift, op) = match need_or_absent(&target, facts.login(&LoginName::new(account.as_str())))? {
        Some(login) if !login.disabled => return Ok(Finding::converged(target)),
        Some(_) => (
            Drift::between(&format!("login {account}"), "disabled", "enabled"),
            SqlOp::EnableLogin { account: account.clone() },
        ),
        None => (
            Drift::missing(&format!("login {account}")),
            SqlOp::CreateWindowsLogin { account: account.clone() },
        ),
    };
    Ok(Finding::act(target, drift, on_replica(replica, op)))
}
