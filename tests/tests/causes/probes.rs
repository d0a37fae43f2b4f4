//! Symptoms as queries.

use crate::outside::{Outside, TlsAnswer};
use crate::scene::{PORT, Scene};
use anyhow::{Context as _, Result};
use scaleout_model::fact::Fact;
use scaleout_model::node::ServiceState;

/// Without a heartbeat for so long, five intervals of the test's site, somebody is out of contact.
const STALE_MS: i64 = 2_500;

/// The replica that answers as primary now, seen from outside.
pub(crate) fn primary(outside: &Outside<'_>, scene: &Scene) -> Result<String> {
    let is_primary = "SELECT sys.fn_hadr_is_primary_replica(N'SSISDB')";
    let answers =
        |host: &&String| outside.value(host, &scene.operator, is_primary).is_ok_and(|one| one == "1");
    [&scene.primary, &scene.secondary].into_iter().find(answers).cloned().context("no primary answers")
}

fn age(outside: &Outside<'_>, scene: &Scene, query: &str) -> Result<i64> {
    let host = primary(outside, scene)?;
    Ok(outside.value(&host, &scene.operator, query)?.parse()?)
}

/// Whether the master's heartbeat is stale; by the observer's eyes.
pub(crate) fn master_is_silent(outside: &Outside<'_>, scene: &Scene) -> Result<bool> {
    let host = primary(outside, scene)?;
    let query = "SELECT DATEDIFF(MILLISECOND, TRY_CONVERT(datetimeoffset, property_value), SYSDATETIMEOFFSET()) \
                 FROM SSISDB.catalog.master_properties WHERE property_name = N'LAST_ONLINE_TIME'";
    let age: i64 = outside.value(&host, &scene.observer, query)?.parse()?;
    Ok(age > STALE_MS)
}

/// Whether a worker's heartbeat is stale.
pub(crate) fn is_silent(outside: &Outside<'_>, scene: &Scene, worker: &str) -> Result<bool> {
    let id = scene.agent_id(worker)?;
    let query = format!(
        "SELECT DATEDIFF(MILLISECOND, LastOnlineTime, SYSDATETIMEOFFSET()) FROM SSISDB.catalog.worker_agents \
         WHERE WorkerAgentId = '{id}'"
    );
    Ok(age(outside, scene, &query)? > STALE_MS)
}

/// Whether the first worker is out of contact while the others are not. Neither is an error.
pub(crate) fn only_worker_is_silent(outside: &Outside<'_>, scene: &Scene) -> Result<bool> {
    let other = is_silent(outside, scene, scene.other_worker())?;
    anyhow::ensure!(!other, "the other worker is silent, too");
    is_silent(outside, scene, scene.worker())
}

/// Whether all workers are out of contact.
pub(crate) fn workers_are_silent(outside: &Outside<'_>, scene: &Scene) -> Result<bool> {
    let silent = scene.workers.iter().map(|worker| is_silent(outside, scene, worker));
    let silent = silent.collect::<Result<Vec<_>>>()?;
    anyhow::ensure!(silent.iter().all(|one| Some(one) == silent.first()), "some workers are silent");
    Ok(silent.first().copied().unwrap_or_default())
}

/// What the role's endpoint answers.
pub(crate) fn endpoint(outside: &Outside<'_>, scene: &Scene) -> Result<TlsAnswer> {
    outside.tls(&scene.role, PORT)
}

/// A property of the master.
pub(crate) fn property(outside: &Outside<'_>, scene: &Scene, name: &str) -> Result<String> {
    let host = primary(outside, scene)?;
    let query = format!(
        "SELECT property_value FROM SSISDB.catalog.master_properties WHERE property_name = N'{name}'"
    );
    outside.value(&host, &scene.observer, &query)
}

/// Whether a package that runs on the first worker succeeds and leaves no message.
pub(crate) fn logs_nothing(outside: &Outside<'_>, scene: &Scene) -> Result<bool> {
    outside.sim.ctl(["task", "start", scene.worker()])?;
    outside.sim.ctl(["task", "end", scene.worker()])?;
    let host = primary(outside, scene)?;
    let query = "SELECT TOP (1) e.status, (SELECT COUNT(*) FROM SSISDB.catalog.operation_messages AS m \
                 WHERE m.operation_id = e.execution_id) FROM SSISDB.catalog.executions AS e ORDER BY e.execution_id DESC";
    let rows = outside.sql(&host, &scene.operator, query)?;
    let rows = rows.map_err(|refusal| anyhow::anyhow!("{refusal:?}"))?;
    let row = rows.first().context("no execution")?;
    anyhow::ensure!(row.first().is_some_and(|status| status == "7"), "the package did not succeed: {row:?}");
    Ok(row.get(1).is_some_and(|count| count == "0"))
}

/// Whether the last execution has a status; not when there is none.
pub(crate) fn last_execution_is(outside: &Outside<'_>, scene: &Scene, status: &str) -> Result<bool> {
    let host = primary(outside, scene)?;
    let query = "SELECT MAX(status) FROM SSISDB.catalog.executions WHERE execution_id = \
                 (SELECT MAX(execution_id) FROM SSISDB.catalog.executions)";
    Ok(outside.value(&host, &scene.operator, query)? == status)
}

/// Whether the agent says that a Scale Out service runs on a machine.
pub(crate) fn service_runs(outside: &Outside<'_>, node: &str) -> Result<bool> {
    let facts = outside.facts(node)?;
    let Fact::Known(services) = facts.services else { anyhow::bail!("{:?}", facts.services) };
    Ok(services.iter().any(|service| service.state == ServiceState::Running))
}

/// Whether the settings file of a machine is younger than the process that read it.
pub(crate) fn settings_wait(outside: &Outside<'_>, node: &str) -> Result<bool> {
    let facts = outside.facts(node)?;
    let (Fact::Known(services), Fact::Known(settings)) = (facts.services, facts.settings) else {
        anyhow::bail!("the agent of {node} does not know")
    };
    let started = services.iter().filter_map(|service| service.started_unix_ms).max();
    let modified = settings.iter().map(|file| file.modified_unix_ms).max();
    Ok(modified.zip(started).is_some_and(|(modified, started)| modified > started))
}

/// Whether the master and all workers are in contact, so that what comes next is no echo of what was before.
pub(crate) fn is_at_rest(outside: &Outside<'_>, scene: &Scene) -> Result<bool> {
    Ok(!master_is_silent(outside, scene)? && !workers_are_silent(outside, scene)?)
}
