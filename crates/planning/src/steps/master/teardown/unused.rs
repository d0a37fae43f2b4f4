//! No worker names the master any more, neither a living one nor one that is being taken down. Writes nothing.

use super::Teardown;
use crate::step::step;
use crate::steps::deletion::judge_unused;
use crate::steps::view::for_site;
use scaleout_model::observed::Observed;
use scaleout_model::verdict::Finding;

step!(MasterUnused for Teardown, area "Ready", after []);

fn assess(desired: &Teardown, _observed: &Observed) -> Vec<Finding> {
    for_site(judge_unused(&desired.deletion))
}
