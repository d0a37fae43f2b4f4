//! Always On is switched on for each instance, one instance at a time, through SQL Server's own provider (never
//! by registry alone) with a restart of the instance, which waits for running tasks of an SSISDB there. Idempotent: the agent does nothing when it is on.

use crate::quiet::{Wait, wait_for_quiet};
use crate::step::{on_node, step};
use crate::steps::view::{Judged, for_replicas, need, need_instance};
use scaleout_model::desired::{DesiredGroup, DesiredReplica};
use scaleout_model::node::NodeOp;
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::sql::InstanceFacts;
use scaleout_model::verdict::{Drift, Finding, Held, Target};

step!(HadrEnabled for DesiredGroup, area "InstancesReady", after [
    super::instances::ID,
    super::logins::ID,
    super::prerequisites::ID,
]);

fn assess(desired: &DesiredGroup, observed: &Observed) -> Vec<Finding> {
    for_replicas(desired, |replica| judge(desired, observed, replica))
}

fn judge(desired: &DesiredGroup, observed: &Observed, replica: &DesiredReplica) -> Judged {
    let target = Target::Replica(replica.name.clone());
    let facts = need_instance(observed, &replica.name)?;
    if facts.hadr_enabled {
        return Ok(Finding::converged(target));
    }
    let held = need_quiet(desired, observed, facts)?;
    let op = on_node(&replica.node, NodeOp::EnableHadr { instance: replica.name.instance() });
    Ok(Finding::act(target, Drift::between("hadrEnabled", "off", "on"), op).with_held(held))
}

/// Where SSISDB is here, no Scale Out task runs, or the wait for that is over.
fn need_quiet(
    desired: &DesiredGroup,
    observed: &Observed,
    facts: &InstanceFacts,
) -> Result<Option<Held>, Finding> {
    let target = Target::Replica(facts.server_name.clone());
    if facts.catalog_database.is_absent() {
        return Ok(None);
    }
    let catalog = need(&target, observed.catalog.as_ref(), "the catalog")?;
    let tasks = need(&target, catalog.tasks.as_ref(), "the tasks in flight")?;
    let wait = Wait {
        step: ID,
        field: "quiet.timeoutSeconds",
        seconds: desired.policy.quiet_timeout_seconds,
        reason: Reason::TasksRunning,
        message: format!("Scale Out tasks run; {} is restarted after them", facts.server_name),
    };
    wait_for_quiet(&wait, &target, observed, !tasks.is_empty())
}
