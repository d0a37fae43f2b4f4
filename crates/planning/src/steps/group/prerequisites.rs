//! Each instance runs under a domain account and has Integration Services beside it; the Database Engine is
//! never installed by us, and certificate endpoints are adopted, never made. Writes nothing.

use crate::step::step;
use crate::steps::view::{Judged, for_replicas, need, need_engine, need_instance, need_node};
use scaleout_model::desired::{DesiredGroup, DesiredReplica};
use scaleout_model::node::Feature;
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::verdict::{Finding, Target};

step!(InstancePrerequisites for DesiredGroup, area "InstancesReady", after [super::instances::ID]);

fn assess(desired: &DesiredGroup, observed: &Observed) -> Vec<Finding> {
    for_replicas(desired, |replica| judge(observed, replica))
}

fn judge(observed: &Observed, replica: &DesiredReplica) -> Judged {
    let target = Target::Replica(replica.name.clone());
    let engine = need_engine(observed, replica)?;
    let facts = need_instance(observed, &replica.name)?;
    let by_certificate = facts
        .endpoint
        .known()
        .is_some_and(|endpoint| endpoint.authentication.to_uppercase().contains("CERTIFICATE"));
    if !engine.account.is_domain() && !by_certificate {
        let message = format!("{} runs as {}, which other nodes do not know", replica.name, engine.account);
        return Err(Finding::blocked(target, Reason::ServiceAccountNotDomain, message));
    }
    let node = need_node(observed, &replica.node)?;
    let features = need(&target, node.features.as_ref(), "the list of features")?;
    let installed = features
        .iter()
        .any(|f| f.feature == Feature::IntegrationServices && f.version.major() == facts.major);
    if !installed {
        let message = format!("node {} has no Integration Services of version {}", replica.node, facts.major);
        return Err(Finding::blocked(target, Reason::SsisFeatureMissingOnReplica, message));
    }
    Ok(Finding::converged(target))
}
