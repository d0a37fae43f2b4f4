//! Shows how objects converge: each new step of a plan and each new state of a condition as one line.

use crate::interrupt;
use crate::rig::{Object, Rig};
use anyhow::{Result, bail};
use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

/// How often the objects are looked at.
const EVERY: Duration = Duration::from_millis(300);
/// How many lines tell what is missing when time is up.
const MISSING_LINES: usize = 25;

/// What was told already.
#[derive(Debug)]
pub struct Watch {
    started: Instant,
    told: BTreeSet<String>,
}

impl Watch {
    /// Nothing was told.
    pub fn start() -> Self {
        Self { started: Instant::now(), told: BTreeSet::new() }
    }

    /// Lines for what is new. Steps that wait are left out: they are shown when they act.
    pub fn look(&mut self, objects: &[Object]) -> Vec<String> {
        let mut lines = Vec::new();
        for object in objects {
            let now: Vec<String> = steps(object).chain(conditions(object)).collect();
            // What is over may come again, and is told again then.
            let prefix = prefix(object);
            self.told.retain(|line| !line.starts_with(&prefix) || now.contains(line));
            lines.extend(now.into_iter().filter(|line| self.told.insert(line.clone())));
        }
        let seconds = self.started.elapsed().as_secs_f64();
        lines.iter().map(|line| format!("{seconds:6.1} s  {line}")).collect()
    }
}

fn prefix(object: &Object) -> String {
    format!("{:<24} {:<12} ", object.kind(), object.name())
}

fn steps(object: &Object) -> impl Iterator<Item = String> {
    let shown = object.steps().into_iter().filter(|step| step.verdict != "Waiting");
    shown.map(move |step| {
        let what = step.op.clone().unwrap_or_else(|| format!("{}: {}", step.reason, step.message));
        format!("{}{:<32} {:<14} {:<7} {what}", prefix(object), step.step, step.target, step.verdict)
    })
}

fn conditions(object: &Object) -> impl Iterator<Item = String> {
    let shown = object.conditions().into_iter().filter(|condition| condition.status == "True");
    shown.map(move |condition| format!("{}{} ({})", prefix(object), condition.type_, condition.reason))
}

/// Looks at the objects until all are Ready, and tells what is new by `tell`. When time is up the error tells what is
/// missing.
pub fn wait_converged(
    rig: &mut Rig,
    watch: &mut Watch,
    deadline: Duration,
    mut tell: impl FnMut(&str),
) -> Result<()> {
    let began = Instant::now();
    loop {
        interrupt::check()?;
        rig.ensure_running()?;
        let objects = rig.objects()?;
        for line in watch.look(&objects) {
            tell(&line);
        }
        let declared = rig.declared.all().count();
        if objects.len() == declared && objects.iter().all(Object::is_ready) {
            return Ok(());
        }
        if began.elapsed() > deadline {
            let seconds = deadline.as_secs();
            let log = rig.controller.log().display();
            bail!("not all Ready within {seconds} s (controller's log: {log}):\n{}", missing(&objects));
        }
        thread::sleep(EVERY);
    }
}

/// What the objects that are not Ready wait for.
fn missing(objects: &[Object]) -> String {
    let late = objects.iter().filter(|object| !object.is_ready());
    let lines = late.flat_map(|object| {
        let head = object.conditions().into_iter().filter(|condition| condition.type_ == "Ready");
        let head = head.map(|ready| format!("{}: {} {}", object.name(), ready.reason, ready.message));
        let steps = object.steps().into_iter();
        let steps =
            steps.map(|step| format!("  {} {} {}: {}", step.step, step.target, step.reason, step.message));
        head.chain(steps).collect::<Vec<_>>()
    });
    lines.take(MISSING_LINES).collect::<Vec<_>>().join("\n")
}
