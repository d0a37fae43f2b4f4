//! Heartbeats of masters: `internal.master_heartbeat` and `internal.update_master_settings`.

use crate::catalog;
use crate::explain::{MasterRefusal, catalog_of_master};
use crate::settings::{MasterSettings, master_settings};
use crate::state::{Service, ServiceProgram, Site};
use crate::time::datetimeoffset;
use scaleout_model::names::{NodeName, ReplicaName};

/// A master that does not reach SSISDB tries again after this time at the latest (domain §4.5: every few seconds).
const RETRY_MS: i64 = 1_000;

/// Lets every running master write its heartbeat when it is due. It never writes `MASTER_ADDRESS`.
pub(super) fn settle(site: &mut Site) {
    for (node, key) in running(site) {
        beat(site, &node, &key);
    }
}

fn running(site: &Site) -> Vec<(NodeName, String)> {
    let is_master =
        |service: &Service| service.runs() && matches!(service.program, ServiceProgram::ScaleOutMaster(_));
    site.nodes
        .iter()
        .filter(|(_, node)| node.up)
        .flat_map(|(name, node)| {
            node.services.iter().filter(|(_, s)| is_master(s)).map(|(key, _)| (name.clone(), key.clone()))
        })
        .collect()
}

fn beat(site: &mut Site, node: &NodeName, key: &str) {
    let now = site.now_ms;
    let Some(service) = site.nodes.get(node).and_then(|machine| machine.services.get(key)) else { return };
    let Some(settings) = service.loaded_settings.as_ref().and_then(|b| master_settings(b.as_slice())) else {
        return;
    };
    if service.last_heartbeat_ms.is_some_and(|last| last.saturating_add(settings.heartbeat_ms) > now) {
        return;
    }
    let soonest = settings.heartbeat_ms.min(RETRY_MS);
    let reached = catalog_of_master(site, node, service);
    let last = match reached {
        Ok(replica) => {
            write(site, node, &replica, &settings);
            now
        }
        Err(refusal) => {
            log_refused(site, &refusal, node, key);
            now.saturating_sub(settings.heartbeat_ms).saturating_add(soonest)
        }
    };
    if let Some(service) = site.nodes.get_mut(node).and_then(|machine| machine.services.get_mut(key)) {
        service.last_heartbeat_ms = Some(last);
    }
}

/// A login that is missing floods the instance's error log (domain §4.5).
fn log_refused(site: &mut Site, refusal: &MasterRefusal, node: &NodeName, key: &str) {
    let now = site.now_ms;
    let MasterRefusal::LoginMissing(replica) = refusal else { return };
    let Some(account) = site.nodes.get(node).and_then(|m| m.services.get(key)).map(|s| s.account.clone())
    else {
        return;
    };
    if let Some(instance) = site.instance_mut(replica) {
        instance.log(now, format!("Login failed for user '{account}'. Error: 18456, State: 5."));
    }
}

fn write(site: &mut Site, node: &NodeName, replica: &ReplicaName, settings: &MasterSettings) {
    let now = site.now_ms;
    let address = site.nodes.get(node).map(|machine| machine.address.clone()).unwrap_or_default();
    let values = [
        ("LAST_ONLINE_TIME", datetimeoffset(now)),
        ("MACHINE_NAME", node.to_string()),
        ("MACHINE_IP", address),
        ("MASTER_SERVICE_PORT", settings.port.to_string()),
        ("SSLCERT_THUMBPRINT", settings.thumbprint.clone()),
        ("MASTER_HEARTBEAT_INTERVALINMS", settings.heartbeat_ms.to_string()),
    ];
    let Some(catalog) = catalog::catalog_mut(site, replica) else { return };
    for (name, value) in values {
        catalog.update_property(name, value);
    }
}
