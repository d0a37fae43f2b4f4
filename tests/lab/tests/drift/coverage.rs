//! Which steps and which fields the table covers: every step of the chains, and every field of the site that changed
//! while the demo came into being, is on it or excluded with a reason.

use crate::case::Case;
use crate::exclusions::{FIELDS, STEPS};
use crate::facts::{Changes, compare, fits, pattern, tree};
use crate::scene::{LIMIT, converged, rest, setting};
use anyhow::{Result, ensure};
use scaleout_lab::Lab;
use scaleout_lab::lab::run;
use scaleout_planning::steps::{group, master, worker};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Patterns, and the effects that change them.
type Fields = BTreeMap<String, BTreeSet<String>>;

/// Names of all steps.
fn steps() -> BTreeSet<String> {
    let group = group::chain().into_iter().map(scaleout_planning::step::Step::id);
    let master = master::chain().into_iter().map(scaleout_planning::step::Step::id);
    let worker = worker::chain().into_iter().map(scaleout_planning::step::Step::id);
    group.chain(master).chain(worker).map(|id| id.to_string()).collect()
}

/// Judges the steps; how many are covered, and how many excluded.
pub(crate) fn judge_steps(cases: &[Case]) -> Result<(usize, usize)> {
    let seen: BTreeSet<String> =
        cases.iter().flat_map(|case| case.seen).map(|step| (*step).to_owned()).collect();
    let all = steps();
    let excluded: BTreeSet<String> = STEPS.iter().map(|(step, _)| (*step).to_owned()).collect();
    let missing: Vec<&String> =
        all.iter().filter(|step| !seen.contains(*step) && !excluded.contains(*step)).collect();
    ensure!(missing.is_empty(), "no case for the steps {missing:?}");
    let idle: Vec<&String> =
        excluded.iter().filter(|step| seen.contains(*step) || !all.contains(*step)).collect();
    ensure!(idle.is_empty(), "steps that need not be excluded: {idle:?}");
    Ok((all.len() - excluded.len(), excluded.len()))
}

/// Things and fields that changed while the site came into being.
fn written() -> Result<(Fields, Fields)> {
    run(async {
        let mut lab = Lab::new(&setting()?)?;
        lab.site.update(|sim| sim.trace = Some(Vec::new()));
        lab.apply_all()?;
        lab.lead();
        lab.until_ready(LIMIT).await?;
        rest(&lab).await?;
        let kinds: Vec<String> = lab.effects().iter().map(|effect| effect.kind.clone()).collect();
        let trace = lab.site.update(|sim| sim.trace.take()).unwrap_or_default();
        ensure!(trace.len() == kinds.len(), "effects that were not traced");
        let (mut things, mut fields) = (Fields::new(), Fields::new());
        let mut last: Option<Value> = None;
        for ((before, after), kind) in trace.iter().zip(kinds) {
            let (before, after) = (tree(before), tree(after));
            if let Some(last) = last {
                note(&compare(&last, &before), "time", &mut things, &mut fields);
            }
            note(&compare(&before, &after), &kind, &mut things, &mut fields);
            last = Some(after);
        }
        Ok((things, fields))
    })
}

fn note(changes: &Changes, kind: &str, things: &mut Fields, fields: &mut Fields) {
    for path in &changes.added {
        things.entry(pattern(path)).or_default().insert(kind.to_owned());
    }
    for path in changes.changed.iter().chain(&changes.written) {
        fields.entry(pattern(path)).or_default().insert(kind.to_owned());
    }
}

/// What the cases take away, and what they change in place.
fn drifted(cases: &[Case]) -> Result<(BTreeSet<String>, BTreeSet<String>)> {
    let snapshot = converged()?;
    let (mut gone, mut changed) = (BTreeSet::new(), BTreeSet::new());
    for case in cases {
        run(async {
            let lab = Lab::resume(snapshot)?;
            let before = lab.look(tree);
            case.change(&lab)?;
            let differing = compare(&before, &lab.look(tree));
            gone.extend(differing.removed.iter().map(|path| pattern(path)));
            changed.extend(differing.changed.iter().map(|path| pattern(path)));
            Ok(())
        })?;
    }
    Ok((gone, changed))
}

/// Judges the fields; how many are drifted, and how many excluded.
pub(crate) fn judge_fields(cases: &[Case]) -> Result<(usize, usize)> {
    let (things, fields) = written()?;
    let (gone, changed) = drifted(cases)?;
    let excluded = |path: &str| FIELDS.iter().any(|(pattern, _)| fits(path, pattern));
    let covered = |path: &&String, by: &BTreeSet<String>| by.contains(*path);
    let mut missing: Vec<String> = Vec::new();
    let all = things
        .iter()
        .map(|entry| (entry, &gone, "thing"))
        .chain(fields.iter().map(|entry| (entry, &changed, "field")));
    let (mut drifted, mut left_out) = (0, 0);
    for ((path, kinds), by, what) in all {
        if covered(&path, by) {
            drifted += 1;
        } else if excluded(path) {
            left_out += 1;
        } else {
            missing.push(format!("{what} {path} of {kinds:?}"));
        }
    }
    ensure!(missing.is_empty(), "no case for {} of them:\n{}", missing.len(), missing.join("\n"));
    let paths: Vec<&String> = things.keys().chain(fields.keys()).collect();
    let idle = FIELDS.iter().filter(|(pattern, _)| !paths.iter().any(|path| fits(path, pattern)));
    let idle: Vec<&str> = idle.map(|(pattern, _)| *pattern).collect();
    ensure!(idle.is_empty(), "exclusions of nothing: {idle:?}");
    Ok((drifted, left_out))
}
