//! Objects that are created again after they were deleted.

use crate::scene::{ALL, LONG, SOON, Scene};
use anyhow::{Context as _, Result, ensure};
use scaleout_lab::objects::is_ready;
use serde_json::{Value, json};

/// An object as people have it in their repository.
fn declared(scene: &Scene, name: &str) -> Result<Value> {
    let object = scene.object(name).with_context(|| format!("no {name}"))?;
    Ok(json!({"apiVersion": object["apiVersion"], "kind": object["kind"], "metadata": {"name": name},
        "spec": object["spec"]}))
}

/// The objects take their claims again and adopt the site.
pub(super) async fn after_everything_was_retained(mut scene: Scene) -> Result<Scene> {
    let objects: Vec<Value> = ALL.iter().map(|name| declared(&scene, name)).collect::<Result<_>>()?;
    scene.lab.lead();
    scene.delete(&ALL)?;
    scene.gone(&ALL, SOON).await?;
    scene.lab.settle(LONG).await?;
    let claims = scene.lab.claims();
    ensure!(claims.is_empty(), "{claims:?}");
    objects.iter().try_for_each(|object| scene.lab.apply(object).map(drop))?;
    scene.lab.until_ready(LONG).await?;
    scene.lab.settle(LONG).await?;
    scene.nothing_done()?;
    // A claim is taken by the first op; the group has none to do.
    ensure!(scene.lab.claims().len() == 5, "{:?}", scene.lab.claims());
    Ok(scene)
}

pub(super) async fn a_worker_after_its_teardown(mut scene: Scene) -> Result<Scene> {
    let object = declared(&scene, "etl01")?;
    scene.lab.lead();
    scene.tear_down(&["etl01"])?;
    scene.gone(&["etl01"], LONG).await?;
    scene.lab.apply(&object)?;
    scene.lab.until(LONG, "it is Ready", |_| scene.object("etl01").as_ref().is_some_and(is_ready)).await?;
    ensure!(scene.is_enabled("etl01")?, "it is disabled");
    Ok(scene)
}

/// The claim was released, so that another object may have the node.
pub(super) async fn a_node_under_another_name(mut scene: Scene) -> Result<Scene> {
    let mut object = declared(&scene, "etl01")?;
    object["metadata"]["name"] = json!("etl01-again");
    scene.lab.lead();
    scene.delete(&["etl01"])?;
    scene.gone(&["etl01"], SOON).await?;
    scene.lab.apply(&object)?;
    scene
        .lab
        .until(LONG, "it is Ready", |_| scene.object("etl01-again").as_ref().is_some_and(is_ready))
        .await?;
    scene.lab.settle(LONG).await?;
    scene.nothing_done()?;
    Ok(scene)
}
