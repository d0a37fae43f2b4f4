//! Heartbeats of workers: `internal.update_worker_agent_status` through the master.

use crate::catalog;
use crate::explain::{Registration, master_of_worker};
use crate::settings::worker_settings;
use crate::state::{Catalog, Service, ServiceProgram, Site, WorkerAgent};
use scaleout_model::names::NodeName;

/// Time between two renewals of a task's lease (`TaskHeartbeatInterval`).
const TASK_HEARTBEAT_MS: i64 = 10_000;

/// Lets every running worker register, or refresh its row, when it is due.
pub(super) fn settle(site: &mut Site) {
    let is_worker =
        |service: &Service| service.runs() && matches!(service.program, ServiceProgram::ScaleOutWorker(_));
    let running: Vec<(NodeName, String)> = site
        .nodes
        .iter()
        .filter(|(_, node)| node.up)
        .flat_map(|(name, node)| {
            node.services.iter().filter(|(_, s)| is_worker(s)).map(|(key, _)| (name.clone(), key.clone()))
        })
        .collect();
    for (node, key) in running {
        beat(site, &node, &key);
    }
}

fn beat(site: &mut Site, node: &NodeName, key: &str) {
    let now = site.now_ms;
    let Some(service) = site.nodes.get(node).and_then(|machine| machine.services.get(key)) else { return };
    let Some(settings) = service.loaded_settings.as_ref().and_then(|b| worker_settings(b.as_slice())) else {
        return;
    };
    // The first contact comes at once; until it succeeds, and after it, the interval counts.
    let due = service.last_heartbeat_ms.is_none_or(|last| last.saturating_add(settings.heartbeat_ms) <= now);
    let leases = holds_due_task(site, &settings.agent_id, settings.lease_ms);
    if !due && !leases {
        return;
    }
    let account = service.running_as.as_ref().unwrap_or(&service.account).to_string();
    if let Ok(registration) = master_of_worker(site, node, service) {
        register(site, node, &account, &registration, due);
    }
    if due && let Some(service) = site.nodes.get_mut(node).and_then(|machine| machine.services.get_mut(key)) {
        service.last_heartbeat_ms = Some(now);
    }
}

/// Whether a task of the worker has a lease that its next task heartbeat would renew.
fn holds_due_task(site: &Site, agent_id: &str, lease_ms: i64) -> bool {
    let horizon = site.now_ms + lease_ms - TASK_HEARTBEAT_MS.min(lease_ms / 2);
    site.groups
        .values()
        .filter_map(crate::state::AvailabilityGroup::online_primary)
        .filter_map(|replica| catalog::catalog(site, replica))
        .flat_map(|catalog| catalog.tasks.values())
        .any(|task| {
            task.worker.as_deref() == Some(agent_id)
                && matches!(task.status, 2 | 3)
                && task.expires_ms.is_some_and(|expires| expires <= horizon)
        })
}

/// First contact inserts a disabled row. A disabled worker's report on its tasks is refused (27252), so that
/// their leases run out.
fn register(site: &mut Site, node: &NodeName, account: &str, registration: &Registration, beat: bool) {
    let now = site.now_ms;
    let settings = &registration.settings;
    let Some(catalog) = catalog::catalog_mut(site, &registration.catalog) else { return };
    if beat {
        let row = catalog.worker_agents.entry(settings.agent_id.clone()).or_insert_with(|| WorkerAgent {
            enabled: false,
            display_name: node.to_string(),
            description: String::new(),
            machine: String::new(),
            tags: String::new(),
            user_account: String::new(),
            last_online_ms: now,
        });
        row.machine = node.to_string();
        account.clone_into(&mut row.user_account);
        row.last_online_ms = now;
    }
    renew_leases(catalog, &settings.agent_id, now + settings.lease_ms);
}

fn renew_leases(catalog: &mut Catalog, agent_id: &str, until_ms: i64) {
    if !catalog.worker_agents.get(agent_id).is_some_and(|row| row.enabled) {
        return;
    }
    for task in catalog.tasks.values_mut() {
        if task.worker.as_deref() == Some(agent_id) && matches!(task.status, 2 | 3) {
            task.expires_ms = Some(until_ms);
        }
    }
}
