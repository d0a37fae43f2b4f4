//! Sites that people left half done, in every order that the work allows: a controller that finds one converges it to the
//! same site as from empty.
//!
//! A half-done site is made by doing the work while some units (an op at a place) are refused, so that exactly those and
//! what needs them are missing; then it is found by another controller that knows nothing of it.

mod random;
mod scope;
mod shape;

use anyhow::{Context as _, Result, bail, ensure};
use random::Random;
use scaleout_lab::lab::run;
use scaleout_lab::objects::is_ready;
use scaleout_lab::{Lab, cases};
use scaleout_sim_site::SimSite;
use scaleout_tests::invariants::check_effects;
use scope::{SCOPES, Scope};
use serde_json::Value;
use shape::shape;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

const LIMIT: Duration = Duration::from_mins(15);
/// Nothing happens any more while units are refused: longer than set-up, seeding and restarts of the demo's site take.
const STUCK: Duration = Duration::from_secs(4);
/// Half-done sites of one run of work at most: units are let through bit by bit.
const STATIONS: u64 = 10;
/// Percent of the units that a run may refuse at first: from few, so that most is done, to many.
const REFUSED: (u64, u64) = (2, 30);
const SEED: u64 = 20_261_125;

/// Runs of work between two counts.
const RUNS: u64 = 12;

/// How many distinct sites are drawn; `SCALEOUT_STATES=1000` draws that many.
fn wanted() -> usize {
    std::env::var("SCALEOUT_STATES").ok().and_then(|text| text.parse().ok()).unwrap_or(100)
}

#[test]
fn half_done_sites_converge_to_the_same_site() -> Result<()> {
    let worlds: Vec<World> = SCOPES.iter().map(|scope| run(World::new(*scope))).collect::<Result<_>>()?;
    let seen = Mutex::new(BTreeSet::new());
    let count = || seen.lock().unwrap_or_else(PoisonError::into_inner).len();
    let mut runs = 0;
    while count() < wanted() {
        let seeds = (runs..runs + RUNS).zip(worlds.iter().cycle());
        let tasks: Vec<(&World, u64)> = seeds.map(|(number, world)| (world, SEED + number)).collect();
        cases::each(
            &tasks,
            |(world, seed)| format!("{:?}, seed {seed}", world.scope),
            |(world, seed)| run(world.walk(*seed, &seen)),
        )?;
        runs += RUNS;
    }
    let seen = seen.into_inner().unwrap_or_else(PoisonError::into_inner);
    let scopes: BTreeSet<Scope> = SCOPES.into_iter().collect();
    for world in scopes.iter().filter_map(|scope| worlds.iter().find(|world| world.scope == *scope)) {
        let states = seen.iter().filter(|(scope, _)| *scope == world.scope).count();
        println!("half-done states of {:?}: {states} of {} units", world.scope, world.units.len());
    }
    println!("half-done states: {} distinct in {runs} runs from seed {SEED}; all converged", seen.len());
    Ok(())
}

/// What is done in a scope, and what comes of it.
struct World {
    scope: Scope,
    /// The site before.
    before: SimSite,
    /// All units of the work.
    units: Vec<String>,
    /// What the site looks like in the end.
    reference: Value,
}

impl World {
    async fn new(scope: Scope) -> Result<Self> {
        let before = scope.before().await?;
        let mut lab = Lab::new(&scope.setting()?.over(before.clone()))?;
        lab.apply_all()?;
        lab.lead();
        lab.until_ready(LIMIT).await?;
        lab.settle(LIMIT).await?;
        lab.stop().await;
        let units = lab.gate.passed().into_iter().collect();
        Ok(Self { scope, before, units, reference: shape(&lab.dump()?) })
    }

    /// One run of work with several stations.
    async fn walk(&self, seed: u64, found: &Mutex<BTreeSet<(Scope, Vec<String>)>>) -> Result<()> {
        let mut random = Random::new(seed);
        let percent = REFUSED.0 + random.below(REFUSED.1);
        let mut refused: BTreeSet<String> =
            self.units.iter().filter(|_| random.below(100) < percent).cloned().collect();
        let mut lab = Lab::new(&self.scope.setting()?.over(self.before.clone()))?;
        lab.gate.refuse(refused.clone());
        lab.apply_all()?;
        lab.lead();
        for station in 0..STATIONS {
            lab.settle_for(STUCK, LIMIT).await?;
            let done: Vec<String> = lab.gate.passed().into_iter().collect();
            let fresh =
                found.lock().unwrap_or_else(PoisonError::into_inner).insert((self.scope, done.clone()));
            if fresh && done.len() < self.units.len() {
                let told = self.finish(lab.site.read(SimSite::clone)).await;
                told.with_context(|| format!("station {station}; done: {}", done.join(", ")))?;
            }
            if refused.is_empty() {
                break;
            }
            let kept = 50 + random.below(50);
            refused.retain(|_| random.below(100) < kept);
            lab.gate.refuse(refused.clone());
        }
        lab.stop().await;
        Ok(())
    }

    /// Another controller finds the site.
    async fn finish(&self, found: SimSite) -> Result<()> {
        let mut lab = Lab::new(&self.scope.setting()?.over(found))?;
        lab.apply_all()?;
        lab.lead();
        lab.until(LIMIT, "all objects Ready", |lab| lab.objects().iter().all(is_ready)).await?;
        lab.settle_for(STUCK, LIMIT).await?;
        lab.stop().await;
        let effects: Vec<Value> = lab.effects().iter().map(serde_json::to_value).collect::<Result<_, _>>()?;
        let nevers = check_effects(&effects);
        ensure!(nevers.is_empty(), "{nevers:?}");
        let differences = shape::differences(&self.reference, &shape(&lab.dump()?));
        if !differences.is_empty() {
            bail!("it is another site:\n{}", differences.join("\n"));
        }
        Ok(())
    }
}
