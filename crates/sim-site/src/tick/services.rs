//! Services: starts, ends of pending starts, boot, and what an instance takes at its start.

use crate::catalog;
use crate::effect::{Refused, Reply};
use crate::logon;
use crate::state::{Bytes, Node, Service, ServiceProgram, Site, instance_name};
use scaleout_model::names::{InstanceName, NodeName, ReplicaName};
use scaleout_model::node::{Feature, ServiceState, StartType};

const DEPENDENT_SERVICES_RUNNING: i64 = 1051;
const DISABLED: i64 = 1058;
const NO_SERVICE: i64 = 1060;
const DEPENDENCY_FAIL: i64 = 1068;

/// `StartServiceW`: the logon is tried at once, the process runs a little later.
pub(crate) fn start(site: &mut Site, name: &NodeName, service: &str) -> Result<Reply, Refused> {
    let missing = || Refused::new(NO_SERVICE, format!("the service {service} does not exist"));
    let node = site.nodes.get(name).filter(|node| node.up).ok_or_else(missing)?;
    let found = node.service_named(service).ok_or_else(missing)?;
    if found.state != ServiceState::Stopped {
        return Ok(Reply::Unchanged);
    }
    if found.start_type == StartType::Disabled {
        return Err(Refused::new(DISABLED, format!("the service {service} is disabled")));
    }
    if let ServiceProgram::SqlAgent(instance) = &found.program
        && !node.engine_runs(instance)
    {
        return Err(Refused::new(DEPENDENCY_FAIL, format!("the instance {instance} does not run")));
    }
    let logon = logon::service_logon(site, name, found);
    let latency = match found.program {
        ServiceProgram::Engine(_) => site.latencies.restart_ms,
        _ => site.latencies.service_start_ms,
    };
    let until = site.now_ms + latency;
    let found =
        site.nodes.get_mut(name).and_then(|node| node.service_named_mut(service)).ok_or_else(missing)?;
    if let Err(code) = logon {
        found.exit_code = code;
        let account = &found.account;
        return Err(Refused::new(code, format!("the service {service} can't log on as {account}")));
    }
    found.exit_code = 0;
    found.state = ServiceState::Pending;
    found.pending_until_ms = Some(until);
    Ok(Reply::Pending)
}

/// `ControlService(STOP)`.
pub(crate) fn stop(site: &mut Site, name: &NodeName, service: &str) -> Result<Reply, Refused> {
    let missing = || Refused::new(NO_SERVICE, format!("the service {service} does not exist"));
    let node = site.nodes.get_mut(name).filter(|node| node.up).ok_or_else(missing)?;
    let found = node.service_named(service).ok_or_else(missing)?;
    if found.state == ServiceState::Stopped {
        return Ok(Reply::Unchanged);
    }
    if let ServiceProgram::Engine(instance) = &found.program
        && node.sql_agent_runs(instance)
    {
        return Err(Refused::new(DEPENDENT_SERVICES_RUNNING, format!("SQL Server Agent of {instance} runs")));
    }
    if let Some(found) = node.service_named_mut(service) {
        found.halt();
    }
    Ok(Reply::Done)
}

/// Ends pending starts that are due; on a machine that is down nothing runs.
pub(super) fn settle(site: &mut Site) {
    let now = site.now_ms;
    let mut started: Vec<(NodeName, String)> = Vec::new();
    for (name, node) in &mut site.nodes {
        if !node.up {
            node.services.values_mut().filter(|s| s.state != ServiceState::Stopped).for_each(Service::halt);
            node.installs.clear();
            continue;
        }
        let due = |service: &Service| {
            service.state == ServiceState::Pending
                && service.pending_until_ms.is_none_or(|until| until <= now)
        };
        started
            .extend(node.services.iter().filter(|(_, s)| due(s)).map(|(key, _)| (name.clone(), key.clone())));
    }
    // Engines first: agents depend on them.
    started.sort_by_key(|(node, key)| !is_engine(site, node, key));
    for (node, key) in started {
        run(site, &node, &key);
    }
}

fn is_engine(site: &Site, node: &NodeName, key: &str) -> bool {
    let service = site.nodes.get(node).and_then(|node| node.services.get(key));
    service.is_some_and(|service| matches!(service.program, ServiceProgram::Engine(_)))
}

fn run(site: &mut Site, name: &NodeName, key: &str) {
    let now = site.now_ms;
    let Some(service) = site.nodes.get(name).and_then(|node| node.services.get(key)) else { return };
    let logon = logon::service_logon(site, name, service);
    let Some(node) = site.nodes.get_mut(name) else { return };
    let settings = settings_of(node, key);
    let Some(service) = node.services.get_mut(key) else { return };
    if let Err(code) = logon {
        service.halt();
        service.exit_code = code;
        return;
    }
    service.state = ServiceState::Running;
    service.pending_until_ms = None;
    service.started_ms = Some(now);
    service.running_as = Some(service.account.clone());
    service.loaded_settings = settings;
    if let ServiceProgram::Engine(instance) = service.program.clone() {
        start_engine(site, name, &instance);
    }
}

fn settings_of(node: &Node, key: &str) -> Option<Bytes> {
    let (feature, version) = match node.services.get(key)?.program {
        ServiceProgram::ScaleOutMaster(version) => (Feature::ScaleOutMaster, version),
        ServiceProgram::ScaleOutWorker(version) => (Feature::ScaleOutWorker, version),
        ServiceProgram::Engine(_) | ServiceProgram::SqlAgent(_) => return None,
    };
    Some(node.feature(feature, version)?.settings.as_ref()?.bytes.clone())
}

/// What an instance takes at its start; procedures marked for startup run.
fn start_engine(site: &mut Site, name: &NodeName, instance: &InstanceName) {
    let replica: ReplicaName = instance_name(name, instance.as_str());
    let Some(engine) = site.instance_mut(&replica) else { return };
    engine.windows_only_in_use = engine.windows_only;
    engine.hadr_in_use = engine.hadr_enabled;
    engine.configuration.values_mut().for_each(|setting| setting.in_use = setting.value);
    let master = engine.database("master").map(|database| &database.content);
    let runs_startup = master.is_some_and(|content| {
        content.procedures.values().any(|p| p.at_startup && starts_catalog(&p.definition))
    });
    if runs_startup && catalog::is_writable(site, &replica) {
        catalog::startup(site, &replica);
    }
}

/// Automatic services of a machine that boots.
pub(crate) fn boot(site: &mut Site, name: &NodeName) {
    let (start_until, restart_until) =
        (site.now_ms + site.latencies.service_start_ms, site.now_ms + site.latencies.restart_ms);
    let Some(node) = site.nodes.get_mut(name) else { return };
    node.pending_reboot = false;
    for service in node.services.values_mut() {
        if service.start_type == StartType::Automatic && service.state == ServiceState::Stopped {
            let sql = matches!(service.program, ServiceProgram::Engine(_) | ServiceProgram::SqlAgent(_));
            service.state = ServiceState::Pending;
            service.pending_until_ms = Some(if sql { restart_until } else { start_until });
        }
    }
}

/// Whether a procedure calls `catalog.startup` (7.1: dynamic `EXEC [SSISDB].[catalog].[startup]`).
fn starts_catalog(definition: &str) -> bool {
    let plain: String = definition.to_lowercase().chars().filter(|c| !"[] ".contains(*c)).collect();
    plain.contains("ssisdb.catalog.startup")
}
