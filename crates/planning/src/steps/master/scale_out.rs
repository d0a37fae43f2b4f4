//! Scale Out is enabled in the catalog, once: `catalog.enable_scaleout` re-creates the log login with a new SID and
//! overwrites the log string, so it is never a repair, never runs while a master or worker of the site runs, and only on a
//! primary whose own host has the Master feature (27261). The batch itself re-checks IS_SCALEOUT_ENABLED.

use super::view::{is_installed, need_version};
use crate::step::{on_replica, step};
use crate::steps::view::{Judged, for_site, need, need_node, need_primary};
use scaleout_model::desired::DesiredMaster;
use scaleout_model::names::NodeName;
use scaleout_model::node::{Feature, ServiceState};
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::sql::SqlOp;
use scaleout_model::verdict::{Drift, Finding, Target};

step!(ScaleOutEnabled for DesiredMaster, area "LoggingReady", after [super::installation::ID]);

fn assess(desired: &DesiredMaster, observed: &Observed) -> Vec<Finding> {
    for_site(judge(desired, observed))
}

fn judge(desired: &DesiredMaster, observed: &Observed) -> Judged {
    let target = Target::Site;
    let catalog = need(&target, observed.catalog.as_ref(), "the catalog")?;
    if catalog.scale_out_enabled {
        return Ok(Finding::converged(target));
    }
    let (primary, facts, _) = need_primary(observed, &target)?;
    if !facts.catalog_database.known().is_some_and(|database| database.in_group) {
        return Err(Finding::waiting(target, Reason::ReferenceNotReady, "SSISDB is not in its group yet"));
    }
    let version = need_version(desired, observed, &target)?;
    let host = primary.machine();
    let mut installed = false;
    if desired.nodes.contains(&host) {
        let node = need_node(observed, &host)?;
        need(&target, node.features.as_ref(), "the list of features")?;
        installed = is_installed(node, Feature::ScaleOutMaster, version) == Some(true);
    }
    if !installed {
        let message = format!("the present primary {primary} has no Scale Out Master beside it");
        return Err(Finding::blocked(target, Reason::MasterFeatureMissingOnPrimary, message));
    }
    if let Some(node) = running_master(desired, observed)? {
        let message = format!("a Scale Out Master runs on {node}: stop it, then Scale Out is enabled");
        return Err(Finding::blocked(target, Reason::ScaleOutNotEnabled, message));
    }
    Ok(Finding::act(
        target,
        Drift::missing("Scale Out in the catalog"),
        on_replica(primary, SqlOp::EnableScaleOut),
    ))
}

/// A node on which a master runs; one that does not answer is waited for.
fn running_master<'a>(
    desired: &'a DesiredMaster,
    observed: &Observed,
) -> Result<Option<&'a NodeName>, Finding> {
    for node in &desired.nodes {
        let facts = need_node(observed, node)?;
        let services = need(&Target::Node(node.clone()), facts.services.as_ref(), "the list of services")?;
        let running = services.iter().any(|service| {
            service.feature == Feature::ScaleOutMaster && service.state != ServiceState::Stopped
        });
        if running {
            return Ok(Some(node));
        }
    }
    Ok(None)
}
