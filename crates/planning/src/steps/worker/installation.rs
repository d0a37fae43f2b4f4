//! The Scale Out Worker feature is installed (guide step 9), unattended, from the media that the agent's configuration
//! names. Idempotent: an installed feature is left.

use super::view::{need_version, on_worker};
use crate::step::{on_node, step};
use crate::steps::master::installation::{media_for, refuse_beside_group};
use crate::steps::master::view::is_installed;
use crate::steps::view::{Judged, for_site, need, need_node};
use scaleout_model::desired::DesiredWorker;
use scaleout_model::node::{Feature, NodeOp};
use scaleout_model::observed::Observed;
use scaleout_model::verdict::{Drift, Finding};

step!(WorkerInstalled for DesiredWorker, area "Installed", after [super::agent::ID]);

fn assess(desired: &DesiredWorker, observed: &Observed) -> Vec<Finding> {
    for_site(judge(desired, observed))
}

fn judge(desired: &DesiredWorker, observed: &Observed) -> Judged {
    let target = on_worker(desired);
    let facts = need_node(observed, &desired.node)?;
    let version = need_version(desired, observed)?;
    need(&target, facts.features.as_ref(), "the list of features")?;
    if is_installed(facts, Feature::ScaleOutWorker, version) == Some(true) {
        return Ok(Finding::converged(target));
    }
    if !desired.policy.disruption_allowed {
        refuse_beside_group(&desired.master.group, observed, &desired.node)?;
    }
    let op = NodeOp::InstallFeature {
        feature: Feature::ScaleOutWorker,
        version,
        media: media_for(facts, &desired.installation, &target)?,
        port: desired.master.port,
        thumbprint: None,
        master_host: Some(desired.master.host.clone()),
    };
    Ok(Finding::act(target, Drift::missing("Scale Out Worker"), on_node(&desired.node, op)))
}
