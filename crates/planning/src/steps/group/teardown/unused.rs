//! No master names the group any more, nor does a worker that is being taken down need it. Writes nothing.

use super::Teardown;
use crate::step::step;
use crate::steps::deletion::judge_unused;
use crate::steps::view::for_site;
use scaleout_model::observed::Observed;
use scaleout_model::verdict::Finding;

step!(GroupUnused for Teardown, area "Ready", after []);

fn assess(desired: &Teardown, _observed: &Observed) -> Vec<Finding> {
    for_site(judge_unused(&desired.deletion))
}
