//! Bad weather: whatever happens to machines, instances, calls and Kubernetes, at rest and while work is under way. What
//! can't be known is Unknown, and nothing is taken away because of it; what is independent goes on; and when it is over
//! the site converges by itself.

mod act;
mod building;
mod case;
mod credentials;
mod drifting;
mod freeze;
mod resting;

use anyhow::{Result, ensure};
use case::{Case, play};
use scaleout_lab::cases::each;
use std::collections::BTreeSet;

#[test]
fn no_weather_breaks_a_site_that_was_whole_or_is_made() -> Result<()> {
    let filter = std::env::var("WEATHER_CASE").unwrap_or_default();
    let tables = [freeze::CASES, drifting::CASES, resting::CASES, building::CASES];
    let all: Vec<&Case> = tables.into_iter().flatten().collect();
    let names: BTreeSet<&str> = all.iter().map(|case| case.name).collect();
    ensure!(names.len() == all.len(), "two cases have one name");
    ensure!(names.len() >= 40, "{} cases are fewer than there were", names.len());
    let chosen: Vec<&Case> = all.into_iter().filter(|case| case.name.contains(&filter)).collect();
    each(
        &chosen,
        |case| case.name.to_owned(),
        |case| {
            let began = std::time::Instant::now();
            let played = play(case);
            println!("{:.1} s {}", began.elapsed().as_secs_f64(), case.name);
            played
        },
    )?;

    println!("bad weather: {} cases", chosen.len());
    Ok(())
}

/// Each try of a refused credential counts towards a lock-out, whichever object makes it.
#[test]
fn a_refused_credential_is_not_tried_again_before_it_changes_or_a_while_has_passed() -> Result<()> {
    case::prepare()?;
    each(credentials::CASES, |case| case.name.to_owned(), credentials::play)?;
    for case in credentials::CASES {
        println!("{}", case.name);
    }
    println!("refused credentials: {} cases", credentials::CASES.len());
    Ok(())
}
