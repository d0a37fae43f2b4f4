//! One entry of the catalogue as an experiment: the cause is set, the symptom must come by itself, the cause is set back,
//! the symptom must go.

use crate::outside::{Login, Outside};
use crate::probes::is_at_rest;
use crate::scene::{MONITOR_JOB, Scene, service_name};
use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use std::time::Duration;
use xtask::wait;

const COMES: Duration = Duration::from_secs(25);

/// A field of the site, set by hand.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Set(String, Value),
    Unset(String),
}

/// What lets a cause take effect, or what people do meanwhile: nothing here sets a symptom.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Change(Change),
    RestartMaster(String),
    RestartWorker(String),
    RestartEngine(String),
    MoveRole(String),
    FailOver(String),
    /// A package starts on a worker, or ends.
    StartTask(String),
    EndTask(String),
    /// The lease of the running task ends, as it would minutes later.
    LeaseEnds,
    /// Two minutes pass for the failover monitor job of a replica.
    MonitorJobIsDue(String),
    /// A statement and the number of the error that it must get; 0: none.
    Sql(Login, String, u32),
    /// The same while the login of the workers' logs has a session.
    SqlWhileLogged(Login, String, u32),
}

/// Whether the symptom shows.
pub(crate) type Probe = Box<dyn Fn(&Outside<'_>, &Scene) -> Result<bool>>;

/// The experiment.
#[derive(Default)]
pub(crate) struct Plan {
    pub(crate) before: Vec<Step>,
    /// The cause; none where it is who asks.
    pub(crate) cause: Vec<Change>,
    pub(crate) then: Vec<Step>,
    /// Seen from outside; none where it is the error of a statement in `then`.
    pub(crate) symptom: Option<Probe>,
    /// After the cause was set back.
    pub(crate) after: Vec<Step>,
}

impl Plan {
    pub(crate) fn new(
        cause: impl IntoIterator<Item = Change>,
        symptom: impl Fn(&Outside<'_>, &Scene) -> Result<bool> + 'static,
    ) -> Self {
        Self { cause: cause.into_iter().collect(), symptom: Some(Box::new(symptom)), ..Self::default() }
    }

    pub(crate) fn before(mut self, steps: impl IntoIterator<Item = Step>) -> Self {
        self.before.extend(steps);
        self
    }

    pub(crate) fn then(mut self, steps: impl IntoIterator<Item = Step>) -> Self {
        self.then.extend(steps);
        self
    }

    pub(crate) fn after(mut self, steps: impl IntoIterator<Item = Step>) -> Self {
        self.after.extend(steps);
        self
    }

    /// Runs it; the site is as before in the end.
    pub(crate) fn run(&self, outside: &Outside<'_>, scene: &Scene) -> Result<()> {
        wait::until("the site is at rest", COMES, || {
            Ok(is_at_rest(outside, scene).unwrap_or(false).then_some(()))
        })?;
        self.expect(outside, scene, false).context("before the cause")?;
        perform(outside, scene, &self.before)?;
        for change in &self.cause {
            apply(outside, change)?;
        }
        perform(outside, scene, &self.then)?;
        self.expect(outside, scene, true).context("with the cause")?;
        for change in self.cause.iter().rev() {
            apply(outside, &inverse(scene, change)?)?;
        }
        perform(outside, scene, &self.after)?;
        self.expect(outside, scene, false).context("after the cause was set back")
    }

    fn expect(&self, outside: &Outside<'_>, scene: &Scene, shows: bool) -> Result<()> {
        let Some(symptom) = &self.symptom else { return Ok(()) };
        let mut last = None;
        let what = if shows { "the symptom shows" } else { "there is no symptom" };
        let waited = wait::until(what, COMES, || {
            let seen = symptom(outside, scene);
            let is_so = matches!(seen, Ok(seen) if seen == shows);
            last = seen.err();
            Ok(is_so.then_some(()))
        });
        waited.map_err(|error| match last {
            Some(cause) => cause.context(error),
            None => error,
        })
    }
}

pub(crate) fn apply(outside: &Outside<'_>, change: &Change) -> Result<()> {
    match change {
        Change::Set(path, value) => outside.sim.ctl(["set", path, "--", &value.to_string()]).map(drop),
        Change::Unset(path) => outside.sim.ctl(["unset", path]).map(drop),
    }
}

/// What takes a change back. Secrets are in no dump: a change of one must be taken back by a step.
pub(crate) fn inverse(scene: &Scene, change: &Change) -> Result<Change> {
    let (Change::Set(path, _) | Change::Unset(path)) = change;
    let Some(old) = scene.get(path) else { return Ok(Change::Unset(path.clone())) };
    if old.to_string().contains("hmac:") {
        bail!("{path} held a secret");
    }
    Ok(Change::Set(path.clone(), old.clone()))
}

pub(crate) fn perform(outside: &Outside<'_>, scene: &Scene, steps: &[Step]) -> Result<()> {
    steps.iter().try_for_each(|step| take(outside, scene, step).with_context(|| format!("{step:?}")))
}

fn take(outside: &Outside<'_>, scene: &Scene, step: &Step) -> Result<()> {
    let ctl = |args: &[&str]| outside.sim.ctl(args.iter().copied()).map(drop);
    // The site may still be on its way from the last step.
    let soon = |args: &[&str]| wait::until("the site takes it", COMES, || Ok(ctl(args).ok()));
    match step {
        Step::Change(change) => apply(outside, change),
        Step::RestartMaster(node) => ctl(&["restart-service", node, service_name(false)]),
        Step::RestartWorker(node) => ctl(&["restart-service", node, service_name(true)]),
        Step::RestartEngine(node) => ctl(&["restart-service", node, "MSSQLSERVER"]),
        Step::MoveRole(node) => soon(&["move-role", &scene.role, node]),
        Step::FailOver(replica) => {
            soon(&["failover", &scene.group, replica])?;
            let role = format!("/groups/{}/replicas/{replica}/role", scene.group);
            ctl(&["wait", &role, "primary"])
        }
        Step::StartTask(worker) => soon(&["task", "start", worker]),
        Step::EndTask(worker) => ctl(&["task", "end", worker]),
        Step::LeaseEnds => end_lease(outside),
        Step::MonitorJobIsDue(replica) => {
            let path = Scene::instance(replica, &format!("jobs/{MONITOR_JOB}/lastRunMs"));
            ctl(&["set", &path, "0"])
        }
        Step::Sql(login, text, error) => {
            let found = outside.error(&scene.primary, login, text)?;
            if found == *error { Ok(()) } else { bail!("error {found}") }
        }
        Step::SqlWhileLogged(login, text, error) => {
            let password = scene.log_string.split('\'').nth(1).context("no password in the log string")?;
            let beside = (crate::scene::LOG_LOGIN.to_owned(), password.to_owned());
            let found = outside.sql_beside(&scene.primary, &beside, login, text)?;
            if found.number == *error { Ok(()) } else { bail!("{found:?}") }
        }
    }
}

fn end_lease(outside: &Outside<'_>) -> Result<()> {
    let dump = outside.sim.dump()?;
    let now = dump.get("nowMs").and_then(Value::as_i64).context("no time")?;
    let nodes = dump.get("nodes").and_then(Value::as_object).context("no nodes")?;
    let tasks = "instances/MSSQLSERVER/databases/SSISDB/content/catalog/tasks";
    for node in nodes.keys() {
        let path = format!("/nodes/{node}/{tasks}");
        let found = dump.pointer(&path).and_then(Value::as_object).into_iter().flatten();
        for (id, _) in found.filter(|(_, task)| task.get("status").and_then(Value::as_i64) == Some(3)) {
            let soon = (now + 300).to_string();
            outside.sim.ctl(["set", &format!("{path}/{id}/expiresMs"), &soon])?;
        }
    }
    Ok(())
}
