//! Group options that spec names, one per statement (ALTER AVAILABILITY GROUP … SET).

use crate::step::{on_replica, step};
use crate::steps::view::{Judged, for_site, need_primary};
use scaleout_model::desired::DesiredGroup;
use scaleout_model::observed::Observed;
use scaleout_model::sql::{GroupFacts, GroupOption, SqlOp};
use scaleout_model::verdict::{Drift, Finding, Target};

step!(GroupOptions for DesiredGroup, area "GroupReady", after [super::existence::ID]);

fn assess(desired: &DesiredGroup, observed: &Observed) -> Vec<Finding> {
    for_site(judge(desired, observed))
}

fn judge(desired: &DesiredGroup, observed: &Observed) -> Judged {
    let target = Target::Site;
    let (primary, _, group) = need_primary(observed, &target)?;
    let Some((option, drift)) =
        desired.options.iter().find_map(|option| Some((option, differs(option, group)?)))
    else {
        return Ok(Finding::converged(target));
    };
    let op = SqlOp::SetGroupOption { group: desired.group.clone(), option: option.clone() };
    Ok(Finding::act(target, drift, on_replica(primary, op)))
}

fn differs(option: &GroupOption, group: &GroupFacts) -> Option<Drift> {
    let (field, seen, wanted) = match option {
        GroupOption::FailureConditionLevel(wanted) => {
            ("failureConditionLevel", group.failure_condition_level.to_string(), wanted.to_string())
        }
        GroupOption::HealthCheckTimeout(wanted) => {
            ("healthCheckTimeoutMilliseconds", group.health_check_timeout.to_string(), wanted.to_string())
        }
        GroupOption::DatabaseHealthTrigger(wanted) => {
            ("databaseHealthTrigger", group.database_health_trigger.to_string(), wanted.to_string())
        }
        GroupOption::AutomatedBackupPreference(wanted) => (
            "automatedBackupPreference",
            group.automated_backup_preference.to_uppercase(),
            wanted.to_uppercase(),
        ),
        GroupOption::RequiredSynchronizedSecondaries(wanted) => (
            "requiredSynchronizedSecondariesToCommit",
            group.required_synchronized_secondaries.to_string(),
            wanted.to_string(),
        ),
        GroupOption::DtcSupport(wanted) => ("dtcSupport", group.dtc_support.to_string(), wanted.to_string()),
    };
    (seen != wanted).then(|| Drift::between(field, seen, wanted))
}
