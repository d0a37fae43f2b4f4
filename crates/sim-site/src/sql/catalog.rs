//! Rows of the SSIS catalog, as its procedures change them (a 2019 schema; domain §4.1, §4.2, §7.3).

use super::access::catalog_mut;
use super::{changed, key, refuse, scale_out};
use crate::catalog;
use crate::effect::{Refused, Reply};
use crate::state::{Catalog, Secret, Site, WorkerAgent};
use crate::time::datetimeoffset;
use scaleout_model::names::ReplicaName;

/// The AgentId that is refused (27101).
const RESERVED_AGENT: &str = "11111111-1111-1111-1111-111111111111";

/// A property of a worker that `catalog.set_worker_agent_property` sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkerProperty {
    /// `DisplayName`.
    DisplayName,
    /// `Description`.
    Description,
    /// `Tags`.
    Tags,
}

/// A change of the catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the arguments of each procedure")]
pub enum CatalogChange {
    /// `catalog.update_master_address`: no row is success, too.
    UpdateMasterAddress { address: String },
    /// `catalog.update_logdb_info`; `opened`: whether the session has opened the master key.
    UpdateLogDatabase { server: String, connection_string: Secret, opened: bool },
    /// What `catalog.enable_scaleout` does after it has written the log connection string.
    EnableScaleOut { password: Secret, log_login_in_use: bool },
    /// `catalog.enable_worker_agent`, `catalog.disable_worker_agent`.
    EnableWorkerAgent { agent_id: String, enabled: bool },
    /// `catalog.delete_worker_agent`.
    DeleteWorkerAgent { agent_id: String },
    /// `catalog.set_worker_agent_property`.
    SetWorkerAgentProperty { agent_id: String, property: WorkerProperty, value: String },
    /// `internal.update_worker_agent_status`: a new worker is disabled.
    UpdateWorkerAgentStatus { agent_id: String, machine: String, account: String },
    /// `internal.add_replica_info`: 1 = primary, 2 = secondary.
    AddReplicaInfo { server: String, state: u8 },
    /// `internal.delete_replica_info`.
    DeleteReplicaInfo { server: String },
    /// `internal.update_replica_info`.
    UpdateReplicaInfo { server: String },
    /// `catalog.startup`.
    Startup,
    /// `catalog.configure_catalog`.
    ConfigureCatalog { property: String, value: String },
    /// `catalog.create_folder`.
    CreateFolder { folder: String },
    /// `internal.master_heartbeat`.
    MasterHeartbeat,
    /// `internal.update_master_settings`, names and values.
    UpdateMasterSettings { values: Vec<(String, String)> },
}

impl CatalogChange {
    pub(crate) fn apply(&self, site: &mut Site, instance: &ReplicaName) -> Result<Reply, Refused> {
        let now = site.now_ms;
        match self {
            Self::UpdateLogDatabase { server, connection_string, opened } => {
                key::require_open(site, instance, *opened)?;
                let catalog = catalog_mut(site, instance)?;
                let before = (
                    catalog.property("CLUSTER_LOGDB_SERVER").to_owned(),
                    catalog.log_connection_string.clone(),
                );
                catalog.update_property("CLUSTER_LOGDB_SERVER", server);
                catalog.log_connection_string = Some(connection_string.clone());
                Ok(changed(before != (server.clone(), Some(connection_string.clone()))))
            }
            Self::EnableScaleOut { password, log_login_in_use } => {
                scale_out::enable(site, instance, password, *log_login_in_use)
            }
            Self::Startup => {
                let before = catalog_mut(site, instance)?.executions.clone();
                catalog::startup(site, instance);
                Ok(changed(catalog_mut(site, instance)?.executions != before))
            }
            Self::EnableWorkerAgent { .. }
            | Self::DeleteWorkerAgent { .. }
            | Self::SetWorkerAgentProperty { .. }
            | Self::UpdateWorkerAgentStatus { .. } => self.apply_worker(site, instance),
            Self::AddReplicaInfo { .. } | Self::DeleteReplicaInfo { .. } | Self::UpdateReplicaInfo { .. } => {
                self.apply_replica(site, instance)
            }
            Self::UpdateMasterAddress { address } => update(site, instance, &[("MASTER_ADDRESS", address)]),
            Self::MasterHeartbeat => update(site, instance, &[("LAST_ONLINE_TIME", &datetimeoffset(now))]),
            Self::UpdateMasterSettings { values } => {
                let values: Vec<(&str, &str)> =
                    values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                update(site, instance, &values)
            }
            Self::ConfigureCatalog { property, value } => {
                let catalog = catalog_mut(site, instance)?;
                match catalog.catalog_properties.get_mut(&property.to_uppercase()) {
                    Some(slot) => Ok(changed(std::mem::replace(slot, value.clone()) != *value)),
                    None => refuse(
                        27_101,
                        format!(
                            "The value specified for the input parameter 'property_name' ({property}) is not valid."
                        ),
                    ),
                }
            }
            Self::CreateFolder { folder } => create_folder(catalog_mut(site, instance)?, folder),
        }
    }

    fn apply_worker(&self, site: &mut Site, instance: &ReplicaName) -> Result<Reply, Refused> {
        let now = site.now_ms;
        let agents = &mut catalog_mut(site, instance)?.worker_agents;
        match self {
            Self::EnableWorkerAgent { agent_id, enabled } => match agents.get_mut(&agent_id.to_lowercase()) {
                Some(worker) => Ok(changed(std::mem::replace(&mut worker.enabled, *enabled) != *enabled)),
                None => unknown_worker(agent_id),
            },
            Self::DeleteWorkerAgent { agent_id } => match agents.remove(&agent_id.to_lowercase()) {
                _ if agent_id == RESERVED_AGENT => reserved_worker(),
                Some(_) => Ok(Reply::Done),
                None => unknown_worker(agent_id),
            },
            Self::SetWorkerAgentProperty { agent_id, property, value } => {
                let Some(worker) = agents.get_mut(&agent_id.to_lowercase()) else {
                    return unknown_worker(agent_id);
                };
                let slot = match property {
                    WorkerProperty::DisplayName => &mut worker.display_name,
                    WorkerProperty::Description => &mut worker.description,
                    WorkerProperty::Tags => &mut worker.tags,
                };
                Ok(changed(std::mem::replace(slot, value.clone()) != *value))
            }
            Self::UpdateWorkerAgentStatus { agent_id, machine, account } => {
                if agent_id == RESERVED_AGENT {
                    return reserved_worker();
                }
                let worker = agents.entry(agent_id.to_lowercase()).or_insert_with(|| WorkerAgent {
                    enabled: false,
                    display_name: machine.clone(),
                    description: String::new(),
                    machine: machine.clone(),
                    tags: String::new(),
                    user_account: account.clone(),
                    last_online_ms: now,
                });
                worker.machine.clone_from(machine);
                worker.user_account.clone_from(account);
                worker.last_online_ms = now;
                Ok(Reply::Done)
            }
            _ => Ok(Reply::Unchanged),
        }
    }

    fn apply_replica(&self, site: &mut Site, instance: &ReplicaName) -> Result<Reply, Refused> {
        let catalog = catalog_mut(site, instance)?;
        let states = &mut catalog.alwayson_support_state;
        let key = |server: &str| states.keys().find(|name| name.eq_ignore_ascii_case(server)).cloned();
        match self {
            Self::AddReplicaInfo { server, state } => {
                if ![1, 2].contains(state) {
                    return refuse(
                        27_101,
                        "The value specified for the input parameter 'state' is not valid.",
                    );
                }
                if key(server).is_some() {
                    return refuse(27_227, format!("The server '{server}' already exists."));
                }
                states.insert(server.clone(), *state);
                Ok(Reply::Done)
            }
            Self::DeleteReplicaInfo { server } => match key(server).and_then(|key| states.remove(&key)) {
                Some(_) => Ok(Reply::Done),
                None => unknown_replica(server),
            },
            Self::UpdateReplicaInfo { server } => {
                let before = states.clone();
                match catalog::update_replica_info(catalog, server) {
                    Ok(()) => Ok(changed(catalog.alwayson_support_state != before)),
                    Err(_) => unknown_replica(server),
                }
            }
            _ => Ok(Reply::Unchanged),
        }
    }
}

fn create_folder(catalog: &mut Catalog, folder: &str) -> Result<Reply, Refused> {
    if catalog.folders.iter().any(|own| own.eq_ignore_ascii_case(folder)) {
        let text = format!(
            "The folder '{folder}' already exists or you have not been granted the appropriate permissions to change it."
        );
        return refuse(27_190, text);
    }
    catalog.folders.push(folder.to_owned());
    Ok(Reply::Done)
}

fn unknown_worker<T>(agent_id: &str) -> Result<T, Refused> {
    refuse(27_243, format!("Cannot find the worker agent '{agent_id}'."))
}

fn reserved_worker<T>() -> Result<T, Refused> {
    refuse(27_101, "The value specified for the input parameter 'WorkerAgentId' is not valid.")
}

fn unknown_replica<T>(server: &str) -> Result<T, Refused> {
    refuse(27_228, format!("The server '{server}' does not exist."))
}

/// UPDATE of rows that exist; rows that do not are no error.
fn update(site: &mut Site, instance: &ReplicaName, values: &[(&str, &str)]) -> Result<Reply, Refused> {
    let catalog = catalog_mut(site, instance)?;
    let before = catalog.master_properties.clone();
    for (name, value) in values {
        catalog.update_property(name, *value);
    }
    Ok(changed(catalog.master_properties != before))
}
