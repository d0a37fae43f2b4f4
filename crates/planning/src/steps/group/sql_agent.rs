//! SQL Server Agent runs and starts at boot on every replica: without it no failover monitor job runs.

use crate::step::{on_node, step};
use crate::steps::view::{Judged, for_replicas, need_engine};
use scaleout_model::desired::{DesiredGroup, DesiredReplica};
use scaleout_model::node::{NodeOp, ServiceRef, ServiceState, StartType};
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::verdict::{Drift, Finding, Target};

step!(SqlAgentRunning for DesiredGroup, area "AlwaysOnSupported", after [super::hadr::ID]);

fn assess(desired: &DesiredGroup, observed: &Observed) -> Vec<Finding> {
    for_replicas(desired, |replica| judge(observed, replica))
}

fn judge(observed: &Observed, replica: &DesiredReplica) -> Judged {
    let target = Target::Replica(replica.name.clone());
    let engine = need_engine(observed, replica)?;
    let service = ServiceRef::SqlAgent(engine.instance.clone());
    if engine.sql_agent_start != StartType::Automatic {
        let op = NodeOp::ConfigureService {
            service,
            start_type: StartType::Automatic,
            clear_recovery_actions: false,
        };
        let drift = Drift::between(
            "SQL Server Agent start type",
            format!("{:?}", engine.sql_agent_start),
            "Automatic",
        );
        return Ok(Finding::act(target, drift, on_node(&replica.node, op)));
    }
    match engine.sql_agent {
        ServiceState::Running => Ok(Finding::converged(target)),
        ServiceState::Pending => Err(Finding::waiting(
            target,
            Reason::ServiceNotRunning,
            "SQL Server Agent is starting or stopping",
        )),
        ServiceState::Stopped => {
            let op = on_node(&replica.node, NodeOp::StartService { service });
            Ok(Finding::act(target, Drift::between("SQL Server Agent", "stopped", "running"), op))
        }
    }
}
