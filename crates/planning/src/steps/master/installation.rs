//! The Scale Out Master feature is installed on every node (guide steps 2 and 3), unattended, from the media that the
//! agent's configuration names. Needs nothing of the group, so it runs at once; beside an instance that already has the
//! catalog in its group it disrupts, and needs leave. Idempotent: an installed feature is left.

use super::view::{find_certificate, for_nodes, is_installed, need_version};
use crate::step::{on_node, step};
use crate::steps::view::{Judged, need, need_node};
use scaleout_model::desired::{DesiredMaster, Installation};
use scaleout_model::names::NodeName;
use scaleout_model::node::{Feature, NodeFacts, NodeOp, Store};
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::verdict::{Drift, Finding, Target};

step!(MasterInstalled for DesiredMaster, area "Installed", after [
    super::agents::ID,
    super::certificate_import::ID,
]);

fn assess(desired: &DesiredMaster, observed: &Observed) -> Vec<Finding> {
    for_nodes(desired, |node| judge(desired, observed, node))
}

fn judge(desired: &DesiredMaster, observed: &Observed, node: &NodeName) -> Judged {
    let target = Target::Node(node.clone());
    let facts = need_node(observed, node)?;
    let version = need_version(desired, observed, &target)?;
    need(&target, facts.features.as_ref(), "the list of features")?;
    if is_installed(facts, Feature::ScaleOutMaster, version) == Some(true) {
        return Ok(Finding::converged(target));
    }
    let thumbprint = desired.certificate.thumbprint().filter(|thumbprint| {
        find_certificate(facts, Store::Root, thumbprint).known().is_some_and(|c| c.has_private_key)
    });
    if hosts_grouped_catalog(desired, observed, node) && !desired.policy.disruption_allowed {
        let message = format!("set-up on {node} runs beside an instance that hosts SSISDB in its group");
        return Err(Finding::blocked(target, Reason::DisruptionNotAllowed, message));
    }
    let media = media_for(facts, &desired.installation, &target)?;
    let op = NodeOp::InstallFeature {
        feature: Feature::ScaleOutMaster,
        version,
        media,
        port: desired.port,
        thumbprint: thumbprint.copied(),
        master_host: None,
    };
    Ok(Finding::act(target, Drift::missing("Scale Out Master"), on_node(node, op)))
}

/// The media that spec names, if the agent knows it and no set-up runs.
pub fn media_for(
    facts: &NodeFacts,
    installation: &Installation,
    target: &Target,
) -> Result<scaleout_model::names::MediaKey, Finding> {
    if facts.agent.running.iter().any(|op| op.op == "InstallFeature") {
        let message = format!("set-up runs on {}", facts.computer_name);
        return Err(Finding::waiting(target.clone(), Reason::InstallationRunning, message));
    }
    if facts.pending_reboot.known() == Some(&true) {
        let message = format!("Windows on {} waits for a restart before set-up can run", facts.computer_name);
        return Err(Finding::blocked(target.clone(), Reason::PendingReboot, message));
    }
    match installation {
        Installation::Never => {
            let message =
                format!("the feature is missing on {} and installation.policy is Never", facts.computer_name);
            Err(Finding::blocked(target.clone(), Reason::InstallationNotAllowed, message))
        }
        Installation::IfAbsent(media) if !facts.agent.media.contains(media) => {
            let message = format!("the agent of {} has no media named {media}", facts.computer_name);
            Err(Finding::blocked(target.clone(), Reason::MediaMissing, message))
        }
        Installation::IfAbsent(media) => Ok(media.clone()),
    }
}

fn hosts_grouped_catalog(desired: &DesiredMaster, observed: &Observed, node: &NodeName) -> bool {
    desired.group.replicas.iter().filter(|(_, host)| host == node).any(|(replica, _)| {
        let database = observed.instance(replica).and_then(|facts| facts.catalog_database.as_ref());
        database.known().is_some_and(|database| database.in_group)
    })
}
