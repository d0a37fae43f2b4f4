//! Workers in the catalog (catalog.enable_worker_agent, catalog.disable_worker_agent; internal.tasks, schema 2019).

use super::{CATALOG_PRIMARY, NO_REFUSAL, Refuse, build_flag, build_look, build_refusal, guard_primary};
use crate::escape::quote_text;

fn worker_is(agent_id: &str, condition: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM catalog.worker_agents AS w WHERE w.WorkerAgentId = {}{condition})",
        quote_text(agent_id)
    )
}

/// Condition: a task of the worker is dispatched (2) or runs (3).
fn has_tasks(agent_id: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM internal.tasks AS t WHERE t.WorkerAgentId = {} AND t.Status IN (2, 3))",
        quote_text(agent_id)
    )
}

/// Whether the worker is enabled. One that never registered refuses.
pub(crate) fn look_at_enabled(agent_id: &str) -> String {
    let refuse = build_refusal(&format!("NOT {}", worker_is(agent_id, "")), Refuse::WorkerUnknown);
    let done = build_flag(&worker_is(agent_id, " AND w.IsEnabled = 1"));
    build_look(CATALOG_PRIMARY, &done, &refuse, &[])
}

/// Enables it.
pub(crate) fn enable(agent_id: &str) -> String {
    format!("{}EXEC catalog.enable_worker_agent @WorkerAgentId = {};", guard_primary(), quote_text(agent_id))
}

/// Whether the worker is disabled, or unknown. Running tasks refuse, unless `regardless`.
pub(crate) fn look_at_disabled(agent_id: &str, regardless: bool) -> String {
    let enabled = worker_is(agent_id, " AND w.IsEnabled = 1");
    let refuse = if regardless {
        NO_REFUSAL.to_owned()
    } else {
        build_refusal(&format!("{enabled} AND {}", has_tasks(agent_id)), Refuse::TasksRunning)
    };
    build_look(CATALOG_PRIMARY, &build_flag(&format!("NOT {enabled}")), &refuse, &[])
}

/// Disables it only while no task runs on it, looks again in the same batch and enables it at once if one slipped in: a
/// disabled worker can neither renew a lease nor report success (27252).
pub(crate) fn disable(agent_id: &str, regardless: bool) -> String {
    let id = quote_text(agent_id);
    let call = format!("EXEC catalog.disable_worker_agent @WorkerAgentId = {id};");
    if regardless {
        return format!("{}{call}", guard_primary());
    }
    let tasks = has_tasks(agent_id);
    format!(
        "{}IF NOT {tasks}\nBEGIN\n{call}\nIF {tasks}\nEXEC catalog.enable_worker_agent @WorkerAgentId = {id};\nEND;",
        guard_primary()
    )
}
