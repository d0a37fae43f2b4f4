//! The converged site that all cases begin with, and how a case is played.

use crate::case::{Case, Then};
use crate::facts::{compare, fits, is_clock, tree};
use anyhow::{Result, anyhow, bail, ensure};
use scaleout_lab::lab::{pass_request, run};
use scaleout_lab::objects::{condition, is_ready, key_of, name_of, text};
use scaleout_lab::{Lab, Setting, Snapshot};
use scaleout_sim_site::Origin;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::OnceLock;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long anything may take.
pub(crate) const LIMIT: Duration = Duration::from_mins(4);
/// A pass that was asked for is over.
const PASS: Duration = Duration::from_secs(2);

/// The demo, with every optional field of spec named.
pub(crate) fn setting() -> Result<Setting> {
    let mut setting = Setting::demo()?;
    for object in &mut setting.objects {
        let more = match text(object, "/kind") {
            "SsisdbAvailabilityGroup" => group_options(object),
            "ScaleOutMaster" => json!({
                "clusteredRole": {"preferredOwners": ["SQL01", "SQL02"]},
                "settings": {
                    "masterHeartbeatIntervalMilliseconds": 2500,
                    "sqlConnectionTimeoutSeconds": 20,
                    "cleanupCompletedJobsIntervalMilliseconds": 43_000_000,
                    "dealWithExpiredTasksIntervalMilliseconds": 200_000,
                },
            }),
            _ => json!({"settings": {
                "maxTaskCount": 8,
                "agentHeartbeatIntervalSeconds": 3,
                "taskHeartbeatIntervalSeconds": 11,
                "taskRequestMaxCpuPercent": 60,
                "taskRequestMinMemoryMegabytes": 120,
                "heartbeatErrorToleranceSeconds": 500,
                "leaseIntervalSeconds": 90,
            }}),
        };
        merge(&mut object["spec"], &more);
    }
    Ok(setting)
}

fn group_options(object: &Value) -> Value {
    let mut replicas = object["spec"]["replicas"].clone();
    for replica in replicas.as_array_mut().into_iter().flatten() {
        let more = json!({
            "seedingMode": "Automatic",
            "backupPriority": 60,
            "sessionTimeoutSeconds": 15,
            "readableSecondary": "ReadOnly",
        });
        merge(replica, &more);
    }
    json!({
        "availabilityGroup": {
            "failureConditionLevel": 2,
            "healthCheckTimeoutMilliseconds": 45_000,
            "databaseHealthTrigger": "Enabled",
            "automatedBackupPreference": "Primary",
            "requiredSynchronizedSecondariesToCommit": 1,
            "dtcSupport": "PerDatabase",
        },
        "replicas": replicas,
    })
}

fn merge(into: &mut Value, more: &Value) {
    match more {
        Value::Object(map) => map.iter().for_each(|(key, value)| merge(&mut into[key], value)),
        other => *into = other.clone(),
    }
}

/// The converged site, made once.
pub(crate) fn converged() -> Result<&'static Snapshot> {
    static SNAPSHOT: OnceLock<Result<Snapshot, String>> = OnceLock::new();
    let made = SNAPSHOT.get_or_init(|| run(converge()).map_err(|error| format!("{error:#}")));
    made.as_ref().map_err(|error| anyhow!("{error}"))
}

async fn converge() -> Result<Snapshot> {
    let mut lab = Lab::new(&setting()?)?;
    lab.apply_all()?;
    lab.lead();
    rest(&lab).await?;
    lab.stop().await;
    lab.snapshot()
}

/// Changes the spec of all objects.
pub(crate) fn patch_all(lab: &Lab, spec: &Value) -> Result<()> {
    for object in lab.objects() {
        lab.patch(&key_of(&object)?, &json!({"spec": spec}))?;
    }
    Ok(())
}

/// One more pass of each object, with a changed spec or as asked for, and what it brings about at once.
pub(crate) async fn pass(lab: &Lab, spec: Option<&Value>) -> Result<()> {
    let calls = lab.calls().0;
    if let Some(spec) = spec {
        patch_all(lab, spec)?;
    } else {
        let now = lab.look(|site| site.now_ms).to_string();
        for object in lab.objects() {
            lab.patch(&key_of(&object)?, &pass_request(&now))?;
        }
    }
    sleep(PASS).await;
    let current = |object: &Value| {
        object.pointer("/status/observedGeneration") == object.pointer("/metadata/generation")
    };
    lab.until(LIMIT, "all specs seen", |lab| lab.objects().iter().all(current)).await?;
    ensure!(lab.calls().0 >= calls + 5, "not every object was looked at");
    Ok(())
}

/// Passes until all objects are Ready and a pass changes nothing.
pub(crate) async fn rest(lab: &Lab) -> Result<()> {
    let began = Instant::now();
    loop {
        lab.until_ready(LIMIT).await?;
        let effects = lab.effects().len();
        pass(lab, None).await?;
        if lab.effects().len() == effects && lab.objects().iter().all(is_ready) {
            return Ok(());
        }
        ensure!(began.elapsed() < LIMIT, "no rest:\n{}", lab.describe());
    }
}

/// Effects since a number that were not made by hand, `kind target`, by target.
pub(crate) fn effects(lab: &Lab, since: usize) -> Vec<String> {
    let all = lab.effects();
    let own = all.iter().skip(since).filter(|effect| effect.origin != Origin::Control);
    let mut own: Vec<(String, String)> = own
        .map(|effect| {
            let target = effect.target.split(' ').next().unwrap_or_default().to_owned();
            (target.clone(), format!("{} {target}", effect.kind))
        })
        .collect();
    own.sort_by(|left, right| left.0.cmp(&right.0));
    own.into_iter().map(|(_, effect)| effect).collect()
}

/// Steps whose drift or refusal status shows, or that give the reason which the case is about.
pub(crate) fn steps(lab: &Lab, case: &Case) -> BTreeSet<String> {
    let told = if let Then::Told { reason, .. } | Then::Warned(reason) = &case.then { reason } else { "" };
    let objects = lab.objects();
    let all = objects.iter().filter_map(|object| object.pointer("/status/plan/steps")?.as_array());
    let said = all.flatten().filter(|step| {
        let (verdict, reason) = (text(step, "/verdict"), text(step, "/reason"));
        reason == "DriftObserved" || reason == told || verdict == "Blocked"
    });
    said.map(|step| text(step, "/step").to_owned()).collect()
}

/// All of `status.drift`, a line each.
pub(crate) fn drift(lab: &Lab) -> Vec<String> {
    let objects = lab.objects();
    let mut lines = Vec::new();
    for object in &objects {
        let all = object.pointer("/status/drift").and_then(Value::as_array);
        lines.extend(all.into_iter().flatten().map(|entry| {
            let part = |path| text(entry, path);
            format!("{}: {} {} {}", name_of(object), part("/target"), part("/field"), part("/message"))
        }));
    }
    lines
}

/// What a case showed.
#[derive(Default)]
pub(crate) struct Played {
    pub(crate) steps: BTreeSet<String>,
    pub(crate) drift: Vec<String>,
    pub(crate) effects: Vec<String>,
    pub(crate) differs: Vec<String>,
}

/// Plays a case and judges it.
pub(crate) fn play(case: &Case) -> Result<()> {
    let snapshot = converged()?;
    run(async {
        let mut lab = Lab::resume(snapshot)?;
        let mut played = Played::default();
        let result = scenario(case, &mut lab, &mut played).await;
        result.map_err(|error| {
            let Played { steps, drift, effects, differs } = &played;
            anyhow!(
                "{error:#}\n  seen {steps:?}\n  drift {drift:?}\n  effects {effects:?}\n  differs {differs:?}"
            )
        })
    })
}

async fn scenario(case: &Case, lab: &mut Lab, played: &mut Played) -> Result<()> {
    let before = lab.look(tree);
    case.change(lab)?;
    let since = lab.effects().len();
    patch_all(lab, &json!({"mode": "Observe"}))?;
    lab.lead();
    sleep(PASS).await;
    for _ in 0..3 {
        (played.steps, played.drift) = (steps(lab, case), drift(lab));
        if !matches!(case.then, Then::Mended) || !played.drift.is_empty() {
            break;
        }
        pass(lab, None).await?;
    }
    played.effects = effects(lab, since);
    ensure!(played.effects.is_empty(), "mode Observe has effects");
    pass(lab, Some(&json!({"mode": "Enforce"}))).await?;
    let settled = settle(case, lab).await;
    played.effects = effects(lab, since);
    let changes = compare(&before, &lab.look(tree));
    let may = |path: &String| is_clock(path) || case.leaves.iter().any(|pattern| fits(path, pattern));
    played.differs = changes.paths().filter(|path| !may(path)).cloned().collect();
    settled?;
    if !matches!(case.then, Then::Mended) {
        played.steps.extend(steps(lab, case));
    }
    judge(case, played)
}

async fn settle(case: &Case, lab: &Lab) -> Result<()> {
    match &case.then {
        Then::Mended => rest(lab).await,
        Then::Overlooked(_) => {
            ensure!(lab.objects().iter().all(is_ready), "it is noticed:\n{}", lab.describe());
            Ok(())
        }
        Then::Warned(reason) => {
            let warned = lab.objects().iter().any(|object| {
                let steps = object.pointer("/status/plan/steps").and_then(Value::as_array);
                steps
                    .into_iter()
                    .flatten()
                    .any(|step| text(step, "/verdict") == "Warned" && text(step, "/reason") == *reason)
            });
            ensure!(warned && lab.objects().iter().all(is_ready), "nobody warns:\n{}", lab.describe());
            Ok(())
        }
        Then::Told { object, condition: type_, reason } => {
            let told = |lab: &Lab| {
                lab.objects().iter().filter(|found| name_of(found) == *object).any(|found| {
                    condition(found, type_).is_some_and(|(status, why, _)| status != "True" && why == *reason)
                })
            };
            lab.until(LIMIT, &format!("{type_} of {object} is {reason}"), told).await?;
            pass(lab, None).await
        }
    }
}

fn judge(case: &Case, played: &Played) -> Result<()> {
    if matches!(case.then, Then::Mended) {
        ensure!(!played.drift.is_empty(), "status.drift is empty");
        ensure!(played.differs.is_empty(), "it is not mended");
    }
    let mut wanted = case.effects.to_vec();
    wanted.sort_by_key(|effect| effect.split(' ').nth(1));
    ensure!(played.effects == wanted, "other effects than {wanted:?}");
    let seen: BTreeSet<&str> = case.seen.iter().copied().collect();
    if !played.steps.iter().map(String::as_str).eq(seen.iter().copied()) {
        bail!("other steps than {seen:?}");
    }
    Ok(())
}
