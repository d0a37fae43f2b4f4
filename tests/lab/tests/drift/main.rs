//! Drift: whatever the steps own, changed by hand on the converged site, is seen, shown and mended with the least that
//! mends it; what is for people to mend is said.
//!
//! Who sees a case is asked in mode `Observe`, which has no effects; then `Enforce` mends it, and a last pass does nothing.

#![expect(clippy::indexing_slicing, reason = "keys of JSON objects")]

mod case;
mod coverage;
mod exclusions;
mod facts;
mod modes;
mod scene;
mod table;

use anyhow::Result;
use case::Then;
use scaleout_lab::cases::each;

/// One case alone, by a part of its name.
const ONLY: &str = "DRIFT_CASE";

#[test]
fn every_drift_is_seen_and_mended_or_told() -> Result<()> {
    let only = std::env::var(ONLY).unwrap_or_default();
    let cases: Vec<_> = table::cases().into_iter().filter(|case| case.name.contains(&only)).collect();
    each(&cases, |case| case.name.to_owned(), scene::play)?;
    let count = |wanted: fn(&Then) -> bool| cases.iter().filter(|case| wanted(&case.then)).count();
    println!(
        "drifts: {} mended, {} told, {} overlooked",
        count(|then| matches!(then, Then::Mended)),
        count(|then| matches!(then, Then::Told { .. } | Then::Warned(_))),
        count(|then| matches!(then, Then::Overlooked(_)))
    );
    for case in &cases {
        if let Then::Overlooked(why) = case.then {
            println!("overlooked: {}: {why}", case.name);
        }
    }
    Ok(())
}

#[test]
fn every_step_has_a_case() -> Result<()> {
    let (covered, excluded) = coverage::judge_steps(&table::cases())?;
    println!("steps: {covered} with a case, {excluded} excluded");
    Ok(())
}

#[test]
fn every_field_that_changes_has_a_case() -> Result<()> {
    let (drifted, excluded) = coverage::judge_fields(&table::cases())?;
    println!("fields that change while the site comes into being: {drifted} drifted, {excluded} excluded");
    Ok(())
}
