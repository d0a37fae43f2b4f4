//! Bad weather in the middle of a Teardown: it waits, nothing is done twice, and it ends when the weather does.

use crate::scene::{ALL, LONG, Scene};
use crate::teardown::{MASTER_ORDER, of_all};
use anyhow::{Result, ensure};
use scaleout_lab::weather::Weather;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::sleep;

const SLOW: Weather = Weather::Slow(Duration::from_secs(4));
const GUST: Duration = Duration::from_secs(45);

/// Everything goes while the sky changes.
async fn through(
    mut scene: Scene,
    weather: &[Weather],
    set: impl Fn(&Scene, Option<Weather>),
) -> Result<Scene> {
    scene.lab.lead();
    scene.tear_down(&ALL)?;
    for gust in weather {
        set(&scene, Some(gust.clone()));
        sleep(GUST).await;
        set(&scene, None);
        sleep(Duration::from_secs(2)).await;
    }
    scene.gone(&ALL, LONG).await?;
    same_in_the_end(&scene)?;
    Ok(scene)
}

/// The same effects, none of them destructive twice; repeating what is idempotent is allowed.
pub(super) fn same_in_the_end(scene: &Scene) -> Result<()> {
    let done = scene.effects();
    let set = |list: &[String]| list.iter().cloned().collect::<BTreeSet<_>>();
    ensure!(set(&done) == set(&of_all()), "{done:#?}");
    for once in ["OfflineGroup", "DestroyGroup", "StopService", "DeleteBinding"] {
        let of = |list: &[String]| list.iter().filter(|effect| effect.starts_with(once)).count();
        ensure!(of(&done) == of(&of_all()), "{once} more than once: {done:#?}");
    }
    for (first, then) in MASTER_ORDER {
        let at = |wanted: &str| done.iter().position(|effect| effect == wanted);
        let last = done.iter().rposition(|effect| effect == then);
        ensure!(at(first) < last, "{then} before {first}: {done:#?}");
    }
    Ok(())
}

pub(super) async fn agents(scene: Scene) -> Result<Scene> {
    let gusts = [Weather::Reset, Weather::Garbled, Weather::Silent, Weather::Refused, Weather::Barred, SLOW];
    through(scene, &gusts, |scene, weather| {
        for node in ["SQL01", "ETL01", "ETL02"] {
            scene.lab.sky.over_node(node, weather.clone());
        }
    })
    .await
}

pub(super) async fn instances(scene: Scene) -> Result<Scene> {
    let gusts =
        [Weather::Error(1205), Weather::Reset, Weather::Silent, Weather::Error(976), Weather::Garbled, SLOW];
    through(scene, &gusts, |scene, weather| {
        for replica in ["SQL01", "SQL02"] {
            scene.lab.sky.over_instance(replica, weather.clone());
        }
    })
    .await
}

/// The API server refuses writes, then everything.
pub(super) async fn kubernetes(mut scene: Scene) -> Result<Scene> {
    scene.lab.lead();
    scene.tear_down(&ALL)?;
    for (methods, code) in
        [(&["PATCH", "POST"] as &[&str], 500), (&["PATCH"], 409), (&["GET", "DELETE"], 503)]
    {
        let hit: Vec<String> = methods.iter().map(ToString::to_string).collect();
        scene.lab.api.intercept(Some(Box::new(move |request| {
            (hit.contains(&request.method) && !request.path.contains("watch=true")).then_some(code)
        })));
        sleep(GUST).await;
        scene.lab.api.intercept(None);
        sleep(Duration::from_secs(1)).await;
    }
    scene.gone(&ALL, LONG).await?;
    same_in_the_end(&scene)?;
    Ok(scene)
}
