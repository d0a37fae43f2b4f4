//! The log login is equal on all replicas: the SID of its user in SSISDB, the password of the Secret, enabled (guide steps
//! 6.1 and 6.2; the page does not say that the SID must match, but users map by SID). Passwords are proved first
//! (PWDCOMPARE); evidence holds while login and Secret stay the same. Adopt: an existing, equal login is left.

use crate::step::{on_replica, step};
use crate::steps::view::{Judged, need, need_instance, need_or_absent, need_primary, need_secret, settle};
use scaleout_model::defaults::LOG_LOGIN;
use scaleout_model::desired::{DesiredMaster, LogLogin};
use scaleout_model::names::{LoginName, ReplicaName};
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::sql::{EvidencePurpose, LoginFacts, SqlOp, evidence_marker_login};
use scaleout_model::verdict::{Drift, Finding, Target};

step!(LogLoginEqual for DesiredMaster, area "LoggingReady", after [super::scale_out::ID]);

/// Role of SSISDB that the log login's user is in.
const WORKER_ROLE: &str = "ssis_cluster_worker";

fn assess(desired: &DesiredMaster, observed: &Observed) -> Vec<Finding> {
    let replicas = desired.group.replicas.iter().map(|(replica, _)| replica);
    replicas.map(|replica| settle(judge(desired, observed, replica))).collect()
}

fn judge(desired: &DesiredMaster, observed: &Observed, replica: &ReplicaName) -> Judged {
    let target = Target::Replica(replica.clone());
    let sid = reference_sid(observed, &target)?;
    let facts = need_instance(observed, replica)?;
    let login = need_or_absent(&target, facts.login(&LoginName::new(LOG_LOGIN)))?;
    let equal = login.filter(|login| login.sid.eq_ignore_ascii_case(&sid) && !login.disabled);
    let password = match (&desired.log_login, equal) {
        (LogLogin::Adopt, Some(_)) => return Ok(Finding::converged(target)),
        (LogLogin::Adopt, None) => {
            let (reason, what) = match login {
                None => (Reason::LogLoginMissing, "is missing"),
                Some(_) => (Reason::LogLoginSidMismatch, "differs"),
            };
            let message = format!(
                "the log login on {replica} {what}; give its password by executionLogging.loginSecretRef"
            );
            return Err(Finding::blocked(target, reason, message));
        }
        (LogLogin::Password(slot), _) => need_secret(&target, slot)?,
    };
    let Some(login) = equal else {
        let op = SqlOp::CopyLogLogin { sid, password };
        return Ok(Finding::act(target, difference(login), on_replica(replica, op)));
    };
    let marker = evidence_marker_login(login);
    let secret = password.version_text();
    if observed.evidence_holds(EvidencePurpose::LogLoginPassword, replica.as_str(), &secret, &marker) {
        return Ok(Finding::converged(target));
    }
    let (primary, _, _) = need_primary(observed, &target)?;
    let op = if primary == replica {
        SqlOp::SetLogLoginPassword { password }
    } else {
        SqlOp::CopyLogLogin { sid, password }
    };
    Ok(Finding::act(target, Drift::missing("proof of the log login's password"), on_replica(replica, op)))
}

fn difference(login: Option<&LoginFacts>) -> Drift {
    match login {
        None => Drift::missing("log login"),
        Some(login) if login.disabled => Drift::between("log login", "disabled", "enabled"),
        Some(_) => Drift::between("log login's SID", "another", "that of its user in SSISDB"),
    }
}

/// SID of the log login's user in SSISDB.
pub fn reference_sid(observed: &Observed, target: &Target) -> Result<String, Finding> {
    let catalog = need(target, observed.catalog.as_ref(), "the catalog")?;
    let users = need(target, catalog.users.as_ref(), "the list of users")?;
    let user = users.iter().find(|user| {
        user.name.as_str().starts_with("##MS_SSISLogDBWorkerAgent")
            && user.roles.iter().any(|role| role.eq_ignore_ascii_case(WORKER_ROLE))
    });
    user.map(|user| user.sid.clone()).ok_or_else(|| {
        Finding::waiting(
            target.clone(),
            Reason::ScaleOutNotEnabled,
            "SSISDB has no user for the log login yet",
        )
    })
}
