//! The demo: a site converges from empty and fails over, and every step is shown.

mod failover;
mod keep;
mod watch;

pub use failover::{Followed, Turn};
pub use watch::{Watch, wait_converged};

use crate::rig::{NAMESPACE, Rig, Spec};
use crate::run_folder;
use crate::stage::stage;
use crate::terminal::say;
use anyhow::{Result, bail};
use std::time::{Duration, Instant};

/// How long the site may take to converge.
const CONVERGED: Duration = Duration::from_mins(5);
/// How long it may take to be Ready again after a failover.
const READY_AGAIN: Duration = Duration::from_mins(2);

/// What to show.
#[derive(Clone, Debug)]
pub struct Options {
    /// What runs.
    pub spec: Spec,
    /// Whether everything is left running until an interrupt.
    pub keep: bool,
}

/// Runs the demo to its end, or until an interrupt.
pub fn run(options: &Options) -> Result<()> {
    let started = Instant::now();
    for folder in run_folder::sweep()? {
        say(&format!("removed {}, left by a run that was killed", folder.display()));
    }
    let mut rig = Rig::start(&options.spec)?;
    let shown = show(&mut rig, options).and_then(|()| {
        say(&format!("the demo took {:.0} s", started.elapsed().as_secs_f64()));
        if options.keep { keep::keep(&mut rig) } else { Ok(()) }
    });
    let shown = shown.map_err(|error| rig.cluster.keep_logs(error));
    let removed = rig.cluster.remove();
    shown.and(removed)
}

fn show(rig: &mut Rig, options: &Options) -> Result<()> {
    say(&format!("controller's log: {}", rig.controller.log().display()));
    let mut watch = Watch::start();
    stage("converge", || wait_converged(rig, &mut watch, CONVERGED, say))?;
    let namespace = ["--namespace", NAMESPACE];
    let wait = ["wait", "--for=condition=Ready", "--all", "ssis", "--timeout=30s"];
    for args in [&wait[..], &["get", "ssis"], &["get", "ssis", "--output", "wide"]] {
        say(&format!("$ kubectl {} {}", args.join(" "), namespace.join(" ")));
        say(rig.cluster.kubectl().run(args.iter().chain(&namespace))?.trim_end());
    }
    stage("failovers", || fail_over(rig, &mut watch))?;
    if options.spec.context.is_some() {
        say("what was applied to your cluster is removed in the end");
    }
    Ok(())
}

/// Fails the group over, moves the role, and shows that status follows and nothing else was touched.
fn fail_over(rig: &mut Rig, watch: &mut Watch) -> Result<()> {
    let before = rig.sim.effects_count()?;
    say(&format!("{before} effects on the site so far"));
    for turn in [Turn::Group, Turn::Role] {
        let followed = turn.make(rig)?;
        say(&followed.to_string());
        wait_converged(rig, watch, READY_AGAIN, say)?;
    }
    let effects = rig.sim.effects_since(before)?;
    for effect in &effects {
        say(&format!("effect {effect}"));
    }
    let foreign = effects.iter().filter(|effect| !effect.is_by_hand()).count();
    if foreign > 0 {
        bail!("{foreign} effects were not part of the failovers");
    }
    say("nothing else was touched: all effects are those of the failovers themselves");
    Ok(())
}
