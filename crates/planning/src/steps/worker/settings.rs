//! `WorkerSettings.config`: endpoint, the master's thumbprint, the worker's own, and what else spec names. Only after both
//! certificates are where they belong.

use super::view::{need_master_certificate, need_own_certificate, need_version};
use crate::step::step;
use crate::steps::master::address::same_address;
use crate::steps::master::settings::judge_file;
use crate::steps::master::view::need_settings;
use crate::steps::view::{Judged, for_site};
use scaleout_model::desired::DesiredWorker;
use scaleout_model::node::Feature;
use scaleout_model::observed::Observed;
use scaleout_model::verdict::Finding;

step!(WorkerSettings for DesiredWorker, area "SettingsApplied", after [
    super::certificate::ID,
    super::trust_master::ID,
]);

fn assess(desired: &DesiredWorker, observed: &Observed) -> Vec<Finding> {
    for_site(judge(desired, observed))
}

fn judge(desired: &DesiredWorker, observed: &Observed) -> Judged {
    let version = need_version(desired, observed)?;
    let file = need_settings(observed, &desired.node, Feature::ScaleOutWorker, version)?;
    let (master, _) = need_master_certificate(desired)?;
    let own = need_own_certificate(desired, observed)?;
    let mut wanted = desired.settings.clone();
    if !file.values.get("MasterEndpoint").is_some_and(|seen| same_address(seen, &desired.master.endpoint)) {
        wanted.insert("MasterEndpoint".into(), desired.master.endpoint.clone());
    }
    wanted.insert("MasterHttpsCertThumbprint".into(), master.to_string());
    wanted.insert("WorkerHttpsCertThumbprint".into(), own.thumbprint.to_string());
    Ok(judge_file(&desired.node, file, wanted, version))
}
