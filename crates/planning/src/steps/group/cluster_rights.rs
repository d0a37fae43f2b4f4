//! The cluster service can watch and move the group: its login has CONNECT SQL, ALTER ANY AVAILABILITY GROUP and
//! VIEW SERVER STATE (SqlServerDsc, Test-ClusterPermissions). `NT SERVICE\ClusSvc` or `NT AUTHORITY\SYSTEM` will do.
//! Idempotent: GRANT repeats harmlessly.

use crate::step::{on_replica, step};
use crate::steps::view::{Judged, for_replicas, need_instance, unreadable};
use scaleout_model::desired::{DesiredGroup, DesiredReplica};
use scaleout_model::fact::Fact;
use scaleout_model::names::LoginName;
use scaleout_model::observed::Observed;
use scaleout_model::sql::{InstanceFacts, SqlOp};
use scaleout_model::verdict::{Drift, Finding, Target};

const NEEDED: [&str; 2] = ["ALTER ANY AVAILABILITY GROUP", "VIEW SERVER STATE"];
const LOGINS: [&str; 2] = [r"NT SERVICE\ClusSvc", r"NT AUTHORITY\SYSTEM"];

step!(ClusterServiceRights for DesiredGroup, area "InstancesReady", after [super::hadr::ID]);

fn assess(desired: &DesiredGroup, observed: &Observed) -> Vec<Finding> {
    for_replicas(desired, |replica| judge(observed, replica))
}

fn judge(observed: &Observed, replica: &DesiredReplica) -> Judged {
    let target = Target::Replica(replica.name.clone());
    let facts = need_instance(observed, &replica.name)?;
    let mut granted = false;
    for login in LOGINS {
        granted |= has_rights(facts, &LoginName::new(login)).map_err(|cause| unreadable(&target, &cause))?;
    }
    if granted {
        return Ok(Finding::converged(target));
    }
    let op = on_replica(&replica.name, SqlOp::GrantClusterService);
    Ok(Finding::act(target, Drift::missing("rights of the cluster service"), op))
}

fn has_rights(facts: &InstanceFacts, login: &LoginName) -> Result<bool, scaleout_model::fact::Cause> {
    match facts.login(login) {
        Fact::Known(login) if login.sysadmin => return Ok(true),
        Fact::Known(_) => {}
        Fact::Absent => return Ok(false),
        Fact::Unknown(cause) => return Err(cause),
    }
    for permission in NEEDED {
        match facts.granted(login, permission) {
            Fact::Known(true) => {}
            Fact::Known(false) | Fact::Absent => return Ok(false),
            Fact::Unknown(cause) => return Err(cause),
        }
    }
    Ok(true)
}
