//! `Retain`: nothing of the site changes; what needed the object says so.

use crate::scene::{ALL, LONG, SOON, Scene, WORKERS};
use anyhow::{Result, ensure};
use std::time::Duration;
use tokio::time::sleep;

async fn keep(mut scene: Scene, names: &[&str]) -> Result<Scene> {
    scene.lab.lead();
    scene.delete(names)?;
    scene.gone(names, SOON).await?;
    scene.ended(names, "Retained")?;
    scene.lab.settle(LONG).await?;
    scene.nothing_done()?;
    Ok(scene)
}

pub(super) async fn a_worker(scene: Scene) -> Result<Scene> {
    let scene = keep(scene, &["etl01"]).await?;
    ensure!(scene.is_enabled("etl01")?, "it was disabled");
    Ok(scene)
}

pub(super) async fn a_master_that_workers_name(scene: Scene) -> Result<Scene> {
    let scene = keep(scene, &["ssis-master"]).await?;
    for worker in WORKERS {
        scene.says(worker, "ReferenceNotReady", SOON).await?;
    }
    Ok(scene)
}

pub(super) async fn a_group_that_a_master_names(scene: Scene) -> Result<Scene> {
    let scene = keep(scene, &["ssisdb"]).await?;
    scene.says("ssis-master", "ReferenceNotReady", SOON).await?;
    Ok(scene)
}

pub(super) async fn everything_at_once(scene: Scene) -> Result<Scene> {
    keep(scene, &ALL).await
}

/// The policy may be changed until the last moment.
pub(super) async fn what_was_to_be_taken_down_and_is_to_be_kept_after_all(mut scene: Scene) -> Result<Scene> {
    scene.lab.lead();
    scene.start_task("etl01")?;
    scene.tear_down(&["etl01"])?;
    scene.waits("etl01", "WorkerDraining", Duration::from_mins(2)).await?;
    scene.set_policy(&["etl01"], "Retain")?;
    scene.gone(&["etl01"], SOON).await?;
    scene.ended(&["etl01"], "Retained")?;
    sleep(SOON).await;
    scene.nothing_done()?;
    Ok(scene)
}
