//! The master, its group and their Secrets are there: without them the worker can be neither drained nor disabled, and
//! nobody knows who trusts it. Writes nothing.

use super::Teardown;
use crate::step::step;
use crate::steps::deletion::judge_reference;
use crate::steps::view::for_site;
use scaleout_model::observed::Observed;
use scaleout_model::verdict::Finding;

step!(WorkerReference for Teardown, area "Ready", after []);

fn assess(desired: &Teardown, _observed: &Observed) -> Vec<Finding> {
    for_site(judge_reference(&desired.deletion))
}
