//! Why what does not work does not work: the reasons that the site goes by, in words.

use scaleout_model::names::NodeName;
use scaleout_sim_site::explain::{
    EndpointAnswer, answer_endpoint, catalog_of_master, endpoint_refusal, health_refusal, log_refusal,
    master_of_worker,
};
use scaleout_sim_site::settings::master_settings;
use scaleout_sim_site::state::{Service, ServiceProgram};
use scaleout_sim_site::{Site, catalog, logon};
use serde::Serialize;
use std::collections::BTreeMap;

/// Each running master and worker, and each replica of a group, with what it reaches or why it does not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Explanation {
    /// By `GROUP REPLICA`.
    replicas: BTreeMap<String, String>,
    /// By machine.
    masters: BTreeMap<String, Master>,
    /// By machine.
    workers: BTreeMap<String, Worker>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Master {
    service: String,
    catalog: String,
    endpoint: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Worker {
    service: String,
    master: String,
    log: String,
}

pub(super) fn explain(site: &Site) -> Explanation {
    let mut explanation = Explanation { replicas: replicas(site), ..Explanation::default() };
    for (name, node) in &site.nodes {
        for service in node.services.values() {
            match service.program {
                ServiceProgram::ScaleOutMaster(_) => {
                    explanation.masters.insert(name.to_string(), explain_master(site, name, service));
                }
                ServiceProgram::ScaleOutWorker(_) => {
                    explanation.workers.insert(name.to_string(), explain_worker(site, name, service));
                }
                ServiceProgram::Engine(_) | ServiceProgram::SqlAgent(_) => {}
            }
        }
    }
    explanation
}

fn replicas(site: &Site) -> BTreeMap<String, String> {
    let of_group = |(name, group): (_, &scaleout_sim_site::state::AvailabilityGroup)| {
        let text = |replica| {
            if let Some(refusal) = health_refusal(site, replica) {
                return refusal.text();
            }
            match group.online_primary() {
                None => "no primary is online".to_owned(),
                Some(primary) if primary == replica => "primary".to_owned(),
                Some(primary) => endpoint_refusal(site, name, replica, primary)
                    .map_or_else(|| format!("connected to {primary}"), |refusal| refusal.text()),
            }
        };
        group.replicas.keys().map(|replica| (format!("{name} {replica}"), text(replica))).collect::<Vec<_>>()
    };
    site.groups.iter().flat_map(of_group).collect()
}

/// The service itself: running, or why it does not.
fn explain_service(site: &Site, name: &NodeName, service: &Service) -> String {
    if service.runs() {
        return "runs".to_owned();
    }
    let state = format!("{:?}", service.state).to_lowercase();
    match logon::service_logon(site, name, service) {
        Err(code) => format!("{state}; {} can't log on as a service ({code})", service.account),
        Ok(()) => format!("{state}; its last start ended with {}", service.exit_code),
    }
}

const NOT_RUNNING: &str = "the service does not run";

fn explain_master(site: &Site, name: &NodeName, service: &Service) -> Master {
    let (mut catalog, mut endpoint) = (NOT_RUNNING.to_owned(), NOT_RUNNING.to_owned());
    if service.runs() {
        catalog = match catalog_of_master(site, name, service) {
            Ok(replica) => format!("writes to {replica}"),
            Err(refusal) => refusal.text(),
        };
        let settings = service.loaded_settings.as_ref().and_then(|bytes| master_settings(bytes.as_slice()));
        let address = site.nodes.get(name).map(|node| node.address.as_str()).unwrap_or_default();
        endpoint = match settings.map(|settings| answer_endpoint(site, None, address, settings.port)) {
            None => "the settings file can't be read".to_owned(),
            Some(EndpointAnswer::NoConnection(cause)) => cause.text().to_owned(),
            Some(EndpointAnswer::Reset(refusal)) => refusal.text().to_owned(),
            Some(EndpointAnswer::Presents { thumbprint, .. }) => format!("presents {thumbprint}"),
        };
    }
    Master { service: explain_service(site, name, service), catalog, endpoint }
}

fn explain_worker(site: &Site, name: &NodeName, service: &Service) -> Worker {
    let (mut master, mut log) = (NOT_RUNNING.to_owned(), NOT_RUNNING.to_owned());
    if service.runs() {
        let registration = master_of_worker(site, name, service);
        log = match registration.as_ref().ok().and_then(|found| catalog::catalog(site, &found.catalog)) {
            None => "no master is reached".to_owned(),
            Some(catalog) => match log_refusal(site, name, catalog) {
                Ok(_) => "can be written".to_owned(),
                Err(refusal) => refusal.text(),
            },
        };
        master = match registration {
            Ok(found) => format!("registers at the master on {}, catalog on {}", found.owner, found.catalog),
            Err(refusal) => refusal.text(),
        };
    }
    Worker { service: explain_service(site, name, service), master, log }
}
