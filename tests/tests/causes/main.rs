//! The simulator is causal: for each entry of the failure catalogue only the cause is changed, and the symptom appears by
//! itself. Then, with the controller, what it makes of causes.

#![expect(clippy::indexing_slicing, reason = "keys of JSON objects")]
#![expect(clippy::print_stdout, reason = "the counts of shown entries are part of the result")]

mod answers;
mod certificates;
mod document;
mod entries;
mod outside;
mod plan;
mod probes;
mod scene;
mod site;

use crate::entries::Shown;
use crate::outside::Outside;
use crate::scene::Scene;
use anyhow::{Context as _, Result, ensure};
use std::time::{Duration, Instant};
use xtask::demo::{Watch, wait_converged};
use xtask::rig::{Rig, Sim};

#[test]
fn causes_show_their_symptoms() -> Result<()> {
    let mut site = site::Site::converge()?;
    site.stop_controller();
    let shown = show_all(&site.sim, &site.group, &site.role);
    shown.map_err(|error| site.cluster.keep_logs(error))?;
    let (group, role) = (site.group.clone(), site.role.clone());
    let (mut rig, _folder) = site.into_rig()?;
    let answered = answer_all(&mut rig, &group, &role);
    answered.map_err(|error| rig.cluster.keep_logs(error))
}

/// The controller again: it finds the site as it left it, and answers causes.
fn answer_all(rig: &mut Rig, group: &str, role: &str) -> Result<()> {
    let before = rig.sim.effects_count()?;
    rig.force_pass("first")?;
    wait_converged(rig, &mut Watch::start(), Duration::from_mins(1), |_| {})?;
    let own: Vec<_> = rig.sim.effects_since(before)?.into_iter().filter(|e| !e.is_by_hand()).collect();
    ensure!(own.is_empty(), "the site is not as it was: {own:?}");
    let wrong = answers::ask(rig, group, role, entries::ROUNDS)?;
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

/// Every entry that can be shown, each from the converged site and back to it.
fn show_all(sim: &Sim, group: &str, role: &str) -> Result<()> {
    let outside = Outside::new(sim, "corp.example")?;
    let (mut shown, mut failed) = (0, Vec::new());
    for entry in entries::all() {
        let Shown::By { cause, plan } = &entry.shown else { continue };
        let started = Instant::now();
        let scene = Scene::look(&outside, group, role).context("the site is not as it was")?;
        let result = plan(&scene).and_then(|plan| plan.run(&outside, &scene));
        let seconds = started.elapsed().as_secs_f64();
        println!("#{:?} {cause}: {seconds:.1} s", entry.numbers);
        match result {
            Ok(()) => shown += 1,
            Err(error) => {
                println!("  {error:#}\n{}", sim.ctl(["explain"])?);
                failed.push(format!("#{:?} {cause}: {error:#}", entry.numbers));
            }
        }
    }
    let not = entries::all().iter().filter(|entry| matches!(entry.shown, Shown::Not(_))).count();
    println!("{shown} causes show their symptoms; {not} entries can't be shown");
    ensure!(failed.is_empty(), "{}", failed.join("\n"));
    Ok(())
}
