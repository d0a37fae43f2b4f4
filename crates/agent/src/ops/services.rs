//! Services of the node that the cluster does not own: configure, start, stop, restart.

use super::{OpContext, OpError, OpResult};
use crate::facts::parse_service_name;
use crate::host::HostService;
use scaleout_model::defaults::DEFAULT_INSTANCE;
use scaleout_model::names::{InstanceName, NodeName};
use scaleout_model::node::{Feature, ResourceKind, ServiceRef, ServiceState, StartType};
use scaleout_model::outcome::{Class, Outcome};
use scaleout_model::reason::Reason;
use std::time::Duration;

/// How long a start or stop may take before the op answers `NotYet`.
const START_LIMIT: Duration = Duration::from_mins(1);

/// Key name of an instance's Database Engine.
pub(super) fn engine_service(instance: &InstanceName) -> String {
    if *instance == InstanceName::new(DEFAULT_INSTANCE) {
        "MSSQLSERVER".to_owned()
    } else {
        format!("MSSQL${instance}")
    }
}

/// Key name of an instance's SQL Server Agent.
pub(super) fn agent_service(instance: &InstanceName) -> String {
    if *instance == InstanceName::new(DEFAULT_INSTANCE) {
        "SQLSERVERAGENT".to_owned()
    } else {
        format!("SQLAgent${instance}")
    }
}

/// The service that an op names. Scale Out services are discovered by prefix and version suffix.
pub(super) async fn resolve(cx: &OpContext<'_>, service: &ServiceRef) -> Result<HostService, OpError> {
    let (wanted, missing) = match service {
        ServiceRef::Master(version) => {
            ((Feature::ScaleOutMaster, *version), format!("Scale Out Master {version}"))
        }
        ServiceRef::Worker(version) => {
            ((Feature::ScaleOutWorker, *version), format!("Scale Out Worker {version}"))
        }
        ServiceRef::SqlAgent(instance) => return lookup(cx, &agent_service(instance)).await,
    };
    let found = cx.read().scale_out_services().await?;
    found.into_iter().find(|candidate| parse_service_name(&candidate.name) == Some(wanted)).ok_or_else(|| {
        OpError::failed(Class::Prerequisite, format!("the service of {missing} does not exist"))
    })
}

/// A service that must exist, by key name.
pub(super) async fn lookup(cx: &OpContext<'_>, name: &str) -> Result<HostService, OpError> {
    cx.read()
        .service(name)
        .await?
        .ok_or_else(|| OpError::failed(Class::Prerequisite, format!("the service {name} does not exist")))
}

/// The owner of the clustered role that has this service; `None`: no role has it. If the cluster does not
/// answer this fails: what is not known is not absent.
async fn cluster_owner(cx: &OpContext<'_>, name: &str) -> Result<Option<NodeName>, OpError> {
    let Some(cluster) = cx.read().cluster().await? else { return Ok(None) };
    let owner = cluster.roles.into_iter().find(|role| {
        role.resources.iter().any(|resource| {
            matches!(&resource.kind, ResourceKind::GenericService { service_name, .. }
                if service_name.eq_ignore_ascii_case(name))
        })
    });
    Ok(owner.map(|role| role.owner))
}

async fn refuse_clustered(cx: &OpContext<'_>, name: &str) -> Result<(), OpError> {
    match cluster_owner(cx, name).await? {
        None => Ok(()),
        Some(_) => Err(OpError::failed(
            Class::Terminal,
            format!("{name} belongs to a clustered role: only the cluster starts it"),
        )),
    }
}

/// Sets start type and takes recovery actions away. Idempotent: both are compared first.
pub(super) async fn configure(
    cx: &OpContext<'_>,
    service: &ServiceRef,
    start_type: StartType,
    clear_recovery_actions: bool,
) -> OpResult {
    let found = resolve(cx, service).await?;
    configure_found(cx, &found, start_type, clear_recovery_actions).await
}

/// As [`configure`], on a service that was looked up.
pub(super) async fn configure_found(
    cx: &OpContext<'_>,
    found: &HostService,
    start_type: StartType,
    clear_recovery_actions: bool,
) -> OpResult {
    let is_right = |service: &HostService| {
        service.start_type == start_type && !(clear_recovery_actions && service.recovery_actions)
    };
    if is_right(found) {
        return Ok(Outcome::NoChange(None));
    }
    if found.start_type != start_type {
        cx.write()?.set_start_type(&found.name, start_type).await?;
    }
    if clear_recovery_actions && found.recovery_actions {
        cx.write()?.clear_recovery_actions(&found.name).await?;
    }
    if !is_right(&lookup(cx, &found.name).await?) {
        return Err(OpError::not_read_back("the service's configuration"));
    }
    Ok(Outcome::Done(None))
}

/// Starts. Idempotent: a running service is left alone.
pub(super) async fn start(cx: &OpContext<'_>, service: &ServiceRef) -> OpResult {
    let found = resolve(cx, service).await?;
    refuse_clustered(cx, &found.name).await?;
    if found.state == ServiceState::Running {
        return Ok(Outcome::NoChange(None));
    }
    start_and_wait(cx, &found.name).await?;
    Ok(Outcome::Done(None))
}

/// Stops. Idempotent: a stopped service is left alone. A clustered service is stopped only where its role is
/// not (a second Master runs there by mistake).
pub(super) async fn stop(cx: &OpContext<'_>, service: &ServiceRef) -> OpResult {
    let found = resolve(cx, service).await?;
    if let Some(owner) = cluster_owner(cx, &found.name).await?
        && owner == cx.read().identity().await?.computer_name
    {
        let message = format!("{} belongs to a clustered role that this node owns", found.name);
        return Err(OpError::failed(Class::Terminal, message));
    }
    if found.state == ServiceState::Stopped {
        return Ok(Outcome::NoChange(None));
    }
    stop_and_wait(cx, &found.name).await?;
    Ok(Outcome::Done(None))
}

/// Stops and starts. Idempotent: a start at or after `not_before_unix_ms` is left alone.
pub(super) async fn restart(cx: &OpContext<'_>, service: &ServiceRef, not_before_unix_ms: i64) -> OpResult {
    let found = resolve(cx, service).await?;
    refuse_clustered(cx, &found.name).await?;
    let is_fresh = |service: &HostService| service.started_unix_ms.is_some_and(|at| at >= not_before_unix_ms);
    if found.state == ServiceState::Running && is_fresh(&found) {
        return Ok(Outcome::NoChange(None));
    }
    if found.state != ServiceState::Stopped {
        stop_and_wait(cx, &found.name).await?;
    }
    start_and_wait(cx, &found.name).await?;
    if !is_fresh(&lookup(cx, &found.name).await?) {
        return Err(OpError::not_read_back("a later start"));
    }
    Ok(Outcome::Done(None))
}

/// Asks for a start and waits until it runs.
pub(super) async fn start_and_wait(cx: &OpContext<'_>, name: &str) -> Result<(), OpError> {
    cx.progress(&format!("starting {name}"));
    cx.write()?.start_service(name).await?;
    await_state(cx, name, ServiceState::Running).await
}

/// Asks for a stop and waits until it has stopped.
pub(super) async fn stop_and_wait(cx: &OpContext<'_>, name: &str) -> Result<(), OpError> {
    cx.progress(&format!("stopping {name}"));
    cx.write()?.stop_service(name).await?;
    await_state(cx, name, ServiceState::Stopped).await
}

async fn await_state(cx: &OpContext<'_>, name: &str, wanted: ServiceState) -> Result<(), OpError> {
    let mut patience = cx.patience(START_LIMIT);
    loop {
        let state = lookup(cx, name).await?.state;
        if state == wanted {
            return Ok(());
        }
        if !patience.wait().await {
            let message = format!("{name} is {state:?}, not {wanted:?}");
            return Err(match state {
                ServiceState::Pending => OpError::not_yet(Reason::ServiceNotRunning, message),
                _ => OpError::failed(Class::Transient, message),
            });
        }
    }
}
