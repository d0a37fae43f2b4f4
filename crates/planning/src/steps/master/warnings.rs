//! What is right enough but should be known: executions do not run in Scale Out by default (a SQL login can't change that,
//! 27123), and a replica that can become primary has no master beside it. Writes nothing.

use crate::step::step;
use scaleout_model::desired::DesiredMaster;
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::verdict::{Finding, Target};

step!(MasterWarnings for DesiredMaster, area "Ready", after []);

fn assess(desired: &DesiredMaster, observed: &Observed) -> Vec<Finding> {
    let mut findings = Vec::new();
    if observed.catalog.known().is_some_and(|catalog| catalog.scale_out_enabled && !catalog.scale_out_default)
    {
        let message = Reason::ScaleOutNotDefault.advice();
        findings.push(Finding::warned(Target::Site, Reason::ScaleOutNotDefault, message));
    }
    for (replica, node) in &desired.group.replicas {
        if !desired.nodes.contains(node) {
            let message = format!("{replica} can become primary and {node} is no node of the master");
            let target = Target::Replica(replica.clone());
            findings.push(Finding::warned(target, Reason::FailoverTargetWithoutMasterFeature, message));
        }
    }
    findings
}
