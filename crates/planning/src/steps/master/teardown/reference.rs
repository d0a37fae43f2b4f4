//! The group and its Secrets are there: without them nobody can say whether tasks run. Writes nothing.

use super::Teardown;
use crate::step::step;
use crate::steps::deletion::judge_reference;
use crate::steps::view::for_site;
use scaleout_model::observed::Observed;
use scaleout_model::verdict::Finding;

step!(MasterReference for Teardown, area "Ready", after []);

fn assess(desired: &Teardown, _observed: &Observed) -> Vec<Finding> {
    for_site(judge_reference(&desired.deletion))
}
