//! Leases of tasks that run out (`internal.dealwith_expired_tasks`, run by the master).

use crate::explain::catalog_of_master;
use crate::settings::master_settings;
use crate::state::{Catalog, ServiceProgram, Site};
use scaleout_model::names::ReplicaName;

/// A master that reaches its catalog deals with expired tasks, from one interval after its start on. (Whether one
/// that has just started does so at once is UNCONFIRMED, domain §4.2.)
pub(super) fn settle(site: &mut Site) {
    let now = site.now_ms;
    let some_expired = site.instance_names().iter().any(|replica| {
        crate::catalog::catalog(site, replica).is_some_and(|catalog| has_expired(catalog, now))
    });
    if !some_expired {
        return;
    }
    let mut due: Vec<ReplicaName> = Vec::new();
    for (name, node) in site.nodes.iter().filter(|(_, node)| node.up) {
        for service in node.services.values().filter(|s| s.runs()) {
            if !matches!(service.program, ServiceProgram::ScaleOutMaster(_)) {
                continue;
            }
            let settings =
                service.loaded_settings.as_ref().and_then(|bytes| master_settings(bytes.as_slice()));
            let waited = service
                .started_ms
                .zip(settings)
                .is_some_and(|(started, s)| now - started >= s.expired_tasks_ms);
            if waited && let Ok(replica) = catalog_of_master(site, name, service) {
                due.push(replica);
            }
        }
    }
    for replica in due {
        if let Some(catalog) = crate::catalog::catalog_mut(site, &replica) {
            expire(catalog, now);
        }
    }
}

fn has_expired(catalog: &Catalog, now: i64) -> bool {
    catalog
        .tasks
        .values()
        .any(|task| matches!(task.status, 2 | 3) && task.expires_ms.is_some_and(|e| e < now))
}

/// A dispatched or running task whose lease has run out goes back to the queue while it has tries left, else it
/// failed and its execution ends unexpectedly (6).
fn expire(catalog: &mut Catalog, now: i64) {
    let mut ended = Vec::new();
    for task in catalog.tasks.values_mut() {
        if !matches!(task.status, 2 | 3) || task.expires_ms.is_none_or(|expires| expires >= now) {
            continue;
        }
        task.expires_ms = None;
        if task.max_executed_count > task.executed_count {
            task.status = 1;
            task.worker = None;
        } else {
            task.status = 4;
            ended.push(task.job_id.clone());
        }
    }
    for execution in catalog.executions.values_mut().filter(|e| ended.contains(&e.job_id)) {
        execution.status = 6;
        execution.ended_ms = Some(now);
    }
}
