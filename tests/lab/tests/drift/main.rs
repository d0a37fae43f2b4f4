//! Drift: whatever the steps own, changed by hand on the converged site, is seen, shown and mended; what is for people
//! to mend is said.

mod case;
mod coverage;
mod exclusions;
mod facts;
mod scene;
mod table;

use anyhow::Result;
use scaleout_lab::cases::each;

#[test]
fn every_drift_is_seen_and_mended_or_told() -> Result<()> {
    let filter = std::env::var("DRIFT_CASE").unwrap_or_default();
    let cases: Vec<_> = table::cases().into_iter().filter(|case| case.name.contains(&filter)).collect();
    each(&cases, |case| case.name.to_owned(), scene::play)
}

#[test]
fn every_step_has_a_case() -> Result<()> {
    coverage::judge_steps(&table::cases()).map(drop)
}

#[test]
fn every_field_that_changes_has_a_case() -> Result<()> {
    coverage::judge_fields(&table::cases()).map(drop)
}
