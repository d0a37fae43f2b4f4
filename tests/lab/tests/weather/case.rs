//! A case: what happens, what must be told meanwhile, what may be done meanwhile and afterwards.

use crate::act::{Act, End, begin, end};
use anyhow::{Context as _, Result, bail, ensure};
use scaleout_lab::lab::{pass_request, run};
use scaleout_lab::objects::{condition, is_ready, key_of, kind_of, name_of};
use scaleout_lab::secrets::opaque;
use scaleout_lab::{Lab, Setting, Snapshot};
use scaleout_sim_site::Origin;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::time::Duration;
use tokio::time::sleep;

/// How long anything may take.
pub(crate) const LIMIT: Duration = Duration::from_mins(15);
/// How long the weather lasts once all is told: many passes.
const DWELL: Duration = Duration::from_secs(12);
/// A pass that an agent's event or the wait for something asks for has come.
const SEEN: Duration = Duration::from_secs(3);
/// How long it may take until all is told: two deadlines of agents and instances, or three heartbeats.
const PATIENCE: Duration = Duration::from_mins(4);

/// Object (`group`, `master` or a worker's name), condition, status and reason.
pub(crate) type Told = (&'static str, &'static str, &'static str, &'static str);

/// The objects that must stay Ready.
pub(crate) const ALL_READY: &[Told] = &[
    ("group", "Ready", "True", "Converged"),
    ("master", "Ready", "True", "Converged"),
    ("etl01", "Ready", "True", "Converged"),
    ("etl03", "Ready", "True", "Converged"),
];

/// When it happens.
#[derive(Clone, Copy, Debug)]
pub(crate) enum When {
    /// On the converged site, under a leader that has looked.
    AtRest,
    /// On the converged site, before a new leader's first look.
    AtStart,
    /// While an empty site converges, after so many effects.
    Under(usize),
}

/// One case.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) when: When,
    pub(crate) acts: &'static [Act],
    pub(crate) told: &'static [Told],
    /// Kinds of effects that may, and must, be done meanwhile; on a site that converges: targets on which nothing may be.
    pub(crate) meanwhile: &'static [&'static str],
    /// Kinds of destructive effects that mend it afterwards.
    pub(crate) afterwards: &'static [&'static str],
}

impl Case {
    pub(crate) const fn new(
        name: &'static str,
        when: When,
        acts: &'static [Act],
        told: &'static [Told],
    ) -> Self {
        Self { name, when, acts, told, meanwhile: &[], afterwards: &[] }
    }

    pub(crate) const fn meanwhile(self, meanwhile: &'static [&'static str]) -> Self {
        Self { meanwhile, ..self }
    }

    pub(crate) const fn afterwards(self, afterwards: &'static [&'static str]) -> Self {
        Self { afterwards, ..self }
    }
}

/// Takes something away, or costs running work.
pub(crate) fn is_destructive(kind: &str) -> bool {
    const WORDS: [&str; 12] = [
        "Drop", "Delete", "Remove", "Destroy", "Stop", "Restart", "Offline", "Move", "Disable", "FailOver",
        "Revoke", "Close",
    ];
    WORDS.iter().any(|word| kind.starts_with(word)) || kind == "StartInstall" || kind.contains("Failover")
}

/// The demo, and the same converged, with the destructive effects that this took.
struct Base {
    setting: Setting,
    converged: Snapshot,
    destructive: BTreeMap<String, usize>,
    effects: usize,
}

fn base() -> Result<&'static Base> {
    static BASE: OnceLock<Result<Base, String>> = OnceLock::new();
    let made = BASE.get_or_init(|| {
        let build = async {
            let setting = Setting::demo()?;
            let mut lab = Lab::new(&setting)?;
            lab.apply_all()?;
            lab.lead();
            lab.until_ready(LIMIT).await?;
            lab.settle(LIMIT).await?;
            lab.stop().await;
            let (destructive, effects) = (destructive(&lab, 0), lab.effects().len());
            Ok(Base { setting, converged: lab.snapshot()?, destructive, effects })
        };
        run(build).map_err(|error| format!("{error:#}"))
    });
    made.as_ref().map_err(|error| anyhow::anyhow!("{error}"))
}

/// Makes the converged demo, outside of any runtime.
pub(crate) fn prepare() -> Result<()> {
    base().map(drop)
}

/// A lab that goes on from the converged demo, without a controller.
pub(crate) fn converged() -> Result<Lab> {
    Lab::resume(&base()?.converged)
}

/// One of the demo's Secrets, with its password replaced if another is given.
pub(crate) fn secret(name: &str, password: Option<&str>) -> Result<Value> {
    let setting = &base()?.setting;
    let mut all = setting.known.derive(&setting.objects).into_iter();
    let mut found = all.find(|secret| name_of(secret) == name).context("no such Secret")?;
    if let Some(password) = password {
        let wrong = opaque(name, password);
        found["data"]["password"] = wrong["data"]["password"].clone();
    }
    Ok(found)
}

/// Destructive effects that were not made by hand, counted by kind.
fn destructive(lab: &Lab, since: usize) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for effect in lab.effects().iter().skip(since) {
        if effect.origin != Origin::Control && is_destructive(&effect.kind) {
            *counts.entry(effect.kind.clone()).or_default() += 1;
        }
    }
    counts
}

/// Plays a case.
pub(crate) fn play(case: &Case) -> Result<()> {
    run(scenario(case, base()?))
}

async fn scenario(case: &Case, base: &Base) -> Result<()> {
    let (mut lab, before) = match case.when {
        When::AtRest | When::AtStart => (converged()?, base.effects),
        When::Under(_) => (Lab::new(&base.setting)?, 0),
    };
    if let When::AtStart = case.when {
        let ends = begin_all(&lab, case).await?;
        lab.lead();
        return weather(case, base, &lab, before, ends).await;
    }
    if let When::Under(_) = case.when {
        lab.apply_all()?;
    }
    lab.lead();
    match case.when {
        When::Under(count) => drop(lab.until(LIMIT, "effects", |lab| lab.effects().len() >= count).await?),
        _ => sleep(Duration::from_secs(4)).await,
    }
    let ends = begin_all(&lab, case).await?;
    weather(case, base, &lab, before, ends).await
}

async fn begin_all(lab: &Lab, case: &Case) -> Result<Vec<End>> {
    let mut ends = Vec::new();
    for act in case.acts {
        // A group that is being made can't fail over, and a role that is not there can't move.
        let mut left = if let When::Under(_) = case.when { 240 } else { 0 };
        loop {
            match begin(lab, act) {
                Ok(end) => break ends.extend(end),
                Err(error) if left == 0 => return Err(error),
                Err(_) => left -= 1,
            }
            sleep(Duration::from_millis(250)).await;
        }
    }
    Ok(ends)
}

async fn weather(case: &Case, base: &Base, lab: &Lab, before: usize, ends: Vec<End>) -> Result<()> {
    let begun = lab.effects().len();
    ensure!(!case.told.is_empty(), "nothing is told");
    ask(lab).await?;
    let mut left = PATIENCE.as_secs();
    while !all_told(lab, case.told) {
        ensure!(left > 0, "not told: {:?}\n{}", missing(lab, case.told), shown(lab, begun));
        left -= 1;
        sleep(Duration::from_secs(1)).await;
    }
    sleep(DWELL).await;
    if let Some(told) = case.told.iter().find(|one| !is_told(lab, one)) {
        bail!("not told any more: {told:?}\n{}", shown(lab, begun));
    }
    judge_meanwhile(case, lab, begun)?;
    for one in ends.into_iter().rev() {
        end(lab, one).await?;
    }
    ask(lab).await?;
    lab.until_ready(LIMIT).await?;
    for act in case.acts {
        if let Act::Drift(path, wrong) = act {
            let site = lab.look(|site| serde_json::to_value(site))?;
            let wrong: Value = serde_json::from_str(wrong)?;
            ensure!(site.pointer(path) != Some(&wrong), "{path} is still {wrong}");
        }
    }
    let ready = lab.effects().len();
    sleep(DWELL).await;
    let more = lab.own_effects(ready);
    ensure!(more.is_empty(), "it was Ready, and then did {more:?}");
    ensure!(lab.objects().iter().all(is_ready), "it was Ready and is not any more:\n{}", lab.describe());
    judge_whole(case, base, lab, before)
}

/// Asks for a pass of every object, and waits until it has begun.
async fn ask(lab: &Lab) -> Result<()> {
    for object in lab.objects() {
        let asked = pass_request(&lab.api.revision().to_string());
        lab.patch(&key_of(&object)?, &asked)?;
    }
    sleep(SEEN).await;
    Ok(())
}

fn all_told(lab: &Lab, told: &[Told]) -> bool {
    told.iter().all(|one| is_told(lab, one))
}

fn missing(lab: &Lab, told: &'static [Told]) -> Vec<&'static Told> {
    told.iter().filter(|one| !is_told(lab, one)).collect()
}

fn judge_meanwhile(case: &Case, lab: &Lab, begun: usize) -> Result<()> {
    let all = lab.effects();
    let own = all.iter().skip(begun).filter(|effect| effect.origin != Origin::Control);
    if let When::Under(_) = case.when {
        let own: Vec<_> = own.collect();
        let barred = own.iter().find(|e| case.meanwhile.iter().any(|part| e.target.contains(part)));
        ensure!(barred.is_none(), "done meanwhile: {barred:?}\n{}", shown(lab, begun));
        return Ok(());
    }
    let kinds: Vec<&str> = own.map(|effect| effect.kind.as_str()).collect();
    let same = kinds.iter().all(|kind| case.meanwhile.contains(kind))
        && case.meanwhile.iter().all(|kind| kinds.contains(kind));
    ensure!(same, "meanwhile {:?} was expected\n{}", case.meanwhile, shown(lab, begun));
    Ok(())
}

fn judge_whole(case: &Case, base: &Base, lab: &Lab, before: usize) -> Result<()> {
    let done = destructive(lab, before);
    let fits = if let When::Under(_) = case.when {
        let more = |(kind, count): (&String, &usize)| {
            *count > base.destructive.get(kind).copied().unwrap_or_default()
                && !case.afterwards.contains(&kind.as_str())
        };
        !done.iter().any(more)
    } else {
        done.keys().map(String::as_str).eq(case.afterwards.iter().copied())
    };
    ensure!(fits, "destructive: {done:?}, usual: {:?}, expected: {:?}", base.destructive, case.afterwards);
    Ok(())
}

/// Whether a condition is as told; `*` stands for any reason.
pub(crate) fn is_told(lab: &Lab, (object, type_, status, reason): &Told) -> bool {
    let kind = match *object {
        "group" => "SsisdbAvailabilityGroup",
        "master" => "ScaleOutMaster",
        name => name,
    };
    let objects = lab.objects();
    let found = objects.iter().find(|one| kind_of(one) == kind || name_of(one) == kind);
    let told = found.and_then(|found| condition(found, type_));
    told.is_some_and(|(seen, why, _)| seen == *status && (*reason == "*" || why == *reason))
}

/// What objects say that are not Ready, and what was done, for a failed test.
pub(crate) fn shown(lab: &Lab, since: usize) -> String {
    let mut lines = Vec::new();
    for object in lab.objects() {
        let all = object.pointer("/status/conditions").and_then(|all| all.as_array().cloned());
        let quiet = |type_: &str| match type_ {
            "Suspended" | "Reconciling" | "Stalled" => "False",
            _ => "True",
        };
        for type_ in all.into_iter().flatten().filter_map(|c| c.pointer("/type")?.as_str().map(str::to_owned))
        {
            let Some((status, reason, message)) = condition(&object, &type_) else { continue };
            if status != quiet(&type_) {
                let message: String = message.chars().take(150).collect();
                lines.push(format!("  {} {type_}={status}/{reason} {message}", name_of(&object)));
            }
        }
    }
    lines.extend(lab.own_effects(since).into_iter().map(|one| format!("  did {one}")).take(40));
    lines.join("\n")
}
