//! `Teardown`: exactly what was made for the object is taken down, in a legal order.

use crate::scene::{ALL, LONG, SOON, Scene, WORKERS, key};
use anyhow::{Result, ensure};
use scaleout_lab::weather::Weather;
use serde_json::json;
use std::time::Duration;

const MASTERS: [&str; 2] = ["SQL01", "SQL02"];

/// What a worker's teardown does. (The catalog has one procedure body for enabling and disabling.)
pub(super) fn of_worker(host: &str) -> Vec<String> {
    let of_host = ["StopService", "SetStartType"].map(|kind| format!("{kind} {host}"));
    let trust = MASTERS.map(|node| format!("DeleteCertificate {node}"));
    [vec!["EnableWorkerAgent SQL01".to_owned()], of_host.to_vec(), trust.to_vec()].concat()
}

pub(super) const WORKER_ORDER: [(&str, &str); 4] = [
    ("EnableWorkerAgent SQL01", "StopService ETL01"),
    ("StopService ETL01", "SetStartType ETL01"),
    ("SetStartType ETL01", "DeleteCertificate SQL01"),
    ("SetStartType ETL01", "DeleteCertificate SQL02"),
];

/// What a master's teardown does.
pub(super) fn of_master() -> Vec<String> {
    let mut all: Vec<String> =
        ["OfflineGroup", "DestroyGroup"].map(|kind| format!("{kind} cluster (by SQL01)")).to_vec();
    let kinds = ["DeleteBinding", "DeleteReservation", "DeleteFirewallRule", "DeleteCertificate"];
    for node in MASTERS {
        all.extend(kinds.map(|kind| format!("{kind} {node}")));
    }
    all
}

pub(super) const MASTER_ORDER: [(&str, &str); 5] = [
    ("OfflineGroup cluster (by SQL01)", "DestroyGroup cluster (by SQL01)"),
    ("DestroyGroup cluster (by SQL01)", "DeleteBinding SQL01"),
    ("DestroyGroup cluster (by SQL01)", "DeleteReservation SQL02"),
    ("DeleteBinding SQL01", "DeleteCertificate SQL01"),
    ("DeleteBinding SQL02", "DeleteCertificate SQL02"),
];

/// Of everything.
pub(super) fn of_all() -> Vec<String> {
    let mut all = of_master();
    for host in ["ETL01", "ETL02", "ETL03"] {
        all.extend(of_worker(host));
    }
    all
}

pub(super) async fn a_worker(mut scene: Scene) -> Result<Scene> {
    scene.lab.lead();
    scene.tear_down(&["etl01"])?;
    scene.gone(&["etl01"], LONG).await?;
    scene.done(&of_worker("ETL01"), &WORKER_ORDER)?;
    scene.ended(&["etl01"], "TornDown")?;
    ensure!(!scene.is_enabled("etl01")? && scene.is_enabled("etl02")?, "the wrong one");
    scene.lab.settle(LONG).await?;
    scene.done(&of_worker("ETL01"), &WORKER_ORDER)?;
    Ok(scene)
}

/// Changed to Retain when it is disabled already: the rest stays, and nothing is undone.
pub(super) async fn a_worker_with_another_policy_in_the_middle(mut scene: Scene) -> Result<Scene> {
    scene.lab.sky.over_node("ETL01", Some(Weather::Slow(Duration::from_secs(2))));
    scene.lab.lead();
    scene.tear_down(&["etl01"])?;
    scene.lab.until(LONG, "it is disabled", |_| !scene.effects().is_empty()).await?;
    scene.set_policy(&["etl01"], "Retain")?;
    scene.gone(&["etl01"], SOON).await?;
    scene.lab.settle(LONG).await?;
    ensure!(scene.effects().len() < of_worker("ETL01").len(), "{:?}", scene.effects());
    ensure!(!scene.is_enabled("etl01")?, "it was enabled anew");
    Ok(scene)
}

pub(super) async fn a_master(mut scene: Scene) -> Result<Scene> {
    scene.lab.lead();
    scene.delete(&WORKERS)?;
    scene.gone(&WORKERS, SOON).await?;
    scene.tear_down(&["ssis-master"])?;
    scene.gone(&["ssis-master"], LONG).await?;
    scene.done(&of_master(), &MASTER_ORDER)?;
    scene.ended(&["ssis-master"], "TornDown")?;
    let own = scaleout_lab::api::Collection::new("", scaleout_lab::objects::OWN_NAMESPACE, "secrets");
    ensure!(scene.lab.api.list(&own).is_empty(), "the certificate that the operator made is still there");
    Ok(scene)
}

pub(super) async fn a_group(mut scene: Scene) -> Result<Scene> {
    scene.lab.lead();
    scene.delete(&["ssis-master", "etl01", "etl02", "etl03"])?;
    scene.gone(&["ssis-master", "etl01", "etl02", "etl03"], SOON).await?;
    scene.tear_down(&["ssisdb"])?;
    scene.gone(&["ssisdb"], SOON).await?;
    scene.ended(&["ssisdb"], "TornDown")?;
    ensure!(scene.lab.claims().is_empty(), "{:?}", scene.lab.claims());
    scene.nothing_done()?;
    Ok(scene)
}

pub(super) async fn everything_the_wrong_way_round(mut scene: Scene) -> Result<Scene> {
    scene.lab.lead();
    scene.tear_down(&["ssisdb"])?;
    scene.waits("ssisdb", "InUse", SOON).await?;
    scene.tear_down(&["ssis-master"])?;
    scene.waits("ssis-master", "InUse", SOON).await?;
    scene.nothing_done()?;
    scene.tear_down(&WORKERS)?;
    scene.gone(&ALL, LONG).await?;
    scene.done(&of_all(), &MASTER_ORDER)?;
    // The master goes after the last worker.
    let done = scene.effects();
    let at = |wanted: &str| done.iter().position(|effect| effect == wanted);
    for host in ["ETL01", "ETL02", "ETL03"] {
        let stopped = at(&format!("SetStartType {host}"));
        ensure!(stopped < at("OfflineGroup cluster (by SQL01)"), "{host}: {done:#?}");
    }
    scene.ended(&ALL, "TornDown")?;
    Ok(scene)
}

pub(super) async fn a_worker_then_its_master(scene: Scene) -> Result<Scene> {
    two(scene, ["etl01", "ssis-master"]).await
}

pub(super) async fn a_master_then_its_workers(scene: Scene) -> Result<Scene> {
    two(scene, ["ssis-master", "etl01"]).await
}

/// Two Teardowns, the second one in the same moment; the other workers are kept.
async fn two(mut scene: Scene, order: [&str; 2]) -> Result<Scene> {
    scene.lab.lead();
    scene.delete(&["etl02", "etl03"])?;
    scene.tear_down(&order)?;
    scene.gone(&order, LONG).await?;
    let all = [of_worker("ETL01"), of_master()].concat();
    scene.done(&all, &[("SetStartType ETL01", "OfflineGroup cluster (by SQL01)")])?;
    scene.ended(&order, "TornDown")?;
    Ok(scene)
}

pub(super) async fn what_is_suspended(scene: Scene) -> Result<Scene> {
    held(scene, &json!({"spec": {"suspend": true}}), &json!({"spec": {"suspend": false}})).await
}

pub(super) async fn what_is_observed(scene: Scene) -> Result<Scene> {
    held(scene, &json!({"spec": {"mode": "Observe"}}), &json!({"spec": {"mode": "Enforce"}})).await
}

/// Stops like all other writes, and goes on.
async fn held(mut scene: Scene, hold: &serde_json::Value, free: &serde_json::Value) -> Result<Scene> {
    scene.lab.lead();
    scene.lab.patch(&key("etl01"), hold)?;
    scene.tear_down(&["etl01"])?;
    tokio::time::sleep(Duration::from_mins(2)).await;
    scene.nothing_done()?;
    ensure!(scene.object("etl01").is_some(), "it is gone");
    scene.lab.patch(&key("etl01"), free)?;
    scene.gone(&["etl01"], LONG).await?;
    scene.done(&of_worker("ETL01"), &WORKER_ORDER)?;
    Ok(scene)
}
