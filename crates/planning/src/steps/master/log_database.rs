//! The log connection string leads to the listener and holds the log login's password (guide step 6.3,
//! `catalog.update_logdb_info`). The string can't be read back safely; evidence holds while server, login and Secret stay
//! the same: `enable_scaleout` re-creates the login and so voids it.

use super::log_login::reference_sid;
use super::view::{log_server, need_listener};
use crate::step::{on_replica, step};
use crate::steps::view::{Judged, for_site, need, need_primary, need_secret};
use scaleout_model::desired::{DesiredMaster, LogLogin};
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::sql::{EvidencePurpose, SqlOp, evidence_marker_log_database};
use scaleout_model::verdict::{Drift, Finding, Target};

step!(LogDatabase for DesiredMaster, area "LoggingReady", after [super::log_login::ID]);

/// Target text of evidence that is about the site as a whole.
pub const SITE: &str = crate::steps::group::master_key::SITE;

fn assess(desired: &DesiredMaster, observed: &Observed) -> Vec<Finding> {
    for_site(judge(desired, observed))
}

fn judge(desired: &DesiredMaster, observed: &Observed) -> Judged {
    let target = Target::Site;
    let server = log_server(need_listener(&target, &desired.group)?);
    let catalog = need(&target, observed.catalog.as_ref(), "the catalog")?;
    let seen = catalog.property("CLUSTER_LOGDB_SERVER").unwrap_or("none");
    let right_server = seen.eq_ignore_ascii_case(&server);
    let password = match &desired.log_login {
        LogLogin::Adopt if right_server => return Ok(Finding::converged(target)),
        LogLogin::Adopt => {
            let message =
                format!("the log server is {seen}; give the login's password so that it can be written");
            return Err(Finding::blocked(target, Reason::LogDatabaseDrift, message));
        }
        LogLogin::Password(slot) => need_secret(&target, slot)?,
    };
    let sid = reference_sid(observed, &target)?;
    let marker = evidence_marker_log_database(&server, &sid);
    let secret = password.version_text();
    if right_server && observed.evidence_holds(EvidencePurpose::LogDatabase, SITE, &secret, &marker) {
        return Ok(Finding::converged(target));
    }
    let (primary, _, _) = need_primary(observed, &target)?;
    let drift = if right_server {
        Drift::missing("proof of the log connection string")
    } else {
        Drift::between("log server", seen, &server)
    };
    Ok(Finding::act(target, drift, on_replica(primary, SqlOp::UpdateLogDatabase { server, password })))
}
