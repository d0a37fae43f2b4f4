//! Availability groups: roles, failover, connections, synchronization, and their groups in the cluster.

use crate::explain::{HealthRefusal, endpoint_refusal, health_refusal};
use crate::state::{
    AvailabilityGroup, ConnectError, DatabaseReplica, Group, Listener, Resource, ResourceKind, Site,
};
use crate::tick::roles;
use scaleout_model::names::{GroupName, NodeName, ReplicaName, RoleName};
use scaleout_model::node::ResourceState;
use scaleout_model::sql::{AvailabilityMode, FailoverMode, ReplicaRole, SyncState};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Connection to the primary replica is not active (35250) is what statements get; the state view names 35206,
/// connection timeout.
const CONNECT_TIMEOUT: i32 = 35_206;

/// Roles, connections and synchronization of all groups.
pub(super) fn settle(site: &mut Site) {
    for name in site.groups.keys().cloned().collect::<Vec<_>>() {
        settle_primary(site, &name);
        settle_secondaries(site, &name);
        settle_databases(site, &name);
    }
}

/// Whether a replica can have a role: its instance runs with Always On, and the cluster can look after it.
fn is_alive(site: &Site, replica: &ReplicaName) -> Result<(), HealthRefusal> {
    health_refusal(site, replica).map_or(Ok(()), Err)
}

fn set_role(site: &mut Site, name: &GroupName, replica: &ReplicaName, role: ReplicaRole) {
    if let Some(own) = site.groups.get_mut(name).and_then(|group| group.replicas.get_mut(replica)) {
        own.role = role;
    }
}

fn settle_primary(site: &mut Site, name: &GroupName) {
    let now = site.now_ms;
    let Some(group) = site.groups.get(name) else { return };
    if group.failing_over_until_ms.is_some_and(|until| until > now) {
        return;
    }
    let primary = group.primary.clone();
    let mut next = is_alive(site, &primary).is_ok().then(|| primary.clone());
    if next.is_none() {
        next = automatic_target(site, group);
        if let Some(target) = &next {
            begin_failover(site, name, target);
            return;
        }
    }
    let role = if next.is_some() { ReplicaRole::Primary } else { ReplicaRole::Resolving };
    set_role(site, name, &primary, role);
    if let Some(group) = site.groups.get_mut(name) {
        group.failing_over_until_ms = None;
    }
    if role == ReplicaRole::Primary {
        open_master_keys(site, name, &primary);
    }
}

/// The replica that takes over by itself: both sides AUTOMATIC and synchronous, every database ready.
fn automatic_target(site: &Site, group: &AvailabilityGroup) -> Option<ReplicaName> {
    let automatic = |name: &ReplicaName| {
        group.replicas.get(name).is_some_and(|replica| {
            replica.failover_mode == FailoverMode::Automatic
                && replica.availability_mode == AvailabilityMode::Synchronous
        })
    };
    let ready = |name: &ReplicaName| {
        group.replicas.get(name).is_some_and(|replica| {
            replica.joined
                && group
                    .databases
                    .keys()
                    .all(|db| replica.databases.get(db).is_some_and(|state| state.failover_ready))
        })
    };
    let quorum = site.cluster.as_ref().is_some_and(crate::state::Cluster::has_quorum);
    let mut others = group.replicas.keys().filter(|name| **name != group.primary);
    if quorum && automatic(&group.primary) {
        others.find(|name| automatic(name) && ready(name) && is_alive(site, name).is_ok()).cloned()
    } else {
        None
    }
}

/// The target becomes primary after the failover's time; until then all are resolving.
pub(crate) fn begin_failover(site: &mut Site, name: &GroupName, target: &ReplicaName) {
    let until = site.now_ms + site.latencies.failover_ms;
    let Some(group) = site.groups.get_mut(name) else { return };
    // The replica's name as the group has it, whatever case it was asked for by.
    group.primary = group.replicas.get_key_value(target).map_or(target, |(name, _)| name).clone();
    group.failing_over_until_ms = Some(until);
    group.sequence += 1;
    for replica in group.replicas.values_mut() {
        replica.role = ReplicaRole::Resolving;
        replica.connected = false;
    }
}

/// A new primary that opens a master key with a credential encrypts it by its own service master key ([DBMKEY]).
fn open_master_keys(site: &mut Site, name: &GroupName, primary: &ReplicaName) {
    let Some(group) = site.groups.get(name) else { return };
    let databases: Vec<String> = group.databases.keys().cloned().collect();
    let Some(instance) = site.instance_mut(primary) else { return };
    for database in databases {
        let own_key = instance.service_master_key.clone();
        let opens = instance.database(&database).is_some_and(|copy| {
            let encrypted_by =
                copy.catalog().and_then(|c| c.master_key.as_ref()).and_then(|k| k.encrypted_by.as_ref());
            encrypted_by != Some(&own_key)
                && !copy.read_only
                && crate::catalog::credential_opens(instance, copy)
        });
        if opens
            && let Some(copy) = instance.database_mut(&database)
            && let Some(key) =
                copy.content_mut().catalog.as_mut().and_then(|catalog| catalog.master_key.as_mut())
        {
            key.encrypted_by = Some(own_key);
        }
    }
}

fn settle_secondaries(site: &mut Site, name: &GroupName) {
    let now = site.now_ms;
    let Some(group) = site.groups.get(name) else { return };
    let (primary, online) = (group.primary.clone(), group.online_primary().is_some());
    for replica in group.replicas.keys().cloned().collect::<Vec<_>>() {
        let Some(joined) = site.groups.get(name).and_then(|g| g.replicas.get(&replica)).map(|r| r.joined)
        else {
            continue;
        };
        let refusal = if replica == primary || !online {
            None
        } else if joined {
            is_alive(site, &replica)
                .err()
                .map(HealthRefusal::text)
                .or_else(|| endpoint_refusal(site, name, &replica, &primary).map(|refusal| refusal.text()))
        } else {
            Some("the replica has not joined".to_owned())
        };
        let alive = is_alive(site, &replica).is_ok();
        let Some(own) = site.groups.get_mut(name).and_then(|g| g.replicas.get_mut(&replica)) else {
            continue;
        };
        own.connected = online && refusal.is_none();
        if replica != primary {
            own.role =
                if alive && joined && online { ReplicaRole::Secondary } else { ReplicaRole::Resolving };
        }
        let same = own.connect_error.as_ref().map(|error| &error.description) == refusal.as_ref();
        if !same && online {
            own.connect_error =
                refusal.map(|description| ConnectError { number: CONNECT_TIMEOUT, description, at_ms: now });
        }
    }
}

fn settle_databases(site: &mut Site, name: &GroupName) {
    let Some(group) = site.groups.get(name) else { return };
    let (primary, online) = (group.primary.clone(), group.online_primary().is_some());
    let databases: Vec<String> = group.databases.keys().cloned().collect();
    let synchronous_primary =
        group.replicas.get(&primary).is_some_and(|r| r.availability_mode == AvailabilityMode::Synchronous);
    let present: BTreeMap<ReplicaName, BTreeSet<String>> = group
        .replicas
        .keys()
        .map(|replica| {
            (
                replica.clone(),
                databases.iter().filter(|db| is_member(site, name, replica, db)).cloned().collect(),
            )
        })
        .collect();
    let Some(group) = site.groups.get_mut(name) else { return };
    for (replica_name, replica) in &mut group.replicas {
        replica.databases.retain(|db, _| databases.contains(db));
        for database in &databases {
            let member = present.get(replica_name).is_some_and(|own| own.contains(database));
            let state = replica.databases.entry(database.clone()).or_insert(DatabaseReplica {
                joined: false,
                suspended: None,
                state: SyncState::NotSynchronizing,
                failover_ready: false,
            });
            state.joined = member;
            if !online {
                // What the cluster's store says of readiness stays as it was.
                state.state = SyncState::NotSynchronizing;
                state.failover_ready &= member;
                continue;
            }
            let moves = member && replica.connected && state.suspended.is_none();
            let synchronous =
                synchronous_primary && replica.availability_mode == AvailabilityMode::Synchronous;
            let is_primary = *replica_name == primary;
            state.state = match (moves, synchronous || (is_primary && synchronous_primary)) {
                (false, _) => SyncState::NotSynchronizing,
                (true, true) => SyncState::Synchronized,
                (true, false) => SyncState::Synchronizing,
            };
            state.failover_ready = state.state == SyncState::Synchronized || (is_primary && member);
        }
    }
}

fn is_member(site: &Site, group: &GroupName, replica: &ReplicaName, database: &str) -> bool {
    site.instance(replica)
        .and_then(|(_, instance)| instance.database(database))
        .is_some_and(|copy| copy.group.as_ref() == Some(group))
}

/// What the primary holds reaches the copies that move with it.
pub(super) fn carry_contents(site: &mut Site) {
    let mut carried = Vec::new();
    for group in site.groups.values() {
        let Some(primary) = group.online_primary() else { continue };
        for (name, replica) in group.replicas.iter().filter(|(name, _)| *name != primary) {
            let moving = replica.databases.iter().filter(|(_, s)| s.state != SyncState::NotSynchronizing);
            for (database, _) in moving {
                let Some(source) = site.instance(primary).and_then(|(_, i)| i.database(database)) else {
                    continue;
                };
                carried.push((name.clone(), database.clone(), Arc::clone(&source.content)));
            }
        }
    }
    for (replica, database, content) in carried {
        if let Some(copy) = site.instance_mut(&replica).and_then(|instance| instance.database_mut(&database))
            && !Arc::ptr_eq(&copy.content, &content)
        {
            copy.content = content;
        }
    }
}

/// SQL Server keeps one group of the cluster for each availability group, on the primary's node, with the
/// listener's resources in it.
pub(super) fn own_cluster_groups(site: &mut Site) {
    let Some(cluster) = site.cluster.as_mut() else { return };
    let groups = &site.groups;
    cluster
        .groups
        .retain(|_, group| group.availability_group.as_ref().is_none_or(|name| groups.contains_key(name)));
    for name in site.groups.keys().cloned().collect::<Vec<_>>() {
        own_cluster_group(site, &name);
    }
}

fn own_cluster_group(site: &mut Site, name: &GroupName) {
    let Some(group) = site.groups.get(name) else { return };
    let quorum = site.cluster.as_ref().is_some_and(crate::state::Cluster::has_quorum);
    let online = quorum && group.online_primary().is_some();
    let owner = group.primary.machine();
    let owners: BTreeSet<NodeName> = group.replicas.keys().map(ReplicaName::machine).collect();
    let mut resources = BTreeMap::new();
    let own = resource(ResourceKind::AvailabilityGroup, online, &owners, BTreeSet::new());
    resources.insert(name.to_string(), own);
    let mut listener_name = None;
    if let Some(listener) = &group.listener {
        let (listed, label) = listener_resources(site, name, listener, online, &owners);
        resources.extend(listed);
        listener_name = online.then_some((label, listener.clone()));
    }
    let role = RoleName::new(name.as_str());
    let built = Group {
        owner: owner.clone(),
        preferred_owners: vec![owner],
        auto_failback: false,
        wanted_online: true,
        resources,
        moving: None,
        failed_on: BTreeSet::new(),
        availability_group: Some(name.clone()),
    };
    let Some(cluster) = site.cluster.as_mut() else { return };
    if cluster.groups.get(&role) == Some(&built) {
        return;
    }
    cluster.groups.insert(role, built);
    if let Some((resource, listener)) = listener_name {
        // It comes online, or changed: all its addresses are registered (`RegisterAllProvidersIP` 1).
        let addresses: BTreeSet<String> = listener.addresses.keys().cloned().collect();
        if roles::network_name_refusal(site, &resource, listener.dns_name.as_str()).is_none() {
            roles::write_name(site, &resource, listener.dns_name.as_str(), addresses);
        }
    }
}

fn listener_resources(
    site: &Site,
    group: &GroupName,
    listener: &Listener,
    online: bool,
    owners: &BTreeSet<NodeName>,
) -> (BTreeMap<String, Resource>, String) {
    let label = listener_resource(group, listener);
    let mut resources = BTreeMap::new();
    for (address, mask) in &listener.addresses {
        let network = roles::network_of(site, address).map(|(name, _)| name.clone()).unwrap_or_default();
        let kind = ResourceKind::IpAddress { address: address.clone(), mask: mask.clone(), network };
        resources.insert(format!("{group}_{address}"), resource(kind, online, owners, BTreeSet::new()));
    }
    let kind = ResourceKind::NetworkName { dns_name: listener.dns_name.to_string(), status_dns: 0 };
    let mut name = resource(kind, online, owners, resources.keys().cloned().collect());
    name.depends_on_any = resources.len() > 1;
    resources.insert(label.clone(), name);
    (resources, label)
}

/// Name of a listener's Network Name resource.
pub fn listener_resource(group: &GroupName, listener: &Listener) -> String {
    format!("{group}_{}", listener.dns_name)
}

fn resource(
    kind: ResourceKind,
    online: bool,
    owners: &BTreeSet<NodeName>,
    depends_on: BTreeSet<String>,
) -> Resource {
    let mut resource = Resource::offline(kind);
    resource.possible_owners.clone_from(owners);
    resource.depends_on = depends_on;
    if online {
        resource.state = ResourceState::Online;
        resource.in_force = Some(Box::new(resource.kind.clone()));
    }
    resource
}
