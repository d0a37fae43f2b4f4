//! I9: workers are trusted by every master node, enabled as spec says, and alive.

use super::Found;
use super::site::{Site, at, entry, map, setting};
use serde_json::Value;

/// How many intervals may go by without a heartbeat.
const INTERVALS: i64 = 4;

pub(super) fn trusted_enabled_and_alive(site: &Site<'_>) -> Found {
    let now = at(site.dump, "/nowMs")?.as_i64().ok_or("nowMs is no number")?;
    let rows = map(site.catalog()?, "/workerAgents")?;
    let mut wrong = Vec::new();
    for ((name, settings), (_, enabled)) in site.worker_settings()?.iter().zip(&site.intent.workers) {
        let own = setting(settings, "WorkerHttpsCertThumbprint")?;
        for (master, node) in site.master_nodes()? {
            if entry(node, "/certificates/root", own).is_err() {
                wrong.push(format!("{master} does not trust the worker on {name}"));
            }
        }
        if !entry(site.node(name)?, "/certificates/my", own).is_ok_and(|own| !own["key"].is_null()) {
            wrong.push(format!("the worker on {name} does not have its certificate with its key"));
        }
        let id = setting(settings, "AgentId")?;
        let Some((_, row)) = rows.iter().find(|(key, _)| key.eq_ignore_ascii_case(id)) else {
            wrong.push(format!("the worker on {name} is not registered"));
            continue;
        };
        if row["enabled"] != Value::Bool(*enabled) {
            wrong.push(format!("the worker on {name}: enabled is {}, not {enabled}", row["enabled"]));
        }
        let interval = span_ms(setting(settings, "AgentHeartbeatInterval")?)?;
        let last = row["lastOnlineMs"].as_i64().unwrap_or_default();
        if now - last > INTERVALS * interval {
            wrong.push(format!("the worker on {name} was last heard of {} ms ago", now - last));
        }
    }
    Ok(wrong)
}

/// `hh:mm:ss` in ms.
fn span_ms(text: &str) -> Result<i64, String> {
    let parts: Result<Vec<i64>, _> = text.split(':').map(str::parse).collect();
    match parts.as_deref() {
        Ok([hours, minutes, seconds]) => Ok(((hours * 60 + minutes) * 60 + seconds) * 1000),
        _ => Err(format!("{text:?} is no time span")),
    }
}
