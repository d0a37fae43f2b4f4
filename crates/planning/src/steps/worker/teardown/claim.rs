//! The claim on the worker of the node is released, last, so that nobody else takes the node over before.

use super::Teardown;
use crate::step::step;
use crate::steps::deletion::{judge_claim, unless_given_up};
use crate::steps::view::settle;
use scaleout_model::node::ClaimRole;
use scaleout_model::observed::Observed;
use scaleout_model::verdict::{Finding, Target};

step!(ClaimReleased for Teardown, area "Ready", after [
    super::agent::ID,
    super::reference::ID,
    super::stopped::ID,
    super::trust::ID,
]);

fn assess(desired: &Teardown, observed: &Observed) -> Vec<Finding> {
    let worker = &desired.worker;
    let judged = unless_given_up(&desired.deletion, observed, &worker.node, || {
        judge_claim(&worker.policy, observed, &worker.node, ClaimRole::Worker)
    });
    // About the site: it comes after work on other machines.
    vec![Finding { target: Target::Site, ..settle(judged) }]
}
