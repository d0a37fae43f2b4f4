//! Availability groups (CREATE, ALTER, DROP AVAILABILITY GROUP, ALTER DATABASE SET HADR).

use super::unsupported;
use crate::tsql::{
    AvailabilityMode, BackupPreference, ClusterType, CreateAvailabilityGroup, Ddl, DtcSupport, FailoverMode,
    GroupAction, GroupOptions, HadrAction, ListenerAddresses, ListenerChange, ListenerIp, ListenerSpec,
    PrimaryConnections, ReplicaOptions, ReplicaSpec, SecondaryConnections, SeedingMode,
};
use crate::value::SqlError;
use crate::world::seen::Seen;
use scaleout_model::names::{GroupName, ReplicaName};
use scaleout_model::sql as model;
use scaleout_sim_site::sql::{
    GroupChange, GroupSetting, ListenerOptions, ReplicaChange, ReplicaOptions as NewReplica,
};
use scaleout_sim_site::sql_effect::SqlChange;

pub(super) fn plan(seen: &Seen<'_>, ddl: &Ddl) -> Result<Vec<SqlChange>, SqlError> {
    match ddl {
        Ddl::CreateAvailabilityGroup(create) => {
            seen.require_sysadmin()?;
            Ok(vec![SqlChange::Group(self::create(seen, create)?)])
        }
        Ddl::AlterAvailabilityGroup { name, action } => alter(seen, &GroupName::new(name), action),
        Ddl::DropAvailabilityGroup { name } => {
            seen.require("ALTER ANY AVAILABILITY GROUP")?;
            Ok(vec![SqlChange::Group(GroupChange::DropGroup { group: GroupName::new(name) })])
        }
        Ddl::AlterDatabaseHadr { database, action } => {
            let database = database.clone().unwrap_or_else(|| seen.session.database.clone());
            seen.require("ALTER ANY DATABASE")?;
            let change = match action {
                HadrAction::Join(group) => {
                    ReplicaChange::JoinDatabase { group: GroupName::new(group), database }
                }
                HadrAction::Off => ReplicaChange::LeaveGroup { database },
                HadrAction::Suspend => ReplicaChange::SuspendDatabase { database, suspend: true },
                HadrAction::Resume => ReplicaChange::SuspendDatabase { database, suspend: false },
            };
            Ok(vec![SqlChange::Replica(change)])
        }
        _ => Err(SqlError::not_implemented(ddl.title())),
    }
}

fn create(seen: &Seen<'_>, create: &CreateAvailabilityGroup) -> Result<GroupChange, SqlError> {
    let replicas = create.replicas.iter().map(replica).collect::<Result<_, _>>()?;
    Ok(GroupChange::CreateGroup {
        group: GroupName::new(&create.name),
        settings: settings(&create.options)?,
        databases: create.databases.clone(),
        replicas,
        listener: create.listener.as_ref().map(listener).transpose()?,
        owner: seen.sid()?,
    })
}

fn settings(options: &GroupOptions) -> Result<Vec<GroupSetting>, SqlError> {
    unsupported(options.basic.as_ref(), "BASIC")?;
    unsupported(options.contained.as_ref(), "CONTAINED")?;
    unsupported(options.write_lease_validity.as_ref(), "WRITE_LEASE_VALIDITY")?;
    unsupported(options.cluster_connection_options.as_ref(), "CLUSTER_CONNECTION_OPTIONS")?;
    unsupported(options.cluster_type.filter(|kind| *kind != ClusterType::Wsfc).as_ref(), "CLUSTER_TYPE")?;
    let preference =
        |preference: BackupPreference| GroupSetting::BackupPreference(preference.word().to_owned());
    Ok([
        options.automated_backup_preference.map(preference),
        options.failure_condition_level.map(|level| GroupSetting::FailureConditionLevel(level.into())),
        options.health_check_timeout.map(GroupSetting::HealthCheckTimeout),
        options.db_failover.map(GroupSetting::DbFailover),
        options.dtc_support.map(|support| GroupSetting::DtcSupport(support == DtcSupport::PerDatabase)),
        options
            .required_synchronized_secondaries_to_commit
            .map(|count| GroupSetting::RequiredSecondaries(count.into())),
    ]
    .into_iter()
    .flatten()
    .collect())
}

fn replica(spec: &ReplicaSpec) -> Result<(ReplicaName, NewReplica), SqlError> {
    Ok((ReplicaName::new(&spec.instance), options(&spec.options)?))
}

fn options(options: &ReplicaOptions) -> Result<NewReplica, SqlError> {
    let primary = options.primary_allow_connections.filter(|allow| *allow != PrimaryConnections::All);
    unsupported(primary.as_ref(), "PRIMARY_ROLE (ALLOW_CONNECTIONS)")?;
    unsupported(options.read_only_routing_url.as_ref(), "READ_ONLY_ROUTING_URL")?;
    unsupported(options.read_only_routing_list.as_ref(), "READ_ONLY_ROUTING_LIST")?;
    unsupported(options.read_write_routing_url.as_ref(), "READ_WRITE_ROUTING_URL")?;
    let availability_mode = match options.availability_mode {
        None => None,
        Some(AvailabilityMode::Synchronous) => Some(model::AvailabilityMode::Synchronous),
        Some(AvailabilityMode::Asynchronous) => Some(model::AvailabilityMode::Asynchronous),
        Some(AvailabilityMode::ConfigurationOnly) => {
            return Err(SqlError::not_implemented("CONFIGURATION_ONLY"));
        }
    };
    let failover_mode = match options.failover_mode {
        None => None,
        Some(FailoverMode::Automatic) => Some(model::FailoverMode::Automatic),
        Some(FailoverMode::Manual) => Some(model::FailoverMode::Manual),
        Some(FailoverMode::External) => return Err(SqlError::not_implemented("FAILOVER_MODE = EXTERNAL")),
    };
    Ok(NewReplica {
        endpoint_url: options.endpoint_url.clone(),
        availability_mode,
        failover_mode,
        seeding_mode: options.seeding_mode.map(|mode| match mode {
            SeedingMode::Automatic => model::SeedingMode::Automatic,
            SeedingMode::Manual => model::SeedingMode::Manual,
        }),
        session_timeout: options.session_timeout,
        backup_priority: options.backup_priority.map(u32::from),
        secondary_connections: options.secondary_allow_connections.map(|allow| match allow {
            SecondaryConnections::No => model::SecondaryConnections::No,
            SecondaryConnections::ReadOnly => model::SecondaryConnections::ReadOnly,
            SecondaryConnections::All => model::SecondaryConnections::All,
        }),
    })
}

fn address(ip: &ListenerIp) -> Result<(String, String), SqlError> {
    match ip {
        ListenerIp::V4 { address, mask } => Ok((address.clone(), mask.clone())),
        ListenerIp::V6 { .. } => Err(SqlError::not_implemented("IPv6 addresses")),
    }
}

fn listener(spec: &ListenerSpec) -> Result<ListenerOptions, SqlError> {
    let (addresses, dhcp) = match &spec.addresses {
        ListenerAddresses::Static(list) => (list.iter().map(address).collect::<Result<_, _>>()?, false),
        ListenerAddresses::Dhcp(_) => (Vec::new(), true),
    };
    Ok(ListenerOptions { dns_name: spec.dns_name.clone(), addresses, dhcp, port: spec.port })
}

fn alter(seen: &Seen<'_>, group: &GroupName, action: &GroupAction) -> Result<Vec<SqlChange>, SqlError> {
    match action {
        GroupAction::AddListener(_) => seen.require_sysadmin()?,
        GroupAction::GrantCreateAnyDatabase | GroupAction::DenyCreateAnyDatabase => {
            seen.require("CREATE ANY DATABASE")?;
        }
        _ => seen.require("ALTER ANY AVAILABILITY GROUP")?,
    }
    let of_group = |change: GroupChange| Ok(vec![SqlChange::Group(change)]);
    let group = group.clone();
    match action {
        GroupAction::Set(options) => of_group(GroupChange::SetGroup { group, settings: settings(options)? }),
        GroupAction::AddDatabase(names) => Ok(names
            .iter()
            .map(|name| GroupChange::AddDatabase { group: group.clone(), database: name.clone() })
            .map(SqlChange::Group)
            .collect()),
        GroupAction::RemoveDatabase(names) => Ok(names
            .iter()
            .map(|name| GroupChange::RemoveDatabase { group: group.clone(), database: name.clone() })
            .map(SqlChange::Group)
            .collect()),
        GroupAction::Failover => of_group(GroupChange::FailOver { group }),
        GroupAction::AddListener(spec) => {
            of_group(GroupChange::AddListener { group, listener: listener(spec)? })
        }
        GroupAction::ModifyListener { dns_name, change } => {
            of_group(modify_listener(group, dns_name, change)?)
        }
        GroupAction::RemoveListener { dns_name } => {
            of_group(GroupChange::RemoveListener { group, dns_name: dns_name.clone() })
        }
        GroupAction::ForceFailoverAllowDataLoss => {
            Err(SqlError::not_implemented("FORCE_FAILOVER_ALLOW_DATA_LOSS"))
        }
        GroupAction::Offline => Err(SqlError::not_implemented("ALTER AVAILABILITY GROUP … OFFLINE")),
        GroupAction::RestartListener { dns_name } => {
            of_group(GroupChange::RestartListener { group, dns_name: dns_name.clone() })
        }
        GroupAction::AddReplica(_)
        | GroupAction::ModifyReplica(_)
        | GroupAction::RemoveReplica(_)
        | GroupAction::Join { .. }
        | GroupAction::GrantCreateAnyDatabase
        | GroupAction::DenyCreateAnyDatabase => alter_replica(seen, &group, action),
    }
}

fn modify_listener(
    group: GroupName,
    dns_name: &str,
    change: &ListenerChange,
) -> Result<GroupChange, SqlError> {
    let dns_name = dns_name.to_owned();
    match change {
        ListenerChange::AddIp(ip) => {
            let (address, mask) = address(ip)?;
            Ok(GroupChange::AddListenerAddress { group, dns_name, address, mask })
        }
        ListenerChange::Port(port) => Ok(GroupChange::SetListenerPort { group, dns_name, port: *port }),
        ListenerChange::RemoveIp(_) => Err(SqlError::not_implemented("REMOVE IP (2025)")),
    }
}

fn alter_replica(
    seen: &Seen<'_>,
    group: &GroupName,
    action: &GroupAction,
) -> Result<Vec<SqlChange>, SqlError> {
    let group = group.clone();
    let changes = match action {
        GroupAction::AddReplica(specs) => {
            let owner = seen.sid()?;
            let add = |spec: &ReplicaSpec| {
                let (replica, options) = replica(spec)?;
                Ok(ReplicaChange::AddReplica { group: group.clone(), replica, options, owner: owner.clone() })
            };
            specs.iter().map(add).collect::<Result<Vec<_>, SqlError>>()?
        }
        GroupAction::ModifyReplica(spec) => {
            let (replica, options) = replica(spec)?;
            vec![ReplicaChange::ModifyReplica { group, replica, options }]
        }
        GroupAction::RemoveReplica(names) => {
            let remove = |name: &String| ReplicaChange::RemoveReplica {
                group: group.clone(),
                replica: ReplicaName::new(name),
            };
            names.iter().map(remove).collect()
        }
        GroupAction::Join { cluster_type } => {
            unsupported(cluster_type.filter(|kind| *kind != ClusterType::Wsfc).as_ref(), "CLUSTER_TYPE")?;
            vec![ReplicaChange::JoinGroup { group }]
        }
        GroupAction::GrantCreateAnyDatabase => {
            vec![ReplicaChange::GrantSeeding { group, by: Some(seen.sid()?) }]
        }
        _ => vec![ReplicaChange::GrantSeeding { group, by: None }],
    };
    Ok(changes.into_iter().map(SqlChange::Replica).collect())
}
