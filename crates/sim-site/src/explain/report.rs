//! Everything that could be refused now, and why.

use super::{catalog_of_master, health_refusal, log_refusal, master_of_worker};
use crate::catalog;
use crate::state::{ServiceProgram, Site};
use scaleout_model::names::{NodeName, ReplicaName};
use serde::Serialize;

/// About one master, worker or replica.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// Whom it is about.
    pub about: String,
    /// Why it does not work; `None`: it does.
    pub refusal: Option<String>,
}

/// One explanation each: running masters (catalog), running workers (registration, log), replicas (role, connection).
pub fn report(site: &Site) -> Vec<Explanation> {
    let mut report = Vec::new();
    for (name, node) in &site.nodes {
        for service in node.services.values().filter(|service| node.up && service.runs()) {
            match service.program {
                ServiceProgram::ScaleOutMaster(_) => {
                    let refusal = catalog_of_master(site, name, service).err().map(|refusal| refusal.text());
                    report.push(Explanation { about: format!("master on {name}"), refusal });
                }
                ServiceProgram::ScaleOutWorker(_) => {
                    let refusal = master_of_worker(site, name, service).err().map(|refusal| refusal.text());
                    report.push(Explanation { about: format!("worker on {name}"), refusal });
                    report.push(log_of_worker(site, name));
                }
                ServiceProgram::Engine(_) | ServiceProgram::SqlAgent(_) => {}
            }
        }
    }
    for (group, facts) in &site.groups {
        for (name, replica) in &facts.replicas {
            let health = health_refusal(site, name).map(super::HealthRefusal::text);
            let connection = replica.connect_error.as_ref().map(|error| error.description.clone());
            let refusal = health.or(connection).filter(|_| !replica.connected);
            report.push(Explanation { about: format!("replica {name} of {group}"), refusal });
        }
    }
    report
}

fn log_of_worker(site: &Site, node: &NodeName) -> Explanation {
    let primary: Option<ReplicaName> =
        site.instance_names().into_iter().find(|replica| catalog::is_writable(site, replica));
    let refusal = match primary.as_ref().and_then(|replica| catalog::catalog(site, replica)) {
        Some(catalog) => log_refusal(site, node, catalog).err().map(|refusal| refusal.text()),
        None => Some("no SSISDB can be written".to_owned()),
    };
    Explanation { about: format!("log of the worker on {node}"), refusal }
}
