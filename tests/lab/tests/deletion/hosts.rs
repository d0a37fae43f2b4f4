//! Hosts that do not answer: waited for, then Stalled `HostUnreachable`, given up by name, and looked at again if they
//! come back.

use crate::scene::{LONG, SOON, Scene, WORKERS, is_said};
use crate::teardown::{WORKER_ORDER, of_master, of_worker};
use anyhow::{Context as _, Result, ensure};
use scaleout_lab::weather::Weather;
use std::time::Duration;
use tokio::time::sleep;

const UNREACHABLE: &str = "HostUnreachable";
/// The stated time is ten minutes; the pass that finds it out may be late by its own pause and by what does not answer.
const PATIENCE: std::ops::Range<u64> = 590..800;

/// Waits for the ten minutes that are stated.
async fn out_of_patience(scene: &Scene, name: &str) -> Result<()> {
    let after = scene.stalls(name, UNREACHABLE, LONG).await?;
    ensure!(PATIENCE.contains(&after.as_secs()), "{UNREACHABLE} after {after:?}");
    let object = scene.object(name).context("gone")?;
    let steps = scaleout_lab::objects::steps(&object);
    let told = steps.iter().any(|step| step.contains("annotate scaleout.ssis.dev/give-up-hosts="));
    ensure!(told, "it does not say how to go on: {steps:?}");
    Ok(())
}

fn given_up(scene: &Scene, name: &str, host: &str) -> Result<()> {
    let events = scene.events("HostGivenUp");
    let one = events.len() == 1 && events.iter().all(|(of, _, text)| of == name && text.contains(host));
    ensure!(one, "{events:?}");
    Ok(())
}

pub(super) async fn a_workers_host(mut scene: Scene) -> Result<Scene> {
    scene.power("ETL01", false)?;
    scene.lab.lead();
    scene.tear_down(&["etl01"])?;
    out_of_patience(&scene, "etl01").await?;
    scene.give_up("etl01", "ETL01")?;
    scene.gone(&["etl01"], LONG).await?;
    given_up(&scene, "etl01", "ETL01")?;
    // It gets no more tasks, and nobody trusts it.
    let all: Vec<String> =
        of_worker("ETL01").into_iter().filter(|effect| !effect.ends_with("ETL01")).collect();
    scene.done(&all, &[("EnableWorkerAgent SQL01", "DeleteCertificate SQL01")])?;
    let ended = scene.events("TornDown");
    ensure!(ended.iter().all(|(_, type_, text)| type_ == "Warning" && text.contains("ETL01")), "{ended:?}");
    Ok(scene)
}

pub(super) async fn a_host_that_comes_back(mut scene: Scene) -> Result<Scene> {
    scene.power("ETL01", false)?;
    scene.lab.lead();
    scene.tear_down(&["etl01"])?;
    sleep(Duration::from_mins(9)).await;
    let object = scene.object("etl01").context("gone")?;
    ensure!(!is_said(&object, UNREACHABLE), "too early");
    scene.power("ETL01", true)?;
    scene.gone(&["etl01"], LONG).await?;
    scene.done(&of_worker("ETL01"), &WORKER_ORDER)?;
    scene.ended(&["etl01"], "TornDown")?;
    ensure!(scene.events("HostGivenUp").is_empty(), "nobody gave it up");
    Ok(scene)
}

/// Its instances hold the deletion up until the host is there again.
pub(super) async fn a_given_up_host_that_answers_again(mut scene: Scene) -> Result<Scene> {
    scene.power("ETL01", false)?;
    for replica in ["SQL01", "SQL02"] {
        scene.lab.sky.over_instance(replica, Some(Weather::Refused));
    }
    scene.lab.lead();
    scene.tear_down(&["etl01"])?;
    scene.give_up("etl01", "ETL01")?;
    scene.says("etl01", "HostGivenUp", SOON).await?;
    scene.nothing_done()?;
    scene.power("ETL01", true)?;
    let heard =
        |_: &scaleout_lab::Lab| scene.object("etl01").is_some_and(|object| !is_said(&object, "HostGivenUp"));
    scene.lab.until(LONG, "the host is heard", heard).await?;
    for replica in ["SQL01", "SQL02"] {
        scene.lab.sky.over_instance(replica, None);
    }
    scene.gone(&["etl01"], LONG).await?;
    scene.done(&of_worker("ETL01"), &WORKER_ORDER)?;
    scene.ended(&["etl01"], "TornDown")?;
    Ok(scene)
}

/// The other node is taken down meanwhile.
pub(super) async fn a_node_of_the_master(mut scene: Scene) -> Result<Scene> {
    scene.lab.lead();
    scene.delete(&WORKERS)?;
    scene.gone(&WORKERS, SOON).await?;
    scene.lab.sky.over_node("SQL02", Some(Weather::Refused));
    scene.tear_down(&["ssis-master"])?;
    out_of_patience(&scene, "ssis-master").await?;
    scene.give_up("ssis-master", "SQL02")?;
    scene.gone(&["ssis-master"], LONG).await?;
    given_up(&scene, "ssis-master", "SQL02")?;
    let all: Vec<String> = of_master().into_iter().filter(|effect| !effect.ends_with("SQL02")).collect();
    scene.done(&all, &[])?;
    Ok(scene)
}

pub(super) async fn a_node_of_a_worker_s_master(mut scene: Scene) -> Result<Scene> {
    scene.lab.sky.over_node("SQL02", Some(Weather::Silent));
    scene.lab.lead();
    scene.tear_down(&["etl01"])?;
    out_of_patience(&scene, "etl01").await?;
    scene.give_up("etl01", "etl09, SQL02")?;
    scene.gone(&["etl01"], LONG).await?;
    given_up(&scene, "etl01", "SQL02")?;
    let all: Vec<String> =
        of_worker("ETL01").into_iter().filter(|effect| !effect.ends_with("SQL02")).collect();
    scene.done(&all, &[])?;
    Ok(scene)
}

pub(super) async fn a_replica_of_the_group(mut scene: Scene) -> Result<Scene> {
    scene.lab.lead();
    scene.delete(&["ssis-master", "etl01", "etl02", "etl03"])?;
    scene.gone(&["ssis-master", "etl01", "etl02", "etl03"], SOON).await?;
    scene.lab.sky.over_node("SQL01", Some(Weather::Silent));
    scene.lab.sky.over_node("SQL02", Some(Weather::Refused));
    scene.tear_down(&["ssisdb"])?;
    out_of_patience(&scene, "ssisdb").await?;
    scene.give_up("ssisdb", "SQL01,SQL02")?;
    scene.gone(&["ssisdb"], LONG).await?;
    scene.nothing_done()?;
    Ok(scene)
}

/// Retain tries once, and says what may still be held.
pub(super) async fn claims_that_nobody_releases(mut scene: Scene) -> Result<Scene> {
    scene.power("ETL01", false)?;
    scene.lab.sky.over_node("SQL02", Some(Weather::Silent));
    scene.lab.lead();
    scene.delete(&["etl01", "ssis-master"])?;
    scene.gone(&["etl01", "ssis-master"], SOON).await?;
    let events = scene.events("Retained");
    for (name, host) in [("etl01", "ETL01"), ("ssis-master", "SQL02")] {
        let told = events.iter().any(|(of, type_, text)| {
            of == name && type_ == "Warning" && text.contains(&format!("held on {host}"))
        });
        ensure!(told, "{events:?}");
    }
    scene.nothing_done()?;
    Ok(scene)
}
