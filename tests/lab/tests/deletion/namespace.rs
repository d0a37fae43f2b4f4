//! Whole namespaces: every kind is deleted, in random orders and with mixed policies. Nothing hangs for ever: it is gone, or
//! it is Stalled and says why; what it asks for ends it.

use crate::scene::{ALL, LONG, Scene, converged, key};
use anyhow::{Result, ensure};
use scaleout_lab::api::{Collection, Key};
use scaleout_lab::lab::run;
use scaleout_lab::objects::{NAMESPACE, condition, name_of};
use scaleout_lab::{cases, leaks};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::sleep;

const ORDERS: u64 = 24;
const DEFAULT_SEED: u64 = 4;

/// Splitmix64 (Steele, Lea, Flood 2014).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(bound.max(1)).unwrap_or(1))
            .unwrap_or_default()
    }

    fn shuffle<T>(&mut self, list: &mut [T]) {
        for last in (1..list.len()).rev() {
            list.swap(last, self.below(last + 1));
        }
    }
}

/// What the namespace controller finds: all Secrets, all Events, all objects.
fn everything(scene: &Scene) -> Vec<Key> {
    let mut keys: Vec<Key> = ALL.iter().map(|name| key(name)).collect();
    for (group, plural) in [("", "secrets"), ("events.k8s.io", "events")] {
        let collection = Collection::new(group, NAMESPACE, plural);
        for object in scene.lab.api.list(&collection) {
            keys.push(Key { collection: collection.clone(), name: name_of(&object).to_owned() });
        }
    }
    keys
}

/// How the objects ended, by reason.
type Ends = Mutex<BTreeMap<String, usize>>;

async fn delete_all(mut scene: Scene, seed: u64, ends: &Ends) -> Result<Scene> {
    let mut random = Random(seed);
    for name in ALL {
        let policy = ["Retain", "Teardown"][random.below(2)];
        scene.set_policy(&[name], policy)?;
    }
    scene.lab.lead();
    if random.below(2) == 0 {
        // Nothing can be created in a namespace that ends (403).
        scene.lab.api.intercept(Some(Box::new(|request| {
            (request.method == "POST" && request.path.contains("/namespaces/ssis/")).then_some(403)
        })));
    }
    let mut keys = everything(&scene);
    random.shuffle(&mut keys);
    for key in keys {
        // An Event may have been removed meanwhile.
        let _ = scene.lab.api.delete(&key);
        if random.below(3) == 0 {
            sleep(Duration::from_millis(u64::try_from(random.below(4000))?)).await;
        }
    }
    scene.lab.settle(2 * LONG).await?;
    for object in scene.lab.objects() {
        match condition(&object, "Stalled") {
            Some(("True", reason, message)) if !message.is_empty() => count(ends, reason),
            // It waits for one that is Stalled.
            _ if crate::scene::is_said(&object, "InUse") => count(ends, "InUse"),
            other => anyhow::bail!("{} hangs: {other:?}\n{}", name_of(&object), scene.lab.describe()),
        }
    }
    let left: Vec<String> = scene.lab.objects().iter().map(|object| name_of(object).to_owned()).collect();
    let stalled = scene.lab.objects().iter().any(|o| matches!(condition(o, "Stalled"), Some(("True", ..))));
    ensure!(left.is_empty() || stalled, "they wait for each other: {left:?}");
    (0..ALL.len() - left.len()).for_each(|_| count(ends, "gone"));
    // What CredentialsGone asks for.
    let left: Vec<&str> = left.iter().map(String::as_str).collect();
    scene.set_policy(&left, "Retain")?;
    scene.gone(&left, LONG).await?;
    scene.lab.api.intercept(None);
    Ok(scene)
}

fn count(ends: &Ends, reason: &str) {
    *ends.lock().unwrap_or_else(std::sync::PoisonError::into_inner).entry(reason.to_owned()).or_default() +=
        1;
}

#[test]
fn a_whole_namespace_ends_in_any_order() -> Result<()> {
    let snapshot = converged()?;
    let first = std::env::var("SCALEOUT_SEED").map_or(DEFAULT_SEED, |text| text.parse().unwrap());
    println!("SCALEOUT_SEED={first}");
    let seeds: Vec<u64> = (0..ORDERS).map(|order| first.wrapping_mul(1000).wrapping_add(order)).collect();
    let ends = Ends::default();
    cases::each(
        &seeds,
        |seed| format!("seed {seed}"),
        |seed| run(async { delete_all(Scene::begin(snapshot)?, *seed, &ends).await?.end() }),
    )?;
    println!("namespaces deleted: {}; objects by their end: {:?}", seeds.len(), ends.lock().unwrap());
    println!("{}", leaks::told());
    Ok(())
}
