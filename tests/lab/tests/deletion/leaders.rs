//! The controller ends at some point of a Teardown; the next leader finishes it, and does nothing twice.

use crate::scene::{ALL, LONG, SOON, Scene};
use crate::teardown::{of_all, of_worker};
use crate::weather::same_in_the_end;
use anyhow::{Context as _, Result, ensure};

/// Up to `points` leaders, each ends right after the next effect.
async fn relay(scene: &mut Scene, points: usize) -> Result<()> {
    for point in 1..points {
        scene.lab.lead();
        let what = format!("effect {point}");
        scene.lab.until(LONG, &what, |_| scene.effects().len() >= point).await?;
        scene.lab.stop().await;
    }
    scene.lab.lead();
    Ok(())
}

pub(super) async fn a_new_leader_at_every_effect_of_a_worker(mut scene: Scene) -> Result<Scene> {
    scene.tear_down(&["etl01"])?;
    relay(&mut scene, of_worker("ETL01").len()).await.context("relay")?;
    scene.gone(&["etl01"], LONG).await?;
    scene.done(&of_worker("ETL01"), &crate::teardown::WORKER_ORDER)?;
    // The last leader finds nothing left to do.
    scene.lab.settle(LONG).await?;
    scene.done(&of_worker("ETL01"), &[])?;
    Ok(scene)
}

pub(super) async fn a_new_leader_at_every_effect_of_everything(mut scene: Scene) -> Result<Scene> {
    scene.tear_down(&ALL)?;
    relay(&mut scene, of_all().len()).await.context("relay")?;
    scene.gone(&ALL, LONG).await?;
    same_in_the_end(&scene)?;
    let events = scene.events("TornDown");
    ensure!(ALL.iter().all(|name| events.iter().any(|(of, ..)| of == name)), "{events:?}");
    scene.gone(&ALL, SOON).await?;
    Ok(scene)
}
