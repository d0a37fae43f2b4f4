//! Running tasks, their time-outs, and who waits for whom.

use crate::scene::{LONG, SOON, Scene, WORKERS, key};
use crate::teardown::{WORKER_ORDER, of_master, of_worker};
use anyhow::{Result, ensure};
use serde_json::json;
use std::time::Duration;

const MINUTE: Duration = Duration::from_mins(1);

pub(super) async fn a_worker_drains(mut scene: Scene) -> Result<Scene> {
    scene.lab.lead();
    scene.start_task("etl01")?;
    scene.tear_down(&["etl01"])?;
    scene.waits("etl01", "WorkerDraining", 4 * MINUTE).await?;
    scene.nothing_done()?;
    ensure!(scene.is_enabled("etl01")?, "disabling is no drain");
    scene.end_tasks("etl01")?;
    scene.gone(&["etl01"], LONG).await?;
    scene.done(&of_worker("ETL01"), &WORKER_ORDER)?;
    Ok(scene)
}

/// `drain.timeoutSeconds` counts from the deletion.
pub(super) async fn a_drain_that_takes_too_long(mut scene: Scene) -> Result<Scene> {
    scene.lab.patch(&key("etl01"), &json!({"spec": {"drain": {"timeoutSeconds": 150}}}))?;
    scene.lab.lead();
    scene.start_task("etl01")?;
    scene.tear_down(&["etl01"])?;
    let began = tokio::time::Instant::now();
    scene.lab.until(LONG, "something is done", |_| !scene.effects().is_empty()).await?;
    // The time of a deletion is in whole seconds.
    let waited = began.elapsed();
    ensure!((149..210).contains(&waited.as_secs()), "it waited for {waited:?}");
    scene.gone(&["etl01"], LONG).await?;
    scene.done(&of_worker("ETL01"), &WORKER_ORDER)?;
    Ok(scene)
}

/// A master whose workers were kept, one of them with a task.
async fn busy_master(scene: &mut Scene, quiet: serde_json::Value) -> Result<()> {
    scene.lab.patch(&key("ssis-master"), &json!({"spec": {"quiet": quiet}}))?;
    scene.lab.lead();
    scene.delete(&WORKERS)?;
    scene.gone(&WORKERS, SOON).await?;
    scene.start_task("etl02")?;
    scene.tear_down(&["ssis-master"])
}

pub(super) async fn a_master_waits_for_quiet(mut scene: Scene) -> Result<Scene> {
    busy_master(&mut scene, json!({"timeoutSeconds": 1800})).await?;
    scene.waits("ssis-master", "TasksRunning", 4 * MINUTE).await?;
    scene.nothing_done()?;
    scene.end_tasks("etl02")?;
    scene.gone(&["ssis-master"], LONG).await?;
    scene.done(&of_master(), &[])?;
    Ok(scene)
}

pub(super) async fn a_quiet_that_takes_too_long(mut scene: Scene) -> Result<Scene> {
    busy_master(&mut scene, json!({"timeoutSeconds": 120})).await?;
    let began = tokio::time::Instant::now();
    scene.lab.until(LONG, "something is done", |_| !scene.effects().is_empty()).await?;
    let waited = began.elapsed();
    ensure!((119..180).contains(&waited.as_secs()), "it waited for {waited:?}");
    scene.gone(&["ssis-master"], LONG).await?;
    scene.done(&of_master(), &[])?;
    Ok(scene)
}

pub(super) async fn a_quiet_without_a_bound(mut scene: Scene) -> Result<Scene> {
    busy_master(&mut scene, json!(null)).await?;
    scene.waits("ssis-master", "TasksRunning", 8 * MINUTE).await?;
    scene.nothing_done()?;
    scene.end_tasks("etl02")?;
    scene.gone(&["ssis-master"], LONG).await?;
    Ok(scene)
}

pub(super) async fn a_group_waits_for_its_living_master(mut scene: Scene) -> Result<Scene> {
    scene.lab.lead();
    scene.tear_down(&["ssisdb"])?;
    scene.waits("ssisdb", "InUse", 2 * MINUTE).await?;
    // Those who need it are served all the while.
    for name in ["ssis-master", "etl01"] {
        ensure!(
            scene.object(name).as_ref().is_some_and(scaleout_lab::objects::is_ready),
            "{name} is not Ready"
        );
    }
    scene.delete(&["ssis-master"])?;
    scene.gone(&["ssis-master", "ssisdb"], LONG).await?;
    scene.nothing_done()?;
    Ok(scene)
}

pub(super) async fn a_master_waits_for_its_living_workers(mut scene: Scene) -> Result<Scene> {
    scene.lab.lead();
    scene.tear_down(&["ssis-master"])?;
    scene.waits("ssis-master", "InUse", 2 * MINUTE).await?;
    scene.delete(&["etl01", "etl02"])?;
    scene.waits("ssis-master", "InUse", MINUTE).await?;
    scene.nothing_done()?;
    scene.delete(&["etl03"])?;
    scene.gone(&["ssis-master"], LONG).await?;
    scene.done(&of_master(), &[])?;
    Ok(scene)
}

/// The master is kept and goes first; the group stays for the worker that drains behind it.
pub(super) async fn a_group_waits_for_workers_behind_its_master(mut scene: Scene) -> Result<Scene> {
    scene.lab.lead();
    scene.start_task("etl01")?;
    scene.tear_down(&["etl01"])?;
    scene.waits("etl01", "WorkerDraining", MINUTE).await?;
    scene.delete(&["ssisdb"])?;
    scene.waits("ssisdb", "InUse", 2 * MINUTE).await?;
    scene.end_tasks("etl01")?;
    scene.gone(&["etl01", "ssisdb"], LONG).await?;
    scene.ended(&["ssisdb"], "Retained")?;
    scene.done(&of_worker("ETL01"), &WORKER_ORDER)?;
    Ok(scene)
}

/// A master with Retain gives its coordinates as long as a worker is being taken down.
pub(super) async fn a_master_is_kept_until_its_draining_worker_is_gone(mut scene: Scene) -> Result<Scene> {
    scene.lab.lead();
    scene.start_task("etl01")?;
    scene.tear_down(&["etl01"])?;
    scene.delete(&["ssis-master", "ssisdb"])?;
    scene.waits("ssis-master", "InUse", 2 * MINUTE).await?;
    scene.says("ssisdb", "InUse", SOON).await?;
    scene.nothing_done()?;
    scene.end_tasks("etl01")?;
    scene.gone(&["etl01", "ssis-master", "ssisdb"], LONG).await?;
    scene.done(&of_worker("ETL01"), &WORKER_ORDER)?;
    scene.ended(&["ssis-master", "ssisdb"], "Retained")?;
    Ok(scene)
}
