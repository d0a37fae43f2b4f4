//! The Scale Out Master feature is installed on every node (guide steps 2 and 3), unattended, from the media that the
//! agent's configuration names. Needs nothing of the group, so it runs at once; beside an instance that already has the
//! catalog in its group it disrupts, and needs leave. Idempotent: an installed feature is left.

use super::view::{find_certificate, is_installed, need_version};
use crate::step::{on_node, step};
use crate::steps::view::{Judged, need, need_node, need_or_absent, settle};
use scaleout_model::desired::{DesiredMaster, GroupView, Installation};
use scaleout_model::fact::Fact;
use scaleout_model::names::NodeName;
use scaleout_model::node::{Feature, NodeFacts, NodeOp, Store};
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::verdict::{Drift, Finding, Target, Verdict};

step!(MasterInstalled for DesiredMaster, area "Installed", after [
    super::agents::ID,
    super::certificate_import::ID,
]);

fn assess(desired: &DesiredMaster, observed: &Observed) -> Vec<Finding> {
    let hosts = |node: &NodeName| hosts_group(&desired.group, observed, node).known() != Some(&false);
    let mut beside = desired
        .nodes
        .iter()
        .find(|node| hosts(node) && observed.node(node).known().is_none_or(|f| is_setting_up(f)));
    let mut findings = Vec::new();
    for node in &desired.nodes {
        let mut finding = settle(judge(desired, observed, node));
        let disrupts = matches!(finding.verdict, Verdict::Act(_)) && hosts(node);
        if let (true, Some(other)) = (disrupts, beside) {
            let message = format!("set-up beside the replica on {other} comes first");
            finding = Finding::waiting(finding.target, Reason::DisruptionInFlight, message);
        } else if disrupts {
            beside = Some(node);
        }
        findings.push(finding);
    }
    findings
}

fn judge(desired: &DesiredMaster, observed: &Observed, node: &NodeName) -> Judged {
    let target = Target::Node(node.clone());
    let facts = need_node(observed, node)?;
    let version = need_version(desired, observed, &target)?;
    need(&target, facts.features.as_ref(), "the list of features")?;
    if is_installed(facts, Feature::ScaleOutMaster, version) == Some(true) {
        return Ok(Finding::converged(target));
    }
    let thumbprint = match desired.certificate.thumbprint() {
        Some(thumbprint) => need_or_absent(&target, find_certificate(facts, Store::Root, thumbprint))?
            .filter(|certificate| certificate.has_private_key)
            .map(|certificate| certificate.thumbprint),
        None => None,
    };
    if !desired.policy.disruption_allowed {
        refuse_beside_group(&desired.group, observed, node)?;
    }
    let media = media_for(facts, &desired.installation, &target)?;
    let op = NodeOp::InstallFeature {
        feature: Feature::ScaleOutMaster,
        version,
        media,
        port: desired.port,
        thumbprint,
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
    if is_setting_up(facts) {
        let message = format!("set-up runs on {}", facts.computer_name);
        return Err(Finding::waiting(target.clone(), Reason::InstallationRunning, message));
    }
    if need_or_absent(target, facts.pending_reboot.as_ref())? == Some(&true) {
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

/// Blocks a set-up on a node whose instance hosts SSISDB in its group: for specs that allow no disruption.
pub fn refuse_beside_group(group: &GroupView, observed: &Observed, node: &NodeName) -> Result<(), Finding> {
    let target = Target::Node(node.clone());
    if need_or_absent(&target, hosts_group(group, observed, node))? == Some(true) {
        let message = format!("set-up on {node} runs beside an instance that hosts SSISDB in its group");
        return Err(Finding::blocked(target, Reason::DisruptionNotAllowed, message));
    }
    Ok(())
}

fn is_setting_up(facts: &NodeFacts) -> bool {
    facts.agent.running.iter().any(|op| op.op == "InstallFeature")
}

/// Whether an instance on the node hosts SSISDB in its group, so that a set-up beside it disrupts.
fn hosts_group(group: &GroupView, observed: &Observed, node: &NodeName) -> Fact<bool> {
    let mut hosts = Fact::Known(false);
    for (replica, _) in group.replicas.iter().filter(|(_, host)| host == node) {
        match observed.instance(replica).and_then(|facts| facts.catalog_database.as_ref()) {
            Fact::Known(database) if database.in_group => return Fact::Known(true),
            Fact::Known(_) | Fact::Absent => {}
            Fact::Unknown(cause) => hosts = Fact::Unknown(cause),
        }
    }
    hosts
}
