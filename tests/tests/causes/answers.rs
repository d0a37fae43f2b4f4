//! What the controller makes of causes: it mends them, or a condition of an object says why not. Causes that have nothing
//! to do with each other are set together, in rounds.

use crate::outside::Outside;
use crate::plan::{Change, Step, apply, inverse, perform};
use crate::scene::Scene;
use anyhow::{Context as _, Result};
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use xtask::demo::{Watch, wait_converged};
use xtask::rig::Rig;
use xtask::wait;

const ANSWERED: Duration = Duration::from_secs(40);
const READY: Duration = Duration::from_mins(1);

/// What the controller does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// The field is right again, by an effect of this kind.
    Mends(&'static str),
    /// A step or condition gets this reason; people must act.
    Says(&'static str),
}

/// A cause that is set while the controller runs.
pub(crate) struct Answer {
    /// Numbers in the catalogue; none: not in it.
    pub(crate) numbers: &'static [u8],
    pub(crate) cause: &'static str,
    pub(crate) change: fn(&Scene) -> Result<Vec<Change>>,
    /// What lets the cause take effect, and its end.
    pub(crate) then: Option<fn(&Scene) -> Step>,
    /// Whether the site is right again, where another field than the cause's says so.
    pub(crate) mended: Option<fn(&Scene, &Value) -> bool>,
    pub(crate) expected: Expected,
}

impl Answer {
    pub(crate) const fn new(
        numbers: &'static [u8],
        cause: &'static str,
        expected: Expected,
        change: fn(&Scene) -> Result<Vec<Change>>,
    ) -> Self {
        Self { numbers, cause, change, then: None, mended: None, expected }
    }
}

/// Each round; answers what is not as expected.
pub(crate) fn ask(rig: &mut Rig, group: &str, role: &str, rounds: &[&[Answer]]) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    for (number, round) in rounds.iter().enumerate() {
        let started = Instant::now();
        let asked = Round::set(rig, group, role, round)?;
        wrong.extend(asked.watch(rig)?);
        asked.set_back(rig)?;
        // What was told to people may stand for minutes after they acted; nothing follows the last round.
        if number + 1 < rounds.len() {
            rig.force_pass(&format!("after-round-{number}"))?;
            let ready = wait_converged(rig, &mut Watch::start(), READY, |_| {});
            ready.with_context(|| format!("after {:?}", asked.causes()))?;
        }
        println!("{:.1} s: {:?}", started.elapsed().as_secs_f64(), asked.causes());
    }
    Ok(wrong)
}

/// Causes that are set now.
struct Round<'a> {
    scene: Scene,
    answers: Vec<(&'a Answer, Vec<Change>)>,
    reasons: BTreeSet<String>,
    effects: u64,
}

impl<'a> Round<'a> {
    fn set(rig: &Rig, group: &str, role: &str, round: &'a [Answer]) -> Result<Self> {
        let outside = Outside::new(&rig.sim, "corp.example")?;
        let scene = Scene::look(&outside, group, role)?;
        let reasons = reasons(rig)?;
        // Agents tell of changes at once, so that the first effects may come before the last cause is set.
        let effects = rig.sim.effects_count()?;
        let mut answers = Vec::new();
        for answer in round {
            let changes = (answer.change)(&scene).context(answer.cause)?;
            changes.iter().try_for_each(|change| apply(&outside, change))?;
            let then: Vec<Step> = answer.then.iter().map(|then| then(&scene)).collect();
            perform(&outside, &scene, &then)?;
            answers.push((answer, changes));
        }
        Ok(Self { scene, answers, reasons, effects })
    }

    fn causes(&self) -> Vec<&str> {
        self.answers.iter().map(|(answer, _)| answer.cause).collect()
    }

    /// Waits until all is answered; tells which answers are not as expected.
    fn watch(&self, rig: &Rig) -> Result<Vec<String>> {
        rig.force_pass(&format!("after-{}", self.effects))?;
        let mut seen = BTreeSet::new();
        let mut open = Vec::new();
        let mut kinds = BTreeSet::new();
        let waited = wait::until("answers", ANSWERED, || {
            seen.extend(reasons(rig)?.difference(&self.reasons).cloned());
            let effects = rig.sim.effects_since(self.effects)?;
            kinds = effects.iter().filter(|e| !e.is_by_hand()).map(|e| e.kind.clone()).collect();
            let dump = rig.sim.dump()?;
            let is_open = |(answer, changes): &&(&Answer, Vec<Change>)| !match answer.expected {
                Expected::Mends(kind) => self.is_mended(answer, changes, &dump) && kinds.contains(kind),
                Expected::Says(reason) => seen.iter().any(|one: &String| one.contains(reason)),
            };
            open = self.answers.iter().filter(is_open).map(|(answer, _)| answer.cause).collect();
            Ok(open.is_empty().then_some(()))
        });
        println!("  effects {kinds:?}\n  told {seen:#?}");
        Ok(if waited.is_ok() { Vec::new() } else { open.into_iter().map(str::to_owned).collect() })
    }

    /// Whether no field is as the cause made it.
    fn is_mended(&self, answer: &Answer, changes: &[Change], dump: &Value) -> bool {
        if let Some(mended) = answer.mended {
            return mended(&self.scene, dump);
        }
        changes.iter().all(|change| match change {
            // What the cause added may stay where it does no harm.
            Change::Set(path, value) => self.scene.get(path).is_none() || dump.pointer(path) != Some(value),
            Change::Unset(path) => dump.pointer(path).is_some(),
        })
    }

    /// Takes back what nobody mended.
    fn set_back(&self, rig: &Rig) -> Result<()> {
        let outside = Outside::new(&rig.sim, "corp.example")?;
        let dump = rig.sim.dump()?;
        for (answer, changes) in &self.answers {
            if !self.is_mended(answer, changes, &dump) {
                for change in changes.iter().rev() {
                    apply(&outside, &inverse(&self.scene, change)?)?;
                }
            }
            let then: Vec<Step> = answer.then.iter().map(|then| then(&self.scene)).collect();
            perform(&outside, &self.scene, &then)?;
        }
        Ok(())
    }
}

/// All steps and conditions with their reasons, as lines.
fn reasons(rig: &Rig) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for object in rig.objects()? {
        let name = object.name();
        let steps = object.steps().into_iter();
        found.extend(steps.map(|s| format!("{name} {} {} {}: {}", s.step, s.verdict, s.reason, s.message)));
        let conditions = object.conditions().into_iter().filter(|condition| condition.type_ != "Stalled");
        found.extend(
            conditions.map(|c| format!("{name} {}={} {}: {}", c.type_, c.status, c.reason, c.message)),
        );
    }
    Ok(found)
}
