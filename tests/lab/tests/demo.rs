//! The demo's site, from empty to converged, and at rest.

use anyhow::{Result, ensure};
use scaleout_lab::lab::run;
use scaleout_lab::{Lab, Setting, leaks};
use std::time::Duration;

const LIMIT: Duration = Duration::from_mins(10);

#[test]
fn an_empty_site_converges_rests_and_is_adopted_by_the_next_leader() -> Result<()> {
    run(async {
        let mut lab = Lab::new(&Setting::marked()?)?;
        lab.apply_all()?;
        lab.lead();
        lab.until_ready(LIMIT).await?;
        lab.settle(LIMIT).await?;
        let effects = lab.effects().len();
        ensure!(effects > 100, "{effects} effects made a whole site");
        leaks::grep(&lab)?;
        lab.stop().await;
        let mut next = Lab::resume(&lab.snapshot()?)?;
        let (revision, requests) = (next.api.revision(), next.api.requests().len());
        next.lead();
        next.settle(LIMIT).await?;
        ensure!(next.own_effects(effects).is_empty(), "{:?}", next.own_effects(effects));
        ensure!(next.api.revision() == revision, "Kubernetes was written to");
        ensure!(next.api.requests().len() > requests, "nobody looked");
        leaks::grep(&next).map(drop)
    })?;
    println!("{}", leaks::told());
    Ok(())
}
