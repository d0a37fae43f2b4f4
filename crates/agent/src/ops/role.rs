//! Creates or corrects the clustered role of the Scale Out Master (recipe: clusapi group of type Generic Service
//! with IP Address, Network Name and Generic Service resources).
//!
//! Idempotent: each part is looked for first, by what it is, then by the name that we give it, so that a creation
//! that was cut off is gone on with. It never brings the role online, never touches parts that it was not told of,
//! and never an availability group's role. Possible owners are restricted before a role that we create becomes whole; of
//! one that was found whole none is taken away.

use super::role_gaps as gaps;
use super::{OpContext, OpError, OpResult};
use crate::codes::CLUSTER_OBJECT_EXISTS;
use crate::host::{HostResult, PrivateProperties, PropertyValue, ResourceType, Stored};
use scaleout_model::names::{NodeName, RoleName};
use scaleout_model::node::{ClusterFacts, ClusterRole, GroupState, NodeState, Quorum, RoleSpec};
use scaleout_model::outcome::{Class, Outcome};
use scaleout_model::reason::Reason;
use std::collections::BTreeSet;
use std::time::Duration;

/// Longest NetBIOS name.
const NETBIOS_LENGTH: usize = 15;
const MOVE_LIMIT: Duration = Duration::from_secs(30);

/// See the module.
pub(super) async fn ensure(cx: &OpContext<'_>, spec: &RoleSpec) -> OpResult {
    let cluster = writable_cluster(cx).await?;
    let creating = cluster.role(&spec.name).is_none_or(|role| !gaps::is_whole(role));
    match cluster.role(&spec.name) {
        Some(role) if !gaps::is_ours(role) => {
            return Err(OpError::failed(Class::Terminal, format!("the role {} is none of ours", spec.name)));
        }
        Some(role) if gaps::gaps(role, spec).is_empty() => return Ok(Outcome::NoChange(None)),
        Some(_) => {}
        None => tolerate_existing(cx.write()?.create_group(&spec.name).await)?,
    }
    ensure_owner(cx, spec, creating).await?;
    let mut waiting = ensure_addresses(cx, spec).await?;
    waiting |= ensure_network_name(cx, spec).await?;
    ensure_service_resource(cx, spec).await?;
    if creating {
        restrict_owners(cx, spec).await?;
    }
    waiting |= ensure_service_name(cx, spec).await?;
    ensure_dependencies(cx, spec).await?;
    ensure_owners(cx, spec).await?;
    let missing = gaps::gaps(&reload(cx, &spec.name).await?, spec);
    if !missing.is_empty() {
        return Err(OpError::not_read_back(&missing.join(", ")));
    }
    if waiting {
        return Err(OpError::not_yet(Reason::RestartPending, "stored; in effect at the role's next online"));
    }
    Ok(Outcome::Done(None))
}

/// The cluster, if it may be written: with a normal quorum.
pub(super) async fn writable_cluster(cx: &OpContext<'_>) -> Result<ClusterFacts, OpError> {
    let cluster = cx
        .read()
        .cluster()
        .await?
        .ok_or_else(|| OpError::failed(Class::Human, "the node is in no failover cluster"))?;
    if cluster.quorum != Quorum::Normal {
        return Err(OpError::not_yet(Reason::QuorumNotNormal, "the quorum is not normal: only observed"));
    }
    Ok(cluster)
}

/// The role as it is now; it must be there.
pub(super) async fn reload(cx: &OpContext<'_>, name: &RoleName) -> Result<ClusterRole, OpError> {
    let cluster = writable_cluster(cx).await?;
    let role = cluster.roles.into_iter().find(|role| role.name == *name);
    role.ok_or_else(|| OpError::failed(Class::Prerequisite, format!("there is no role {name}")))
}

/// A race with another node's agent: the thing is there, which is what was wanted.
fn tolerate_existing(result: HostResult<()>) -> Result<(), OpError> {
    match result {
        Err(error) if error.code == Some(CLUSTER_OBJECT_EXISTS) => Ok(()),
        other => Ok(other?),
    }
}

/// An offline role is moved to a possible owner; an online one on another node is not torn away.
async fn ensure_owner(cx: &OpContext<'_>, spec: &RoleSpec, creating: bool) -> Result<(), OpError> {
    let cluster = writable_cluster(cx).await?;
    let Some(role) = cluster.role(&spec.name) else { return Err(OpError::not_read_back("the role")) };
    let may_stay =
        !creating && role.generic_service().is_some_and(|r| r.possible_owners.contains(&role.owner));
    if may_stay || spec.possible_owners.contains(&role.owner) {
        return Ok(());
    }
    if !role.resources.is_empty() && role.state != GroupState::Offline {
        let message = format!("{} owns the role and is not among its possible owners", role.owner);
        return Err(OpError::conflict(message));
    }
    let is_up =
        |name: &NodeName| cluster.nodes.iter().any(|node| node.name == *name && node.state == NodeState::Up);
    let target =
        spec.possible_owners.iter().find(|name| is_up(name)).ok_or_else(|| {
            OpError::not_yet(Reason::ClusterNodeDown, "no possible owner of the role is up")
        })?;
    cx.write()?.move_group(&spec.name, target).await?;
    let mut patience = cx.patience(MOVE_LIMIT);
    while reload(cx, &spec.name).await?.owner != *target {
        if !patience.wait().await {
            return Err(OpError::not_yet(Reason::RolePending, format!("the role moves to {target}")));
        }
    }
    Ok(())
}

async fn ensure_addresses(cx: &OpContext<'_>, spec: &RoleSpec) -> Result<bool, OpError> {
    let mut waiting = false;
    for wanted in &spec.addresses {
        let role = reload(cx, &spec.name).await?;
        let found = gaps::find_address(&role, spec, wanted);
        if found.is_some_and(|resource| gaps::is_address(resource, wanted)) {
            continue;
        }
        let name = found.map_or_else(|| gaps::address_name(spec, wanted), |resource| resource.name.clone());
        if found.is_none() {
            create(cx, spec, &name, ResourceType::IpAddress).await?;
        }
        let properties = PrivateProperties::from([
            ("Network".to_owned(), PropertyValue::Text(wanted.network.clone())),
            ("Address".to_owned(), PropertyValue::Text(wanted.ip.clone())),
            ("SubnetMask".to_owned(), PropertyValue::Text(wanted.mask.clone())),
            ("EnableDhcp".to_owned(), PropertyValue::Number(0)),
        ]);
        waiting |= cx.write()?.set_private_properties(&name, &properties).await? == Stored::AtNextOnline;
    }
    Ok(waiting)
}

async fn ensure_network_name(cx: &OpContext<'_>, spec: &RoleSpec) -> Result<bool, OpError> {
    let role = reload(cx, &spec.name).await?;
    let name =
        role.network_name().map_or_else(|| gaps::network_name_name(spec), |resource| resource.name.clone());
    if role.network_name().is_none() {
        create(cx, spec, &name, ResourceType::NetworkName).await?;
    }
    let label = spec.client_access_point.as_str();
    let mut waiting = false;
    if !holds(&cx.read().private_properties(&name).await?, "DnsName", label) {
        let dns = text_property("DnsName", label);
        waiting |= cx.write()?.set_private_properties(&name, &dns).await? == Stored::AtNextOnline;
    }
    // Windows may derive `Name` from `DnsName`, or refuse to have it set: right when it reads back right.
    let netbios: String = label.chars().take(NETBIOS_LENGTH).collect();
    if !holds(&cx.read().private_properties(&name).await?, "Name", &netbios) {
        match cx.write()?.set_private_properties(&name, &text_property("Name", &netbios)).await {
            Ok(stored) => waiting |= stored == Stored::AtNextOnline,
            Err(error) => {
                if !holds(&cx.read().private_properties(&name).await?, "Name", &netbios) {
                    return Err(error.into());
                }
            }
        }
    }
    Ok(waiting)
}

async fn ensure_service_resource(cx: &OpContext<'_>, spec: &RoleSpec) -> Result<(), OpError> {
    if reload(cx, &spec.name).await?.generic_service().is_some() {
        return Ok(());
    }
    create(cx, spec, &gaps::service_name(spec), ResourceType::GenericService).await
}

async fn ensure_service_name(cx: &OpContext<'_>, spec: &RoleSpec) -> Result<bool, OpError> {
    let role = reload(cx, &spec.name).await?;
    let Some(name) = role.generic_service().map(|resource| resource.name.clone()) else {
        return Err(OpError::not_read_back("the service's resource"));
    };
    let present = cx.read().private_properties(&name).await?;
    if holds(&present, "ServiceName", &spec.service_name) {
        return Ok(false);
    }
    let mut properties = text_property("ServiceName", &spec.service_name);
    if is_unset(&present, "ServiceName") {
        // The service finds SQL Server and its port in its own file, so it keeps the computer's name.
        properties.insert("UseNetworkName".to_owned(), PropertyValue::Number(0));
    }
    Ok(cx.write()?.set_private_properties(&name, &properties).await? == Stored::AtNextOnline)
}

async fn ensure_dependencies(cx: &OpContext<'_>, spec: &RoleSpec) -> Result<(), OpError> {
    let role = reload(cx, &spec.name).await?;
    let (Some(cap), Some(service)) = (role.network_name(), role.generic_service()) else {
        return Err(OpError::not_read_back("a resource of the role"));
    };
    let addresses = gaps::address_names(&role, spec);
    if !gaps::depends_on_any(cap, &addresses) {
        cx.write()?.set_dependency_expression(&cap.name, &expression(&addresses)).await?;
    }
    let on_cap = BTreeSet::from([cap.name.clone()]);
    if !gaps::depends_on_any(service, &on_cap) {
        cx.write()?.set_dependency_expression(&service.name, &expression(&on_cap)).await?;
    }
    Ok(())
}

/// Takes away the owners that every new resource has, all nodes of the cluster, but those that are wanted.
async fn restrict_owners(cx: &OpContext<'_>, spec: &RoleSpec) -> Result<(), OpError> {
    let role = reload(cx, &spec.name).await?;
    for resource in gaps::cared_for(&role, spec) {
        for node in resource.possible_owners.iter().filter(|node| !spec.possible_owners.contains(node)) {
            cx.write()?.remove_possible_owner(&resource.name, node).await?;
        }
    }
    Ok(())
}

async fn ensure_owners(cx: &OpContext<'_>, spec: &RoleSpec) -> Result<(), OpError> {
    let role = reload(cx, &spec.name).await?;
    for resource in gaps::cared_for(&role, spec) {
        for node in gaps::missing_owners(resource, &spec.possible_owners) {
            cx.write()?.add_possible_owner(&resource.name, node).await?;
        }
    }
    if let Some(wanted) = &spec.preferred_owners
        && *wanted != role.preferred_owners
    {
        cx.write()?.set_preferred_owners(&spec.name, wanted).await?;
    }
    Ok(())
}

async fn create(
    cx: &OpContext<'_>,
    spec: &RoleSpec,
    name: &str,
    resource_type: ResourceType,
) -> Result<(), OpError> {
    let cluster = writable_cluster(cx).await?;
    let elsewhere = cluster.roles.iter().find(|role| {
        role.name != spec.name && role.resources.iter().any(|r| r.name.eq_ignore_ascii_case(name))
    });
    if let Some(role) = elsewhere {
        let message = format!("the role {} has a resource of the name {name}", role.name);
        return Err(OpError::failed(Class::Terminal, message));
    }
    tolerate_existing(cx.write()?.create_resource(&spec.name, name, resource_type).await)
}

fn text_property(name: &str, value: &str) -> PrivateProperties {
    PrivateProperties::from([(name.to_owned(), PropertyValue::Text(value.to_owned()))])
}

fn holds(properties: &PrivateProperties, name: &str, value: &str) -> bool {
    properties.iter().any(|(key, present)| {
        key.eq_ignore_ascii_case(name)
            && matches!(present, PropertyValue::Text(text) if text.eq_ignore_ascii_case(value))
    })
}

fn is_unset(properties: &PrivateProperties, name: &str) -> bool {
    let is_empty = |value: &PropertyValue| matches!(value, PropertyValue::Text(text) if text.is_empty());
    properties.iter().all(|(key, value)| !key.eq_ignore_ascii_case(name) || is_empty(value))
}

/// `[a]` or `([a] or [b])` (`SetClusterResourceDependencyExpression`).
fn expression(names: &BTreeSet<String>) -> String {
    let items: Vec<String> = names.iter().map(|name| format!("[{name}]")).collect();
    if items.len() == 1 { items.concat() } else { format!("({})", items.join(" or ")) }
}
