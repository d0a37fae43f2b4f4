//! Instances answer and are fit for the group: version, edition, mixed mode, one collation, no failover cluster
//! instance (prerequisites of Always On availability groups). Mixed mode that was switched off in the registry holds until
//! the next start: a warning, or a refusal where we would restart. Writes nothing.

use crate::step::step;
use crate::steps::view::{Judged, for_replicas, need_engine, need_instance};
use scaleout_model::desired::{DesiredGroup, DesiredReplica};
use scaleout_model::node::LoginMode;
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::verdict::{Finding, Target};
use scaleout_model::version::SqlVersion;

/// `SERVERPROPERTY('EngineEdition')` of Enterprise, Developer and Evaluation.
const ENTERPRISE: u32 = 3;

step!(InstancesSuitable for DesiredGroup, area "InstancesReady", after [super::cluster::ID]);

fn assess(desired: &DesiredGroup, observed: &Observed) -> Vec<Finding> {
    for_replicas(desired, |replica| judge(desired, observed, replica))
}

fn judge(desired: &DesiredGroup, observed: &Observed, replica: &DesiredReplica) -> Judged {
    let target = Target::Replica(replica.name.clone());
    let facts = need_instance(observed, &replica.name)?;
    let block = |reason, message: String| Err(Finding::blocked(target.clone(), reason, message));
    if let Err(unsupported) = SqlVersion::try_from(facts.major) {
        return block(Reason::UnsupportedVersion, format!("{}: {unsupported}", replica.name));
    }
    if facts.engine_edition != ENTERPRISE || facts.clustered {
        let message = format!(
            "{} has engine edition {} (3 is needed){}",
            replica.name,
            facts.engine_edition,
            if facts.clustered { " and is a failover cluster instance" } else { "" }
        );
        return block(Reason::EditionTooLow, message);
    }
    if facts.windows_only {
        return block(Reason::MixedModeOff, format!("{} accepts Windows logins only", replica.name));
    }
    let off_next = need_engine(observed, replica).is_ok_and(|e| e.login_mode == LoginMode::WindowsOnly);
    let off_message = format!("{} accepts Windows logins only from its next start on", replica.name);
    if off_next && !facts.hadr_enabled {
        return block(Reason::MixedModeOff, format!("{off_message}, and Always On needs a restart"));
    }
    let others = desired.replicas.iter().filter_map(|other| observed.instance(&other.name).known().copied());
    for other in others {
        if other.major != facts.major {
            let message = format!(
                "{} is {}, {} is {}",
                facts.server_name, facts.product_version, other.server_name, other.product_version
            );
            return block(Reason::VersionDiffers, message);
        }
        if !other.collation.eq_ignore_ascii_case(&facts.collation) {
            let message = format!(
                "{} has {}, {} has {}",
                facts.server_name, facts.collation, other.server_name, other.collation
            );
            return block(Reason::CollationDiffers, message);
        }
    }
    if off_next {
        return Ok(Finding::warned(target, Reason::MixedModeOff, off_message));
    }
    Ok(Finding::converged(target))
}
