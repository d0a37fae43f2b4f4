//! Brings the role online, takes it offline, restarts its service through the cluster, deletes it.

use super::role::{reload, writable_cluster};
use super::role_gaps::{holds_only_ours, is_ours};
use super::{OpContext, OpError, OpResult};
use scaleout_model::names::{NodeName, RoleName};
use scaleout_model::node::{ClusterRole, GroupState, ResourceKind, ResourceState};
use scaleout_model::outcome::{Class, Outcome};
use scaleout_model::reason::Reason;
use std::time::Duration;

/// How long the cluster may take before the op answers `NotYet`.
const STATE_LIMIT: Duration = Duration::from_mins(1);

/// Idempotent: an online role is left alone.
pub(super) async fn online(cx: &OpContext<'_>, name: &RoleName) -> OpResult {
    let role = ours(cx, name).await?;
    match role.state {
        GroupState::Online => return Ok(Outcome::NoChange(None)),
        GroupState::Pending => return Err(pending(name)),
        _ => cx.write()?.online_group(name).await?,
    }
    await_role(cx, name, GroupState::Online).await
}

/// Idempotent: an offline role, or none, is left alone.
pub(super) async fn offline(cx: &OpContext<'_>, name: &RoleName) -> OpResult {
    if is_absent(cx, name).await? {
        return Ok(Outcome::NoChange(None));
    }
    match ours(cx, name).await?.state {
        GroupState::Offline => return Ok(Outcome::NoChange(None)),
        GroupState::Pending => return Err(pending(name)),
        _ => cx.write()?.offline_group(name).await?,
    }
    await_role(cx, name, GroupState::Offline).await
}

/// Idempotent: no role is done. An online role is refused: taking it offline is an op of its own.
pub(super) async fn delete(cx: &OpContext<'_>, name: &RoleName) -> OpResult {
    if is_absent(cx, name).await? {
        return Ok(Outcome::NoChange(None));
    }
    let role = ours(cx, name).await?;
    if !holds_only_ours(&role) {
        return Err(OpError::failed(Class::Terminal, format!("the role {name} holds more than we made")));
    }
    if role.state != GroupState::Offline && !role.resources.is_empty() {
        return Err(OpError::failed(Class::Prerequisite, format!("the role {name} is not offline")));
    }
    cx.write()?.destroy_group(name).await?;
    if !is_absent(cx, name).await? {
        return Err(OpError::not_read_back("the deletion"));
    }
    Ok(Outcome::Done(None))
}

/// Takes the Generic Service offline and online again, on its owner. Idempotent: a start at or after
/// `not_before_unix_ms` is left alone, and a resource that is offline (an attempt was cut off) is brought online.
pub(super) async fn restart_service(
    cx: &OpContext<'_>,
    name: &RoleName,
    expected_owner: &NodeName,
    not_before_unix_ms: i64,
) -> OpResult {
    let role = ours(cx, name).await?;
    if role.owner != *expected_owner {
        return Err(OpError::conflict(format!("{} owns the role now", role.owner)));
    }
    if cx.read().identity().await?.computer_name != role.owner {
        return Err(OpError::conflict("this node does not own the role"));
    }
    let Some(service) = role.generic_service() else {
        return Err(OpError::failed(Class::Prerequisite, format!("the role {name} has no service")));
    };
    let ResourceKind::GenericService { service_name, .. } = &service.kind else {
        return Err(OpError::not_read_back("the service"));
    };
    match service.state {
        ResourceState::Pending => return Err(pending(name)),
        ResourceState::Online if is_fresh(cx, service_name, not_before_unix_ms).await? => {
            return Ok(Outcome::NoChange(None));
        }
        ResourceState::Online => {
            cx.progress("taking the service offline");
            cx.write()?.offline_resource(&service.name).await?;
            await_service(cx, name, ResourceState::Offline).await?;
        }
        _ => {}
    }
    cx.progress("bringing the service online");
    cx.write()?.online_resource(&service.name).await?;
    await_service(cx, name, ResourceState::Online).await?;
    if !is_fresh(cx, service_name, not_before_unix_ms).await? {
        return Err(OpError::not_read_back("a later start"));
    }
    Ok(Outcome::Done(None))
}

async fn is_fresh(cx: &OpContext<'_>, service: &str, not_before_unix_ms: i64) -> Result<bool, OpError> {
    let started = cx.read().service(service).await?.and_then(|service| service.started_unix_ms);
    Ok(started.is_some_and(|at| at >= not_before_unix_ms))
}

async fn is_absent(cx: &OpContext<'_>, name: &RoleName) -> Result<bool, OpError> {
    Ok(writable_cluster(cx).await?.role(name).is_none())
}

async fn ours(cx: &OpContext<'_>, name: &RoleName) -> Result<ClusterRole, OpError> {
    let role = reload(cx, name).await?;
    if is_ours(&role) {
        return Ok(role);
    }
    Err(OpError::failed(Class::Terminal, format!("the role {name} is none of ours")))
}

fn pending(name: &RoleName) -> OpError {
    OpError::not_yet(Reason::RolePending, format!("the role {name} is on its way"))
}

async fn await_role(cx: &OpContext<'_>, name: &RoleName, wanted: GroupState) -> OpResult {
    let mut patience = cx.patience(STATE_LIMIT);
    loop {
        let state = reload(cx, name).await?.state;
        if state == wanted {
            return Ok(Outcome::Done(None));
        }
        if state == GroupState::Failed {
            return Err(OpError::failed(
                Class::Transient,
                format!("the role {name} failed; see the cluster's log"),
            ));
        }
        if !patience.wait().await {
            return Err(pending(name));
        }
    }
}

async fn await_service(cx: &OpContext<'_>, name: &RoleName, wanted: ResourceState) -> Result<(), OpError> {
    let mut patience = cx.patience(STATE_LIMIT);
    loop {
        let role = reload(cx, name).await?;
        let state = role.generic_service().map(|resource| resource.state);
        if state == Some(wanted) {
            return Ok(());
        }
        if state == Some(ResourceState::Failed) {
            return Err(OpError::failed(Class::Transient, format!("the service of {name} failed")));
        }
        if !patience.wait().await {
            return Err(pending(name));
        }
    }
}
