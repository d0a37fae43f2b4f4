//! SSISDB's log is backed up somewhere: in FULL recovery it grows until it is, on every replica. Backups may be taken on any
//! replica and each instance knows its own only, so nothing is said unless all tell. A warning; writes nothing.

use crate::step::step;
use scaleout_model::defaults::LOG_BACKUP_OVERDUE_SECONDS;
use scaleout_model::desired::DesiredGroup;
use scaleout_model::fact::Fact;
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::sql::SupportFacts;
use scaleout_model::verdict::{Finding, Target};

step!(LogBackups for DesiredGroup, area "CatalogReady", after [super::log_chain::ID]);

fn assess(desired: &DesiredGroup, observed: &Observed) -> Vec<Finding> {
    let age = match newest(desired, observed, |support| &support.log_backup_age_seconds) {
        // Without any log backup the log grows since the full one that began its chain.
        Fact::Absent => newest(desired, observed, |support| &support.full_backup_age_seconds),
        told => told,
    };
    if age.known().is_none_or(|age| *age <= LOG_BACKUP_OVERDUE_SECONDS) {
        return vec![Finding::converged(Target::Site)];
    }
    let message = format!(
        "no log backup of SSISDB on any replica for more than {} hours: its log grows",
        LOG_BACKUP_OVERDUE_SECONDS / 3600
    );
    vec![Finding::warned(Target::Site, Reason::LogBackupOverdue, message)]
}

/// The age of the newest backup on any replica; Absent: there is none; Unknown: not all replicas tell.
fn newest(
    desired: &DesiredGroup,
    observed: &Observed,
    age: impl Fn(&SupportFacts) -> &Fact<i64>,
) -> Fact<i64> {
    let mut newest = Fact::Absent;
    for replica in &desired.replicas {
        match observed.instance(&replica.name).and_then(|facts| age(&facts.support).as_ref()) {
            Fact::Known(age) => newest = Fact::Known(newest.known().map_or(*age, |other| *age.min(other))),
            Fact::Absent => {}
            Fact::Unknown(cause) => return Fact::Unknown(cause),
        }
    }
    newest
}
