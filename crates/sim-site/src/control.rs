//! What happens to the site from outside: failovers, machines, fields changed by hand, tasks.

use crate::apply::restart_instance;
use crate::catalog;
use crate::effect::{ControlEffect, Refused, Reply};
use crate::explain;
use crate::settings::worker_settings;
use crate::state::{Execution, Message, Service, ServiceProgram, Site, Task};
use crate::tick::{groups, services};
use scaleout_model::defaults::CATALOG_DATABASE;
use scaleout_model::names::{GroupName, NodeName, ReplicaName};
use scaleout_model::sql::{AvailabilityMode, SyncState};

/// Statement errors (domain §1.6).
const NO_GROUP: i64 = 41_044;
const ALREADY_PRIMARY: i64 = 41_122;
const FAILOVER_PENDING: i64 = 41_113;
const NOT_READY: i64 = 41_142;
const NO_REPLICA: i64 = 41_101;
/// `ERROR_NOT_FOUND`, `ERROR_INVALID_DATA`.
const NOT_FOUND: i64 = 1168;
const INVALID_DATA: i64 = 13;
/// First lease of a pulled task (domain §4.2).
const FIRST_LEASE_MS: i64 = 300_000;

pub(crate) fn apply(site: &mut Site, effect: &ControlEffect) -> Result<Reply, Refused> {
    match effect {
        ControlEffect::StopNode { node } => power(site, node, false),
        ControlEffect::StartNode { node } => power(site, node, true),
        ControlEffect::RestartService { node, service } => restart(site, node, service),
        ControlEffect::FailOver { group, to } => fail_over(site, group, to),
        ControlEffect::StartTask { worker } => start_task(site, worker),
        ControlEffect::EndTasks { worker } => end_tasks(site, worker),
    }
}

fn power(site: &mut Site, name: &NodeName, up: bool) -> Result<Reply, Refused> {
    let node = site
        .nodes
        .get_mut(name)
        .ok_or_else(|| Refused::new(NOT_FOUND, format!("there is no machine {name}")))?;
    if node.up == up {
        return Ok(Reply::Unchanged);
    }
    node.up = up;
    if up {
        services::boot(site, name);
    }
    Ok(Reply::Done)
}

fn restart(site: &mut Site, node: &NodeName, service: &str) -> Result<Reply, Refused> {
    let program = site.nodes.get(node).and_then(|n| n.service_named(service)).map(|s| s.program.clone());
    if let Some(ServiceProgram::Engine(instance)) = program {
        return restart_instance(site, node, &instance);
    }
    services::stop(site, node, service)?;
    services::start(site, node, service)
}

/// `ALTER AVAILABILITY GROUP … FAILOVER` on the target: it must be synchronized with a synchronous primary.
pub fn fail_over(site: &mut Site, name: &GroupName, to: &ReplicaName) -> Result<Reply, Refused> {
    let group =
        site.groups.get(name).ok_or_else(|| Refused::new(NO_GROUP, format!("there is no group {name}")))?;
    let target = group
        .replicas
        .get(to)
        .filter(|replica| replica.joined)
        .ok_or_else(|| Refused::new(NO_REPLICA, format!("the group has no joined replica {to}")))?;
    if group.failing_over_until_ms.is_some_and(|until| until > site.now_ms) {
        return Err(Refused::new(FAILOVER_PENDING, "a failover is under way"));
    }
    if group.online_primary() == Some(to) {
        return Err(Refused::new(ALREADY_PRIMARY, format!("{to} is the primary")));
    }
    let synchronous =
        |replica: &crate::state::Replica| replica.availability_mode == AvailabilityMode::Synchronous;
    let ready = group.online_primary().and_then(|p| group.replicas.get(p)).is_some_and(synchronous)
        && synchronous(target)
        && target.connected
        && group
            .databases
            .keys()
            .all(|db| target.databases.get(db).is_some_and(|s| s.state == SyncState::Synchronized));
    if !ready {
        return Err(Refused::new(NOT_READY, format!("{to} is not synchronized")));
    }
    groups::begin_failover(site, name, to);
    Ok(Reply::Pending)
}

/// Sets a field by JSON pointer. The site is checked by reading it anew; what is computed is computed again.
pub(crate) fn set(site: &mut Site, pointer: &str, value: &serde_json::Value) -> Result<Reply, Refused> {
    let unreadable = |_| Refused::new(INVALID_DATA, "the site can't be written as JSON");
    let mut whole = serde_json::to_value(&*site).map_err(unreadable)?;
    match whole.pointer_mut(pointer) {
        Some(slot) => *slot = value.clone(),
        None => insert(&mut whole, pointer, value)?,
    }
    let changed: Site = serde_json::from_value(whole)
        .map_err(|error| Refused::new(INVALID_DATA, format!("{pointer} can't have this value: {error}")))?;
    if changed == *site {
        return Ok(Reply::Unchanged);
    }
    let before = std::mem::replace(site, changed);
    date_settings(site, &before);
    Ok(Reply::Done)
}

/// A settings file whose bytes were edited is as old as the edit, by its machine's clock.
fn date_settings(site: &mut Site, before: &Site) {
    let now = site.now_ms;
    for (name, node) in &mut site.nodes {
        let clock = node.clock_ms(now);
        for (key, feature) in &mut node.features {
            let old = before.nodes.get(name).and_then(|node| node.features.get(key)?.settings.as_ref());
            if let Some(file) = feature.settings.as_mut()
                && old.is_none_or(|old| old.bytes != file.bytes)
            {
                file.modified_ms = clock;
            }
        }
    }
}

/// A new key of a map, or an element at the end of a list (`-`).
fn insert(whole: &mut serde_json::Value, pointer: &str, value: &serde_json::Value) -> Result<(), Refused> {
    let missing = || Refused::new(NOT_FOUND, format!("there is no {pointer}"));
    let (parent, key) = pointer.rsplit_once('/').ok_or_else(missing)?;
    match whole.pointer_mut(parent).ok_or_else(missing)? {
        serde_json::Value::Object(map) => {
            map.insert(key.replace("~1", "/").replace("~0", "~"), value.clone());
            Ok(())
        }
        serde_json::Value::Array(list) if key == "-" => {
            list.push(value.clone());
            Ok(())
        }
        _ => Err(missing()),
    }
}

/// Takes a field away by JSON pointer.
pub(crate) fn unset(site: &mut Site, pointer: &str) -> Result<Reply, Refused> {
    let missing = || Refused::new(NOT_FOUND, format!("there is no {pointer}"));
    let mut whole = serde_json::to_value(&*site).map_err(|_| missing())?;
    let (parent, key) = pointer.rsplit_once('/').ok_or_else(missing)?;
    let key = key.replace("~1", "/").replace("~0", "~");
    let removed =
        whole.pointer_mut(parent).and_then(|parent| parent.as_object_mut()).and_then(|map| map.remove(&key));
    removed.ok_or_else(missing)?;
    *site = serde_json::from_value(whole)
        .map_err(|error| Refused::new(INVALID_DATA, format!("{pointer} can't be taken away: {error}")))?;
    Ok(Reply::Done)
}

fn primary_of_catalog(site: &Site) -> Option<ReplicaName> {
    site.instance_names().into_iter().find(|replica| catalog::is_writable(site, replica))
}

/// The machine and service of the worker with an AgentId, running.
fn worker_service<'a>(site: &'a Site, agent_id: &str) -> Option<(&'a NodeName, &'a Service)> {
    site.nodes.iter().find_map(|(name, node)| {
        let is_it = |service: &&Service| {
            service.runs()
                && matches!(service.program, ServiceProgram::ScaleOutWorker(_))
                && service
                    .loaded_settings
                    .as_ref()
                    .and_then(|bytes| worker_settings(bytes.as_slice()))
                    .is_some_and(|settings| settings.agent_id.eq_ignore_ascii_case(agent_id))
        };
        node.services.values().find(is_it).map(|service| (name, service))
    })
}

/// An execution starts and its task goes to a worker, which must be registered, enabled and in contact.
fn start_task(site: &mut Site, worker: &str) -> Result<Reply, Refused> {
    let now = site.now_ms;
    let worker = worker.to_lowercase();
    let (node, service) = worker_service(site, &worker)
        .ok_or_else(|| Refused::new(NOT_FOUND, format!("no worker {worker} runs")))?;
    let registration = explain::master_of_worker(site, node, service)
        .map_err(|refusal| Refused::new(NOT_FOUND, format!("worker {worker}: {}", refusal.text())))?;
    if let Some(refusal) = catalog::clr_refusal(site, &registration.catalog) {
        return Err(refusal);
    }
    let (job_id, task_id) = (site.new_guid(), site.new_guid());
    let catalog = catalog::catalog_mut(site, &registration.catalog)
        .ok_or_else(|| Refused::new(NOT_FOUND, "no catalog can be written"))?;
    match catalog.worker_agents.get(&worker).map(|row| row.enabled) {
        None => return Err(Refused::new(27_243, format!("the worker agent {worker} is unknown"))),
        Some(false) => return Err(Refused::new(27_252, format!("the worker agent {worker} is disabled"))),
        Some(true) => {}
    }
    let id = catalog.executions.keys().last().copied().unwrap_or_default() + 1;
    let execution = Execution {
        folder: "Canary".to_owned(),
        project: "Canary".to_owned(),
        package: "Canary.dtsx".to_owned(),
        status: 2,
        scale_out: true,
        job_id: job_id.clone(),
        started_ms: now,
        ended_ms: None,
    };
    catalog.executions.insert(id, execution);
    let task = Task {
        job_id,
        worker: Some(worker),
        status: 3,
        executed_count: 1,
        max_executed_count: 1,
        expires_ms: Some(now + FIRST_LEASE_MS),
    };
    catalog.tasks.insert(task_id, task);
    Ok(Reply::Done)
}

/// The tasks that a worker holds end. Its reports are refused while it is disabled (27252); its log is written
/// with the log connection string.
fn end_tasks(site: &mut Site, worker: &str) -> Result<Reply, Refused> {
    let now = site.now_ms;
    let worker = worker.to_lowercase();
    let primary =
        primary_of_catalog(site).ok_or_else(|| Refused::new(NOT_FOUND, "no catalog can be written"))?;
    let Some(catalog) = catalog::catalog(site, &primary) else {
        return Err(Refused::new(NOT_FOUND, format!("there is no {CATALOG_DATABASE}")));
    };
    let log = worker_service(site, &worker).map(|(node, _)| explain::log_refusal(site, node, catalog));
    let Some(catalog) = catalog::catalog_mut(site, &primary) else { return Ok(Reply::Unchanged) };
    let enabled = catalog.worker_agents.get(&worker).is_some_and(|row| row.enabled);
    let held =
        |task: &&mut Task| task.worker.as_deref() == Some(worker.as_str()) && matches!(task.status, 2 | 3);
    let mut jobs = Vec::new();
    for task in catalog.tasks.values_mut().filter(held) {
        jobs.push(task.job_id.clone());
        if enabled {
            task.status = 5;
            task.expires_ms = None;
        }
    }
    let executions: Vec<i64> =
        catalog.executions.iter().filter(|(_, e)| jobs.contains(&e.job_id)).map(|(id, _)| *id).collect();
    for id in executions {
        if enabled && let Some(execution) = catalog.executions.get_mut(&id) {
            execution.status = 7;
            execution.ended_ms = Some(now);
        }
        if matches!(log, Some(Ok(_))) {
            let text = "Package execution finished.".to_owned();
            catalog.messages.push(Message { execution_id: id, at_ms: now, text, worker: worker.clone() });
        }
    }
    Ok(if jobs.is_empty() { Reply::Unchanged } else { Reply::Done })
}
