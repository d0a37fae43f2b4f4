//! The converged demo with marked passwords, and what the scenarios do with it.

use anyhow::{Context as _, Result, ensure};
use scaleout_lab::api::{Collection, Key};
use scaleout_lab::lab::run;
use scaleout_lab::objects::{GROUP, NAMESPACE, PLURALS, condition, steps, text};
use scaleout_lab::{Lab, Setting, Snapshot, leaks};
use scaleout_sim_site::effect::ControlEffect;
use scaleout_sim_site::{Effect, Origin};
use scaleout_tests::invariants::check_effects;
use serde_json::{Value, json};
use std::sync::OnceLock;
use std::time::Duration;
use tokio::time::sleep;

/// More than any wait that ends by itself takes.
pub(super) const LONG: Duration = Duration::from_mins(20);
/// What is said or done at once.
pub(super) const SOON: Duration = Duration::from_mins(1);
/// The objects, those that others refer to first.
pub(super) const ALL: [&str; 5] = ["ssisdb", "ssis-master", "etl01", "etl02", "etl03"];
pub(super) const WORKERS: [&str; 3] = ["etl01", "etl02", "etl03"];

/// A converged site whose controller has ended.
pub(super) fn converged() -> Result<&'static Snapshot> {
    static SNAPSHOT: OnceLock<Result<Snapshot, String>> = OnceLock::new();
    let made = SNAPSHOT.get_or_init(|| {
        let made = run(async {
            let mut lab = Lab::new(&Setting::marked()?)?;
            lab.apply_all()?;
            lab.lead();
            lab.until_ready(LONG).await?;
            lab.settle(LONG).await?;
            leaks::grep(&lab)?;
            lab.stop().await;
            lab.snapshot()
        });
        made.map_err(|error| format!("{error:#}"))
    });
    made.as_ref().map_err(|error| anyhow::anyhow!("{error}"))
}

pub(super) struct Scene {
    pub(super) lab: Lab,
    before: usize,
    site: Value,
}

/// Where an object is.
pub(super) fn key(name: &str) -> Key {
    let plural = match name {
        "ssisdb" => PLURALS[0],
        "ssis-master" | "other-master" => PLURALS[1],
        _ => PLURALS[2],
    };
    Key { collection: Collection::new(GROUP, NAMESPACE, plural), name: name.to_owned() }
}

pub(super) fn secret(name: &str) -> Key {
    Key { collection: Collection::new("", NAMESPACE, "secrets"), name: name.to_owned() }
}

impl Scene {
    /// Nobody leads yet.
    pub(super) fn begin(snapshot: &Snapshot) -> Result<Self> {
        let lab = Lab::resume(snapshot)?;
        let (before, site) = (lab.effects().len(), lab.dump()?);
        Ok(Self { lab, before, site })
    }

    /// What holds after every scenario: nothing that must never happen, nothing lost that is always left, no secret.
    pub(super) fn end(&self) -> Result<()> {
        let effects: Vec<Value> = self
            .lab
            .effects()
            .iter()
            .map(|effect| serde_json::to_value(&**effect))
            .collect::<Result<_, _>>()?;
        let nevers = check_effects(&effects);
        ensure!(nevers.is_empty(), "{nevers:?}");
        let (before, after) = (left(&self.site)?, left(&self.lab.dump()?)?);
        for ((name, before), (_, after)) in before.iter().zip(&after) {
            ensure!(before == after, "{name} was {before}\nand is {after}");
        }
        leaks::grep(&self.lab).map(drop)
    }

    pub(super) fn object(&self, name: &str) -> Option<Value> {
        self.lab.api.get(&key(name))
    }

    pub(super) fn set_policy(&self, names: &[&str], policy: &str) -> Result<()> {
        let patch = json!({"spec": {"deletionPolicy": policy}});
        names.iter().try_for_each(|name| self.lab.patch(&key(name), &patch).map(drop))
    }

    pub(super) fn delete(&self, names: &[&str]) -> Result<()> {
        names.iter().try_for_each(|name| self.lab.delete(&key(name)))
    }

    /// Deletes with `Teardown`.
    pub(super) fn tear_down(&self, names: &[&str]) -> Result<()> {
        self.set_policy(names, "Teardown")?;
        self.delete(names)
    }

    pub(super) fn give_up(&self, name: &str, hosts: &str) -> Result<()> {
        let patch = json!({"metadata": {"annotations": {"scaleout.ssis.dev/give-up-hosts": hosts}}});
        self.lab.patch(&key(name), &patch).map(drop)
    }

    pub(super) async fn gone(&self, names: &[&str], limit: Duration) -> Result<Duration> {
        let all_gone = |_: &Lab| names.iter().all(|name| self.object(name).is_none());
        self.lab.until(limit, &format!("{names:?} are gone"), all_gone).await
    }

    pub(super) async fn says(&self, name: &str, reason: &str, limit: Duration) -> Result<Duration> {
        let what = format!("{name} says {reason}");
        let said =
            self.lab.until(limit, &what, |_| self.object(name).is_some_and(|o| is_said(&o, reason))).await;
        said.with_context(|| self.object(name).map_or_else(String::new, |o| steps(&o).join("\n")))
    }

    /// It waits, and does nothing at all meanwhile.
    pub(super) async fn waits(&self, name: &str, reason: &str, time: Duration) -> Result<()> {
        self.says(name, reason, SOON).await?;
        let effects = self.effects();
        sleep(time).await;
        let object = self.object(name).with_context(|| format!("{name} is gone"))?;
        ensure!(is_said(&object, reason), "{name} no longer says {reason}: {:?}", steps(&object));
        ensure!(self.effects() == effects, "{:?}", self.effects());
        Ok(())
    }

    /// Stalled, with this reason and a message.
    pub(super) async fn stalls(&self, name: &str, reason: &str, limit: Duration) -> Result<Duration> {
        let after = self.says(name, reason, limit).await?;
        let object = self.object(name).context("gone")?;
        match condition(&object, "Stalled") {
            Some(("True", told, message)) if told == reason && !message.is_empty() => Ok(after),
            other => anyhow::bail!("Stalled of {name} says {other:?}, not {reason}"),
        }
    }

    /// `kind target` of what was done to the site that nobody did by hand, in order.
    pub(super) fn effects(&self) -> Vec<String> {
        let all = self.lab.effects();
        let ours = all.iter().skip(self.before).filter(|effect| effect.origin != Origin::Control);
        ours.map(|effect| format!("{} {}", effect.kind, effect.target)).collect()
    }

    /// Nothing was done to the site.
    pub(super) fn nothing_done(&self) -> Result<()> {
        ensure!(self.effects().is_empty(), "{:?}", self.effects());
        Ok(())
    }

    /// Exactly this was done, each once, in an order in which each comes after those of the pairs that it needs.
    pub(super) fn done(&self, expected: &[String], order: &[(&str, &str)]) -> Result<()> {
        let done = self.effects();
        let sorted = |list: &[String]| {
            let mut list = list.to_vec();
            list.sort();
            list
        };
        ensure!(sorted(&done) == sorted(expected), "done: {done:#?}\nexpected: {expected:#?}");
        let at = |wanted: &str| done.iter().position(|effect| effect == wanted);
        for (first, then) in order {
            let last = done.iter().rposition(|effect| effect == then);
            ensure!(at(first) < last && at(first).is_some(), "{then} before {first}: {done:#?}");
        }
        Ok(())
    }

    /// Type and text of the Events with a reason, by object.
    pub(super) fn events(&self, reason: &str) -> Vec<(String, String, String)> {
        let all = self.lab.events();
        let with = all.iter().filter(|event| text(event, "/reason") == reason);
        let of = |event: &Value| {
            let of = |pointer| text(event, pointer).to_owned();
            (of("/regarding/name"), of("/type"), of("/note"))
        };
        let mut events: Vec<_> = with.map(of).collect();
        events.sort();
        events
    }

    /// Each of these had this last Event, once, and nothing may still be held.
    pub(super) fn ended(&self, names: &[&str], reason: &str) -> Result<()> {
        for name in names {
            let events = self.events(reason);
            let own: Vec<_> = events.iter().filter(|(of, ..)| of == name).collect();
            ensure!(own.len() == 1, "{reason} of {name}: {own:?}");
            ensure!(own.iter().all(|(_, type_, _)| type_ == "Normal"), "{own:?}");
            let held: Vec<String> = self
                .lab
                .claims()
                .into_iter()
                .filter(|claim| claim.ends_with(&format!(" of {name}")))
                .collect();
            ensure!(held.is_empty(), "{held:?}");
        }
        Ok(())
    }

    pub(super) fn control(&self, effect: ControlEffect) -> Result<()> {
        self.lab.by_hand(&Effect::Control(effect))
    }

    pub(super) fn power(&self, node: &str, on: bool) -> Result<()> {
        let node = scaleout_model::names::NodeName::new(node);
        self.control(if on { ControlEffect::StartNode { node } } else { ControlEffect::StopNode { node } })
    }

    /// A task runs on a worker.
    pub(super) fn start_task(&self, worker: &str) -> Result<()> {
        self.control(ControlEffect::StartTask { worker: self.agent_id(worker)? })
    }

    pub(super) fn end_tasks(&self, worker: &str) -> Result<()> {
        self.control(ControlEffect::EndTasks { worker: self.agent_id(worker)? })
    }

    fn agent_id(&self, worker: &str) -> Result<String> {
        let rows = self
            .site
            .pointer("/nodes/SQL01/instances/MSSQLSERVER/databases/SSISDB/content/catalog/workerAgents");
        let rows = rows.and_then(Value::as_object).context("no rows")?;
        let of = |row: &Value| text(row, "/machine").to_lowercase().split('.').next() == Some(worker);
        rows.iter()
            .find(|(_, row)| of(row))
            .map(|(id, _)| id.clone())
            .with_context(|| format!("no row of {worker}"))
    }

    /// Whether a worker is enabled in the catalog, by its machine.
    pub(super) fn is_enabled(&self, worker: &str) -> Result<bool> {
        let id = self.agent_id(worker)?;
        let pointer = format!("{CATALOG}/workerAgents/{id}/enabled");
        let dump = self.lab.dump()?;
        dump.pointer(&pointer).and_then(Value::as_bool).with_context(|| format!("no {pointer}"))
    }
}

const CATALOG: &str = "/nodes/SQL01/instances/MSSQLSERVER/databases/SSISDB/content/catalog";

/// Whether a step or a condition of the object has a reason.
pub(super) fn is_said(object: &Value, reason: &str) -> bool {
    let in_list = |pointer: &str| {
        let list = object.pointer(pointer).and_then(Value::as_array);
        list.into_iter().flatten().any(|entry| text(entry, "/reason") == reason)
    };
    in_list("/status/plan/steps") || in_list("/status/conditions")
}

/// What every deletion leaves: group, database, Scale Out enabled, rows, computer objects, logins, jobs, features.
fn left(dump: &Value) -> Result<Vec<(String, Value)>> {
    let mut all = Vec::new();
    let mut take = |pointer: &str| -> Result<()> {
        let value = dump.pointer(pointer).with_context(|| format!("no {pointer}"))?;
        let mut value = value.clone();
        drop_times(&mut value);
        all.push((pointer.to_owned(), value));
        Ok(())
    };
    take("/domain/computerObjects")?;
    take("/domain/accounts")?;
    for part in ["options", "databases", "listener"] {
        take(&format!("/groups/SSISDB_AG/{part}"))?;
    }
    for part in ["catalogProperties", "masterKey", "logConnectionString"] {
        take(&format!("{CATALOG}/{part}"))?;
    }
    for property in ["IS_SCALEOUT_ENABLED", "MASTER_ADDRESS", "CLUSTER_LOGDB_SERVER", "SSLCERT_THUMBPRINT"] {
        take(&format!("{CATALOG}/masterProperties/{property}"))?;
    }
    for node in ["SQL01", "SQL02"] {
        for part in ["logins", "endpoints", "jobs"] {
            take(&format!("/nodes/{node}/instances/MSSQLSERVER/{part}"))?;
        }
    }
    for node in ["SQL01", "SQL02", "ETL01", "ETL02", "ETL03"] {
        take(&format!("/nodes/{node}/features"))?;
    }
    let keys = |pointer: &str| -> Result<Value> {
        let map =
            dump.pointer(pointer).and_then(Value::as_object).with_context(|| format!("no {pointer}"))?;
        Ok(map.keys().cloned().collect::<Vec<_>>().into())
    };
    all.push(("replicas".to_owned(), keys("/groups/SSISDB_AG/replicas")?));
    all.push(("rows".to_owned(), keys(&format!("{CATALOG}/workerAgents"))?));
    let enabled = dump.pointer(&format!("{CATALOG}/masterProperties/IS_SCALEOUT_ENABLED"));
    ensure!(enabled.and_then(Value::as_str) == Some("TRUE"), "Scale Out is not enabled");
    Ok(all)
}

/// Jobs run all the while.
fn drop_times(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|key, _| !key.ends_with("Ms"));
            map.values_mut().for_each(drop_times);
        }
        Value::Array(list) => list.iter_mut().for_each(drop_times),
        _ => {}
    }
}
