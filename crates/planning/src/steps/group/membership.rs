//! SSISDB is in the group (ADD DATABASE on the primary), not while set-up runs on one of its nodes: set-up's own
//! scripts want the database outside of a group. Idempotent: 35280 says that it is there.

use crate::step::{on_replica, step};
use crate::steps::view::{Judged, for_site, need_node, need_primary};
use scaleout_model::defaults::CATALOG_DATABASE;
use scaleout_model::desired::DesiredGroup;
use scaleout_model::names::NodeName;
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::sql::SqlOp;
use scaleout_model::verdict::{Drift, Finding, Target};

step!(CatalogInGroup for DesiredGroup, area "GroupReady", after [
    super::seeding::ID,
    super::recovery::ID,
    super::log_chain::ID,
    super::master_key::ID,
]);

fn assess(desired: &DesiredGroup, observed: &Observed) -> Vec<Finding> {
    for_site(judge(desired, observed))
}

fn judge(desired: &DesiredGroup, observed: &Observed) -> Judged {
    let target = Target::Site;
    let (primary, _, group) = need_primary(observed, &target)?;
    if group.databases.iter().any(|name| name.eq_ignore_ascii_case(CATALOG_DATABASE)) {
        return Ok(Finding::converged(target));
    }
    if let Some(node) = setting_up(desired, observed)? {
        let message = format!("set-up runs on {node}; SSISDB joins the group after it");
        return Err(Finding::waiting(target, Reason::InstallationRunning, message));
    }
    let op = SqlOp::AddCatalogToGroup { group: desired.group.clone() };
    Ok(Finding::act(target, Drift::missing("SSISDB in the group"), on_replica(primary, op)))
}

/// A node on which a set-up runs; one that does not answer is waited for.
fn setting_up<'a>(desired: &'a DesiredGroup, observed: &Observed) -> Result<Option<&'a NodeName>, Finding> {
    for node in desired.replicas.iter().map(|replica| &replica.node) {
        if need_node(observed, node)?.agent.running.iter().any(|op| op.op == "InstallFeature") {
            return Ok(Some(node));
        }
    }
    Ok(None)
}
