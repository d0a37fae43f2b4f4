//! The group has no more synchronous and no more automatic replicas than its version allows: three of each in 2017, five
//! since 2019, the primary among them (SQL Server's 35212 and 35213). Writes nothing; nothing is written while it is so.

use crate::step::step;
use crate::steps::view::{Judged, for_site, need_primary};
use scaleout_model::desired::{DesiredGroup, DesiredReplica};
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::sql::{AvailabilityMode, FailoverMode, ReplicaFacts, ReplicaOption};
use scaleout_model::verdict::{Finding, Target};
use scaleout_model::version::SqlVersion;

step!(ReplicaLimits for DesiredGroup, area "GroupReady", after [super::instances::ID]);

fn assess(desired: &DesiredGroup, observed: &Observed) -> Vec<Finding> {
    for_site(judge(desired, observed))
}

fn judge(desired: &DesiredGroup, observed: &Observed) -> Judged {
    let target = Target::Site;
    let mut majors = desired.replicas.iter().filter_map(|r| Some(observed.instance(&r.name).known()?.major));
    let Some(most) = majors.next().map(most_of) else { return Ok(Finding::converged(target)) };
    let (synchronous, automatic) = count(desired, observed);
    if synchronous <= most && automatic <= most {
        return Ok(Finding::converged(target));
    }
    let message = format!(
        "{synchronous} synchronous and {automatic} automatic replicas; this version allows {most} of each"
    );
    Err(Finding::blocked(target, Reason::TooManyReplicas, message))
}

fn most_of(major: u32) -> usize {
    if major > SqlVersion::V2017.major() { 5 } else { 3 }
}

/// Synchronous and automatic replicas as they will be: by spec, else as found, else as we create them (AUTOMATIC only where
/// spec says so).
fn count(desired: &DesiredGroup, observed: &Observed) -> (usize, usize) {
    let found: &[ReplicaFacts] = need_primary(observed, &Target::Site)
        .map(|(_, _, group)| group.replicas.as_slice())
        .unwrap_or_default();
    let ours = desired.replicas.iter().map(|replica| {
        let found = found.iter().find(|facts| facts.name == replica.name);
        let given = replica.options.iter().find_map(|option| match option {
            ReplicaOption::AvailabilityMode(mode) => Some(*mode),
            _ => None,
        });
        let mode = given.or(found.map(|f| f.availability_mode)).unwrap_or(replica.availability_mode);
        (mode, failover_mode(replica, found))
    });
    let named = |facts: &&ReplicaFacts| desired.replicas.iter().any(|replica| replica.name == facts.name);
    let others = found.iter().filter(|facts| !named(facts)).map(|f| (f.availability_mode, f.failover_mode));
    ours.chain(others).fold((0, 0), |(synchronous, automatic), (mode, failover)| {
        let synchronous = synchronous + usize::from(mode == AvailabilityMode::Synchronous);
        (synchronous, automatic + usize::from(failover == FailoverMode::Automatic))
    })
}

fn failover_mode(replica: &DesiredReplica, found: Option<&ReplicaFacts>) -> FailoverMode {
    if replica.failover_mode_given {
        return replica.failover_mode;
    }
    found.map_or(FailoverMode::Manual, |facts| facts.failover_mode)
}
