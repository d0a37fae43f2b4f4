//! Carries out requests on the site.

use super::explain::explain;
use super::request::{FaultPlace, Request, TaskChange};
use crate::site_handle::SiteHandle;
use scaleout_model::names::{NodeName, RoleName};
use scaleout_model::node::NodeState;
use scaleout_sim_site::effect::{ClusterEffect, ControlEffect};
use scaleout_sim_site::settings::worker_settings;
use scaleout_sim_site::state::ServiceProgram;
use scaleout_sim_site::{Effect, Origin, Refused, Reply, Site, dump};
use serde_json::Value;
use std::time::Duration;

/// Why a request can't be fulfilled.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// The site refuses it.
    #[error("{}", refusal(.0))]
    Refused(Refused),
    /// There is no such thing.
    #[error("{0}")]
    Missing(String),
    /// It did not come true in time.
    #[error("{0}")]
    Late(String),
    /// It can't be written as JSON.
    #[error("the answer can't be written as JSON")]
    Unwritable(#[from] serde_json::Error),
}

fn refusal(refused: &Refused) -> String {
    format!("{} ({})", refused.message, refused.code)
}

impl From<Refused> for ControlError {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

/// Carries out one request. `key`: of the digests in dumps.
pub(super) async fn perform(site: &SiteHandle, key: &[u8], request: Request) -> Result<Value, ControlError> {
    match request {
        Request::Dump => Ok(site.read(|sim| dump::dump(&sim.site, key))?),
        Request::Effects { since } => Ok(site.read(|sim| {
            let new = sim.effects.iter().filter(|effect| effect.number > since);
            serde_json::to_value(new.map(AsRef::as_ref).collect::<Vec<_>>())
        })?),
        Request::Explain => Ok(serde_json::to_value(site.read(|sim| explain(&sim.site)))?),
        Request::Faults => Ok(site.read(|sim| serde_json::to_value(&sim.faults))?),
        Request::ClearFaults => {
            site.update(|sim| sim.faults = scaleout_sim_site::faults::Faults::default());
            Ok(reply(Reply::Done))
        }
        Request::AddFault { place, fault, count } => {
            site.read(|sim| check_place(&sim.site, &place))?;
            site.update(|sim| match place {
                FaultPlace::Node(node) => sim.faults.add_node(node, fault, count),
                FaultPlace::Instance(instance) => sim.faults.add_instance(instance, fault, count),
            });
            Ok(reply(Reply::Done))
        }
        Request::Wait { path, value, seconds } => wait(site, pointer(&path), value, seconds).await,
        change => {
            let effect = site.read(|sim| build_effect(&sim.site, change))?;
            Ok(reply(site.apply(&effect, &Origin::Control)?))
        }
    }
}

fn reply(reply: Reply) -> Value {
    let text = match reply {
        Reply::Done => "done",
        Reply::Unchanged => "unchanged",
        Reply::Pending => "pending",
        Reply::Stored => "stored",
    };
    text.into()
}

/// JSON pointers begin with a slash; one that was left out is meant.
fn pointer(path: &str) -> String {
    if path.is_empty() || path.starts_with('/') { path.to_owned() } else { format!("/{path}") }
}

fn check_place(site: &Site, place: &FaultPlace) -> Result<(), ControlError> {
    match place {
        FaultPlace::Node(node) => machine(site, node).map(|_| ()),
        FaultPlace::Instance(instance) if site.instance(instance).is_some() => Ok(()),
        FaultPlace::Instance(instance) => {
            Err(ControlError::Missing(format!("there is no instance {instance}")))
        }
    }
}

fn machine<'a>(site: &'a Site, node: &NodeName) -> Result<&'a scaleout_sim_site::state::Node, ControlError> {
    site.nodes.get(node).ok_or_else(|| ControlError::Missing(format!("there is no machine {node}")))
}

/// The effect of a verb that is one.
fn build_effect(site: &Site, request: Request) -> Result<Effect, ControlError> {
    Ok(match request {
        Request::Failover { group, replica } => {
            Effect::Control(ControlEffect::FailOver { group, to: replica })
        }
        Request::MoveRole { role, node } => move_role(site, role, node)?,
        Request::StopNode { node } => Effect::Control(ControlEffect::StopNode { node }),
        Request::StartNode { node } => Effect::Control(ControlEffect::StartNode { node }),
        Request::RestartService { node, service } => {
            Effect::Control(ControlEffect::RestartService { node, service })
        }
        Request::Set { path, value } => Effect::Set(pointer(&path), value),
        Request::Unset { path } => Effect::Unset(pointer(&path)),
        Request::Task { worker, change } => {
            let worker = agent_id(site, &worker)?;
            Effect::Control(match change {
                TaskChange::Start => ControlEffect::StartTask { worker },
                TaskChange::End => ControlEffect::EndTasks { worker },
            })
        }
        other => return Err(ControlError::Missing(format!("{other:?} changes nothing"))),
    })
}

/// The call is made on any member that is up.
fn move_role(site: &Site, role: RoleName, to: NodeName) -> Result<Effect, ControlError> {
    let cluster = site.cluster.as_ref();
    let cluster = cluster.ok_or_else(|| ControlError::Missing("there is no failover cluster".to_owned()))?;
    if !cluster.groups.contains_key(&role) {
        let known: Vec<&str> = cluster.groups.keys().map(RoleName::as_str).collect();
        let message = format!("there is no role {role}; there are: {}", known.join(", "));
        return Err(ControlError::Missing(message));
    }
    let up = cluster.nodes.iter().find(|(_, member)| member.state == NodeState::Up);
    let (by, _) = up.ok_or_else(|| ControlError::Missing("no node of the cluster is up".to_owned()))?;
    Ok(Effect::Cluster(by.clone(), ClusterEffect::MoveGroup { group: role, to }))
}

/// The AgentId that is meant: that of the worker on a machine of this name, else the text itself.
fn agent_id(site: &Site, worker: &str) -> Result<String, ControlError> {
    let Some(node) = site.nodes.get(&NodeName::new(worker)) else { return Ok(worker.to_owned()) };
    let mut workers =
        node.services.values().filter(|s| matches!(s.program, ServiceProgram::ScaleOutWorker(_)));
    let settings = workers.find_map(|service| worker_settings(service.loaded_settings.as_ref()?.as_slice()));
    settings
        .map(|settings| settings.agent_id)
        .ok_or_else(|| ControlError::Missing(format!("no worker runs on {worker}")))
}

async fn wait(site: &SiteHandle, path: String, value: Value, seconds: u64) -> Result<Value, ControlError> {
    let field = |site: &Site| serde_json::to_value(site).ok()?.pointer(&path).cloned();
    let come = site.until(|sim| (field(&sim.site).as_ref() == Some(&value)).then_some(()));
    if tokio::time::timeout(Duration::from_secs(seconds), come).await.is_ok() {
        return Ok("done".into());
    }
    // Secrets stay hidden in the message.
    let found =
        site.read(|sim| dump::dump(&sim.site, b"")).ok().and_then(|site| site.pointer(&path).cloned());
    let found = found.map_or_else(|| "not there".to_owned(), |found| found.to_string());
    let late = format!("{path} did not become {value} within {seconds} s; it is {found}");
    Err(ControlError::Late(late))
}
