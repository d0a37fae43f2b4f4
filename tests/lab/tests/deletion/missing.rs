//! Teardown without its Secrets, or without what the object refers to: Stalled at once, until it is back or is no longer
//! wanted; what never was is no reason to wait.

use crate::scene::{LONG, SOON, Scene, WORKERS, key, secret};
use crate::teardown::{MASTER_ORDER, WORKER_ORDER, of_master, of_worker};
use anyhow::{Context as _, Result, ensure};
use scaleout_lab::api::Key;
use scaleout_lab::objects::name_of;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::sleep;

const GONE: &str = "CredentialsGone";
/// "At once": the next pass.
const AT_ONCE: Duration = Duration::from_secs(10);

/// Takes a Secret away before a Teardown; gives it back later.
async fn without(scene: Scene, name: &str, deleted: &str) -> Result<(Scene, Value)> {
    let kept = scene.lab.api.get(&secret(name)).with_context(|| format!("no Secret {name}"))?;
    scene.lab.delete(&secret(name))?;
    scene.tear_down(&[deleted])?;
    scene.stalls(deleted, GONE, AT_ONCE).await?;
    sleep(2 * SOON).await;
    scene.stalls(deleted, GONE, AT_ONCE).await?;
    scene.nothing_done()?;
    Ok((scene, kept))
}

pub(super) async fn the_operators_login(mut scene: Scene) -> Result<Scene> {
    scene.lab.lead();
    let (scene, kept) = without(scene, "sql-operator", "etl01").await?;
    scene.lab.put_secret(kept)?;
    scene.gone(&["etl01"], LONG).await?;
    scene.done(&of_worker("ETL01"), &WORKER_ORDER)?;
    Ok(scene)
}

pub(super) async fn the_ca(mut scene: Scene) -> Result<Scene> {
    scene.lab.lead();
    scene.delete(&WORKERS)?;
    scene.gone(&WORKERS, SOON).await?;
    let (scene, _) = without(scene, "sql-ca", "ssis-master").await?;
    // Not wanted any more.
    scene.set_policy(&["ssis-master"], "Retain")?;
    scene.gone(&["ssis-master"], SOON).await?;
    scene.ended(&["ssis-master"], "Retained")?;
    scene.nothing_done()?;
    Ok(scene)
}

/// Somebody takes the finalizer off by hand.
fn tear_out(scene: &Scene, key: &Key) -> Result<Value> {
    let object = scene.lab.api.get(key).context("gone")?;
    scene.lab.delete(key)?;
    scene.lab.patch(key, &json!({"metadata": {"finalizers": []}}))?;
    ensure!(scene.lab.api.get(key).is_none(), "{} is still there", name_of(&object));
    Ok(object)
}

async fn torn_out(mut scene: Scene, reference: &str) -> Result<Scene> {
    scene.tear_down(&["etl01"])?;
    let object = tear_out(&scene, &key(reference))?;
    scene.lab.lead();
    scene.stalls("etl01", GONE, AT_ONCE).await?;
    sleep(2 * SOON).await;
    scene.nothing_done()?;
    // Brought back, with the same spec.
    let again = json!({"apiVersion": object["apiVersion"], "kind": object["kind"],
        "metadata": {"name": reference}, "spec": object["spec"]});
    scene.lab.apply(&again)?;
    scene.gone(&["etl01"], LONG).await?;
    ensure!(!scene.is_enabled("etl01")?, "it is still enabled");
    Ok(scene)
}

pub(super) async fn the_group(scene: Scene) -> Result<Scene> {
    torn_out(scene, "ssisdb").await
}

pub(super) async fn the_master(mut scene: Scene) -> Result<Scene> {
    scene.tear_down(&["etl01"])?;
    tear_out(&scene, &key("ssis-master"))?;
    scene.lab.lead();
    scene.stalls("etl01", GONE, AT_ONCE).await?;
    sleep(2 * SOON).await;
    scene.nothing_done()?;
    scene.set_policy(&["etl01"], "Retain")?;
    scene.gone(&["etl01"], SOON).await?;
    scene.nothing_done()?;
    Ok(scene)
}

/// A Teardown does not need the passwords of accounts.
pub(super) async fn the_account_of_a_worker(mut scene: Scene) -> Result<Scene> {
    scene.lab.lead();
    for name in ["svc-ssis-worker", "svc-ssis-master", "ssis-log-login", "ssisdb-dmk"] {
        scene.lab.delete(&secret(name))?;
    }
    scene.delete(&["etl02", "etl03"])?;
    scene.tear_down(&["ssis-master", "etl01"])?;
    scene.gone(&["ssis-master", "etl01"], LONG).await?;
    scene.done(&[of_worker("ETL01"), of_master()].concat(), &MASTER_ORDER)?;
    Ok(scene)
}

/// A copy of an object that refers to nothing that was ever there, on a host that nobody knows.
fn stray(scene: &Scene, of: &str, name: &str, change: &Value) -> Result<()> {
    let object = scene.object(of).context("gone")?;
    let mut stray = json!({"apiVersion": object["apiVersion"], "kind": object["kind"],
        "metadata": {"name": name}, "spec": object["spec"]});
    stray["spec"]["deletionPolicy"] = json!("Teardown");
    scaleout_lab::objects::merge(&mut stray, change);
    scene.lab.apply(&stray).map(drop)
}

pub(super) async fn a_master_that_never_was(mut scene: Scene) -> Result<Scene> {
    scene.lab.lead();
    let node = json!({"name": "ETL09", "agent": {"endpoint": "https://etl09.corp.example:8443"}});
    stray(&scene, "etl01", "stray", &json!({"spec": {"masterRef": {"name": "nobody"}, "node": node}}))?;
    scene.says("stray", "AgentUnreachable", SOON).await?;
    scene.delete(&["stray"])?;
    scene.gone(&["stray"], AT_ONCE).await?;
    let events = scene.events("TornDown");
    ensure!(
        events
            .iter()
            .any(|(of, type_, text)| of == "stray" && type_ == "Warning" && text.contains("held on ETL09")),
        "{events:?}"
    );
    scene.nothing_done()?;
    Ok(scene)
}

pub(super) async fn a_group_that_never_was(mut scene: Scene) -> Result<Scene> {
    scene.lab.lead();
    let change =
        json!({"spec": {"availabilityGroupRef": {"name": "nobody"}, "clusteredRole": {"name": "other"}}});
    stray(&scene, "ssis-master", "other-master", &change)?;
    scene
        .lab
        .until(SOON, "it took part in a pass", |_| {
            scene.object("other-master").is_some_and(|object| object.get("status").is_some())
        })
        .await?;
    scene.delete(&["other-master"])?;
    scene.gone(&["other-master"], AT_ONCE).await?;
    scene.nothing_done()?;
    Ok(scene)
}
