//! Configuration of availability groups, as cached by an instance that hosts a joined replica; needs VIEW ANY DEFINITION
//! ([CAT17], [DMV-LSN], [DMV-LIP]).

use crate::engine::Table;
use crate::world::seen::Seen;
use crate::world::sheet::{
    BIG, BIT, DATE, GUID, Guid, INT, LONG, Moment, NAME, SID, SMALL, TINY, sheet, text,
};
use scaleout_model::names::{GroupName, ReplicaName};
use scaleout_model::node::ResourceState;
use scaleout_model::sql::{AvailabilityMode, FailoverMode, SecondaryConnections, SeedingMode};
use scaleout_sim_site::rules::network_of;
use scaleout_sim_site::state::{AvailabilityGroup, Listener, Replica};

pub(super) fn table(seen: &Seen<'_>, object: &str) -> Option<Table> {
    Some(match object {
        "availability_groups" => availability_groups(seen),
        "availability_groups_cluster" => availability_groups_cluster(seen),
        "availability_replicas" => availability_replicas(seen),
        "availability_group_listeners" => listeners(seen),
        "availability_group_listener_ip_addresses" => listener_addresses(seen),
        _ => return None,
    })
}

/// Groups of which this instance hosts a joined replica.
pub(super) fn local_groups<'a>(
    seen: &Seen<'a>,
) -> impl Iterator<Item = (&'a GroupName, &'a AvailabilityGroup)> {
    let own = seen.replica.clone();
    seen.site
        .groups
        .iter()
        .filter(move |(_, group)| group.replicas.get(&own).is_some_and(|replica| replica.joined))
}

fn visible<'a>(seen: &Seen<'a>) -> Vec<(&'a GroupName, &'a AvailabilityGroup)> {
    let all = seen.sees_definitions() || seen.may("ALTER ANY AVAILABILITY GROUP");
    local_groups(seen).filter(|_| all).collect()
}

fn backup_preference(group: &AvailabilityGroup) -> u8 {
    match group.options.automated_backup_preference.to_uppercase().as_str() {
        "PRIMARY" => 0,
        "SECONDARY_ONLY" => 1,
        "NONE" => 3,
        _ => 2,
    }
}

fn availability_groups(seen: &Seen<'_>) -> Table {
    sheet!(visible(seen), (name, group) => {
        group_id: GUID => Guid(&group.id),
        name: NAME => name.as_str(),
        resource_id: text(40) => &group.resource_id,
        resource_group_id: text(40) => &group.resource_group_id,
        failure_condition_level: INT => group.options.failure_condition_level,
        health_check_timeout: INT => group.options.health_check_timeout,
        automated_backup_preference: TINY => backup_preference(group),
        automated_backup_preference_desc: text(60) => group.options.automated_backup_preference.to_uppercase(),
        version: SMALL => 0_i16,
        basic_features: BIT => false,
        dtc_support: BIT => group.options.dtc_support,
        db_failover: BIT => group.options.db_failover,
        is_distributed: BIT => false,
        cluster_type: TINY => 0_u8,
        cluster_type_desc: text(60) => "wsfc",
        required_synchronized_secondaries_to_commit: INT => group.options.required_synchronized_secondaries,
        sequence_number: BIG => i64::try_from(group.sequence).unwrap_or(i64::MAX),
    })
}

fn availability_groups_cluster(seen: &Seen<'_>) -> Table {
    let all = seen.sees_definitions();
    sheet!(seen.site.groups.iter().filter(|_| all), (name, group) => {
        group_id: GUID => Guid(&group.id),
        name: NAME => name.as_str(),
        resource_id: text(40) => &group.resource_id,
        resource_group_id: text(40) => &group.resource_group_id,
        failure_condition_level: INT => group.options.failure_condition_level,
        health_check_timeout: INT => group.options.health_check_timeout,
        automated_backup_preference: TINY => backup_preference(group),
        automated_backup_preference_desc: text(60) => group.options.automated_backup_preference.to_uppercase(),
    })
}

fn secondary(replica: &Replica) -> (u8, &'static str) {
    match replica.secondary_connections {
        SecondaryConnections::No => (0, "NO"),
        SecondaryConnections::ReadOnly => (1, "READ_ONLY"),
        SecondaryConnections::All => (2, "ALL"),
    }
}

fn availability_replicas(seen: &Seen<'_>) -> Table {
    let replicas = |(_, group): (&GroupName, &AvailabilityGroup)| -> Vec<(String, ReplicaName, Replica)> {
        group
            .replicas
            .iter()
            .map(|(name, replica)| (group.id.clone(), name.clone(), replica.clone()))
            .collect()
    };
    sheet!(visible(seen).into_iter().flat_map(replicas), (group, name, replica) => {
        replica_id: GUID => Guid(&replica.id),
        group_id: GUID => Guid(&group),
        replica_metadata_id: INT => replica.metadata_id,
        replica_server_name: text(256) => name.as_str(),
        owner_sid: SID => &replica.owner,
        endpoint_url: text(256) => &replica.endpoint_url,
        availability_mode: TINY => u8::from(replica.availability_mode == AvailabilityMode::Synchronous),
        availability_mode_desc: text(60) => if replica.availability_mode == AvailabilityMode::Synchronous { "SYNCHRONOUS_COMMIT" } else { "ASYNCHRONOUS_COMMIT" },
        failover_mode: TINY => u8::from(replica.failover_mode == FailoverMode::Manual),
        failover_mode_desc: text(60) => if replica.failover_mode == FailoverMode::Manual { "MANUAL" } else { "AUTOMATIC" },
        session_timeout: INT => replica.session_timeout,
        primary_role_allow_connections: TINY => 2_u8,
        primary_role_allow_connections_desc: text(60) => "ALL",
        secondary_role_allow_connections: TINY => secondary(&replica).0,
        secondary_role_allow_connections_desc: text(60) => secondary(&replica).1,
        create_date: DATE => Moment(replica.created_ms),
        modify_date: DATE => Moment(replica.modified_ms),
        backup_priority: INT => replica.backup_priority,
        read_only_routing_url: text(256) => None::<&str>,
        seeding_mode: TINY => u8::from(replica.seeding_mode == SeedingMode::Manual),
        seeding_mode_desc: text(60) => if replica.seeding_mode == SeedingMode::Manual { "MANUAL" } else { "AUTOMATIC" },
        read_write_routing_url: text(256) => None::<&str>,
    })
}

fn with_listener<'a>(seen: &Seen<'a>) -> Vec<(&'a GroupName, &'a AvailabilityGroup, &'a Listener)> {
    visible(seen)
        .into_iter()
        .filter_map(|(name, group)| Some((name, group, group.listener.as_ref()?)))
        .collect()
}

fn listeners(seen: &Seen<'_>) -> Table {
    sheet!(with_listener(seen), (_, group, listener) => {
        group_id: GUID => Guid(&group.id),
        listener_id: text(36) => &listener.id,
        dns_name: text(63) => listener.dns_name.as_str(),
        port: INT => listener.port,
        is_conformant: BIT => true,
        ip_configuration_string_from_cluster: LONG => listener.addresses.iter().map(|(ip, mask)| format!("('IP Address: {ip}', 'Subnet Mask: {mask}')")).collect::<Vec<_>>().join(" or "),
    })
}

/// State of the cluster's resource for an address.
fn online(seen: &Seen<'_>, group: &GroupName, address: &str) -> (u8, &'static str) {
    let resource =
        seen.site.cluster.as_ref().and_then(|cluster| cluster.resource(&format!("{group}_{address}")));
    match resource.map(|resource| resource.state) {
        Some(ResourceState::Online) => (1, "ONLINE"),
        Some(ResourceState::Pending) => (2, "ONLINE_PENDING"),
        Some(ResourceState::Failed) => (3, "FAILED"),
        _ => (0, "OFFLINE"),
    }
}

fn listener_addresses(seen: &Seen<'_>) -> Table {
    let rows = with_listener(seen).into_iter().flat_map(|(name, _, listener)| {
        listener.addresses.iter().map(move |(address, mask)| (name, listener, address, mask))
    });
    sheet!(rows, (group, listener, address, mask) => {
        listener_id: text(36) => &listener.id,
        ip_address: text(48) => address,
        ip_subnet_mask: text(15) => mask,
        is_dhcp: BIT => listener.dhcp,
        network_subnet_ip: text(48) => network_of(seen.site, address).map(|(_, network)| network.address.clone()),
        network_subnet_prefix_length: INT => network_of(seen.site, address).and_then(|(_, n)| n.mask.parse::<std::net::Ipv4Addr>().ok()).map(|mask| u32::from(mask).count_ones()),
        network_subnet_ipv4_mask: text(45) => network_of(seen.site, address).map(|(_, network)| network.mask.clone()),
        state: TINY => online(seen, group, address).0,
        state_desc: text(60) => online(seen, group, address).1,
    })
}
