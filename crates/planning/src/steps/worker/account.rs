//! The worker's service runs under the account of spec, with the logon right.

use super::view::need_version;
use crate::step::step;
use crate::steps::master::account::judge_account;
use crate::steps::master::view::need_service;
use crate::steps::view::for_site;
use scaleout_model::desired::DesiredWorker;
use scaleout_model::node::{Feature, ServiceRef};
use scaleout_model::observed::Observed;
use scaleout_model::verdict::Finding;

step!(WorkerAccount for DesiredWorker, area "Installed", after [super::installation::ID]);

fn assess(desired: &DesiredWorker, observed: &Observed) -> Vec<Finding> {
    for_site(need_version(desired, observed).and_then(|version| {
        let service = need_service(observed, &desired.node, Feature::ScaleOutWorker, version)?;
        judge_account(observed, &desired.node, &desired.account, service, ServiceRef::Worker(version))
    }))
}
