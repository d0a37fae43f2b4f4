//! Sites that were set up by hand, in ways that look different: each is adopted without one effect, by the spec with which
//! it could have been made and by the smallest one; or it is told what is wrong with it.

mod file;
mod hands;
mod smallest;

use anyhow::{Context as _, Result, bail, ensure};
use file::{Expected, Site, Spec};
use scaleout_lab::lab::run;
use scaleout_lab::objects::{condition, is_ready, kind_of, name_of};
use scaleout_lab::{Lab, cases, leaks};
use scaleout_sim_site::SimSite;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::sleep;

const LIMIT: Duration = Duration::from_mins(15);
/// Heartbeats and jobs come round before anybody looks.
const AGE: Duration = Duration::from_secs(10);

#[test]
fn sites_that_are_right_are_adopted_without_an_effect() -> Result<()> {
    let sites = file::read_all()?;
    let mut pairs = Vec::new();
    for site in &sites {
        pairs.extend(site.specs().iter().map(|spec| (site, *spec)));
    }
    let built = Built::default();
    cases::each(
        &pairs,
        |(site, spec)| format!("{} by {spec:?}", site.name),
        |(site, spec)| run(adopt(&built, site, *spec)),
    )?;
    let reported = sites.iter().filter(|site| site.expect != Expected::Ready).count();
    println!(
        "adopted sites: {} files, {} adoptions; {} of them are told what is wrong; 0 effects",
        sites.len(),
        pairs.len(),
        reported
    );
    println!("{}", leaks::told());
    Ok(())
}

/// Sites as their people finished them, by what is particular about how they did it.
#[derive(Default)]
struct Built(Mutex<BTreeMap<String, SimSite>>);

impl Built {
    /// A site that was made with a controller, so that it is whole; nothing of that controller is kept.
    async fn site(&self, site: &Site) -> Result<SimSite> {
        let key = site.made_by();
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let mut lab = Lab::new(&site.setting()?)?;
        lab.apply_all()?;
        lab.lead();
        lab.until_ready(LIMIT).await.context("the site can't be made")?;
        lab.settle(LIMIT).await?;
        lab.stop().await;
        let made = lab.site.read(SimSite::clone);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, made.clone());
        Ok(made)
    }
}

async fn adopt(built: &Built, site: &Site, spec: Spec) -> Result<()> {
    let made = built.site(site).await?;
    let objects = site.objects(&made, spec)?;
    let mut setting = site.setting()?.over(made);
    setting.objects = objects;
    let mut lab = Lab::new(&setting)?;
    site.hands.iter().try_for_each(|hand| hand.work(&lab))?;
    sleep(AGE).await;
    let before = lab.effects().len();
    lab.apply_all()?;
    lab.lead();
    lab.settle(LIMIT).await?;
    let effects = lab.own_effects(before);
    if !effects.is_empty() {
        let first: Vec<&str> = effects.iter().take(12).map(String::as_str).collect();
        bail!("{} effects:\n{}\n{}", effects.len(), first.join("\n"), lab.describe());
    }
    leaks::grep(&lab)?;
    check(&lab, &site.expect)
}

fn check(lab: &Lab, expected: &Expected) -> Result<()> {
    match expected {
        Expected::Ready => {
            ensure!(lab.objects().iter().all(is_ready), "not ready:\n{}", lab.describe());
        }
        Expected::Told { object, condition: type_, reason } => {
            let objects = lab.objects();
            let found = objects.iter().find(|o| kind_of(o) == object || name_of(o) == object);
            let found = found.with_context(|| format!("no {object}"))?;
            match condition(found, type_) {
                Some((_, told, _)) if told == reason => {}
                other => bail!("{type_} of {object} says {other:?}, not {reason}\n{}", lab.describe()),
            }
        }
    }
    Ok(())
}
