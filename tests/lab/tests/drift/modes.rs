//! `mode: Observe`, `suspend`, and the wait for quiet.

use crate::case::{edit, field, group, set, unset, with, worker_row};
use crate::facts::{compare, is_clock, tree};
use crate::scene::{LIMIT, converged, drift, effects, pass, patch_all, rest, setting};
use anyhow::{Context as _, Result, ensure};
use scaleout_lab::Lab;
use scaleout_lab::lab::run;
use scaleout_lab::objects::{condition, is_ready, name_of, text};
use scaleout_sim_site::Effect;
use scaleout_sim_site::effect::ControlEffect;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::sleep;

/// Drifts of all three kinds.
fn drifts(lab: &Lab) -> Result<()> {
    let enabled = with(|lab| lab.set(&format!("{}/enabled", worker_row(lab, "ETL01")?), false.into()));
    let all = [
        set(group("listener/port"), 1434),
        set(group("options/failureConditionLevel"), 5),
        unset("/nodes/SQL02/bindings/8391"),
        edit("SQL02", "SqlServerName", "SQL01"),
        edit("ETL02", "MaxTaskCount", 1),
        enabled,
    ];
    all.iter().try_for_each(|change| change(lab))
}

/// What status shows of them.
fn shown(lab: &Lab) -> Result<Vec<String>> {
    let thumbprint = field(lab, "/nodes/SQL01/bindings/8391/thumbprint")?;
    let thumbprint = thumbprint.as_str().context("no text")?.to_owned();
    Ok(vec![
        "ssisdb: site failureConditionLevel is 5, should be 2".to_owned(),
        "ssisdb: site listener.port is 1434, should be 1433".to_owned(),
        format!("ssis-master: SQL02 TLS binding is none, should be {thumbprint}"),
        "ssis-master: SQL02 SqlServerName is SQL01, should be ssisdb-lsnr.corp.example,1433".to_owned(),
        "etl01: ETL01 worker is disabled, should be enabled".to_owned(),
        "etl02: ETL02 MaxTaskCount is 1, should be 8".to_owned(),
        "etl02: ETL02 service is running with old settings, should be restarted".to_owned(),
    ])
}

/// Names, types, statuses and reasons of all conditions but `Suspended`.
fn conditions(lab: &Lab) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for object in lab.objects() {
        let all = object.pointer("/status/conditions").and_then(Value::as_array).cloned().unwrap_or_default();
        lines.extend(all.iter().filter(|found| text(found, "/type") != "Suspended").map(|found| {
            let part = |path| text(found, path);
            format!("{} {} {} {}", name_of(&object), part("/type"), part("/status"), part("/reason"))
        }));
    }
    lines
}

fn is_suspended(object: &Value) -> bool {
    condition(object, "Suspended").is_some_and(|(status, ..)| status == "True")
}

/// Mends all, and compares with what was before.
async fn mend(lab: &Lab, before: &Value, since: usize) -> Result<()> {
    pass(lab, Some(&json!({"mode": "Enforce", "suspend": false}))).await?;
    rest(lab).await?;
    let changes = compare(before, &lab.look(tree));
    let differs: Vec<&String> = changes.paths().filter(|path| !is_clock(path)).collect();
    ensure!(differs.is_empty(), "not mended: {differs:?}");
    let wanted = [
        "ReplaceSettings ETL02",
        "StopService ETL02",
        "StartService ETL02",
        "SetGroup SQL01",
        "SetListenerPort SQL01",
        "AddBinding SQL02",
        "ReplaceSettings SQL02",
    ];
    let done = effects(lab, since);
    let rest: Vec<&String> = done.iter().filter(|effect| *effect != "EnableWorkerAgent SQL01").collect();
    ensure!(rest == wanted && done.len() == wanted.len() + 1, "{done:?}");
    Ok(())
}

#[test]
fn observe_shows_every_field_and_writes_nothing() -> Result<()> {
    let snapshot = converged()?;
    run(async {
        let mut lab = Lab::resume(snapshot)?;
        let before = lab.look(tree);
        lab.lead();
        pass(&lab, Some(&json!({"mode": "Observe"}))).await?;
        let wanted = shown(&lab)?;
        drifts(&lab)?;
        let since = lab.effects().len();
        for _ in 0..3 {
            pass(&lab, None).await?;
        }
        let seen = drift(&lab);
        ensure!(seen == wanted, "status.drift is {seen:#?}");
        ensure!(effects(&lab, since).is_empty(), "mode Observe has effects");
        // Back and forth: nothing is lost.
        pass(&lab, Some(&json!({"suspend": true}))).await?;
        pass(&lab, Some(&json!({"suspend": false}))).await?;
        ensure!(drift(&lab) == wanted, "lost: {:#?}", drift(&lab));
        ensure!(effects(&lab, since).is_empty(), "mode Observe has effects");
        mend(&lab, &before, since).await
    })
}

#[test]
fn suspend_stops_all_writes_and_keeps_the_conditions() -> Result<()> {
    let snapshot = converged()?;
    run(async {
        let mut lab = Lab::resume(snapshot)?;
        let before = lab.look(tree);
        lab.lead();
        pass(&lab, None).await?;
        let kept = conditions(&lab);
        pass(&lab, Some(&json!({"suspend": true}))).await?;
        drifts(&lab)?;
        let since = lab.effects().len();
        for _ in 0..3 {
            pass(&lab, None).await?;
        }
        ensure!(effects(&lab, since).is_empty(), "suspended objects have effects");
        ensure!(lab.objects().iter().all(is_suspended), "not all say Suspended");
        let found = conditions(&lab);
        ensure!(found == kept, "conditions changed: {:?}", found.symmetric_difference(&kept));
        pass(&lab, Some(&json!({"mode": "Observe"}))).await?;
        ensure!(effects(&lab, since).is_empty(), "suspended objects have effects");
        mend(&lab, &before, since).await
    })
}

#[test]
fn suspend_in_the_middle_of_the_work_stops_it_and_loses_nothing() -> Result<()> {
    run(async {
        let mut lab = Lab::new(&setting()?)?;
        lab.apply_all()?;
        lab.lead();
        lab.until(LIMIT, "half of the work", |lab| lab.effects().len() > 60).await?;
        patch_all(&lab, &json!({"suspend": true}))?;
        // What is in flight ends.
        sleep(Duration::from_secs(1)).await;
        let effects = lab.effects().len();
        sleep(Duration::from_secs(20)).await;
        ensure!(lab.effects().len() == effects, "{:?}", lab.own_effects(effects));
        ensure!(lab.objects().iter().all(is_suspended), "not all say Suspended");
        ensure!(!lab.objects().iter().any(is_ready), "half of the work is not Ready");
        patch_all(&lab, &json!({"suspend": false}))?;
        rest(&lab).await
    })
}

fn reason_of(lab: &Lab, name: &str, type_: &str) -> String {
    let objects = lab.objects();
    let found = objects.iter().find(|object| name_of(object) == name);
    found
        .and_then(|object| condition(object, type_))
        .map_or_else(String::new, |(_, reason, _)| reason.to_owned())
}

#[test]
fn a_restart_waits_for_running_tasks_and_goes_on_after_them() -> Result<()> {
    let snapshot = converged()?;
    run(async {
        let mut lab = Lab::resume(snapshot)?;
        let row = worker_row(&lab, "ETL01")?;
        let worker = row.rsplit('/').next().unwrap_or_default().to_owned();
        lab.by_hand(&Effect::Control(ControlEffect::StartTask { worker: worker.clone() }))?;
        for change in [
            edit("ETL01", "MaxTaskCount", 1),
            edit("ETL02", "MaxTaskCount", 1),
            edit("SQL01", "SqlServerName", "SQL01"),
        ] {
            change(&lab)?;
        }
        let since = lab.effects().len();
        lab.lead();
        for _ in 0..3 {
            pass(&lab, None).await?;
        }
        let busy = effects(&lab, since);
        let wanted = [
            "ReplaceSettings ETL01",
            "ReplaceSettings ETL02",
            "StopService ETL02",
            "StartService ETL02",
            "ReplaceSettings SQL01",
        ];
        ensure!(busy == wanted, "while a task runs: {busy:?}");
        for (name, type_) in [("etl01", "ServiceRunning"), ("ssis-master", "SettingsApplied")] {
            let reason = reason_of(&lab, name, type_);
            ensure!(reason == "TasksRunning", "{type_} of {name} is {reason}");
        }
        let since = lab.effects().len();
        lab.by_hand(&Effect::Control(ControlEffect::EndTasks { worker }))?;
        rest(&lab).await?;
        let done = effects(&lab, since);
        let wanted =
            ["StopService ETL01", "StartService ETL01", "OfflineResource cluster", "OnlineResource cluster"];
        ensure!(done == wanted, "after the task: {done:?}");
        Ok(())
    })
}
