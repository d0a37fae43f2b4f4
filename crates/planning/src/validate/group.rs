//! `SsisdbAvailabilityGroup` → [`DesiredGroup`].

use super::shared::{policy, port};
use super::{Invalid, Secrets};
use scaleout_api::SsisdbAvailabilityGroup;
use scaleout_api::group::options::{BackupPreference, DatabaseHealthTrigger, DtcSupport};
use scaleout_api::group::replica as spec;
use scaleout_api::group::{CatalogCreation, Listener, Replica};
use scaleout_model::defaults::ENDPOINT_NAME;
use scaleout_model::desired::{DesiredGroup, DesiredListener, DesiredReplica, ListenerAddresses};
use scaleout_model::fence::Kind;
use scaleout_model::names::{DnsName, GroupName, LoginName, NodeName, ReplicaName};
use scaleout_model::reason::Reason;
use scaleout_model::sql::{
    AvailabilityMode, FailoverMode, GroupOption, ReplicaOption, SecondaryConnections, SeedingMode,
};

/// Validates a group's spec with the Secrets that it names.
pub fn validate_group(object: &SsisdbAvailabilityGroup, secrets: &Secrets) -> Result<DesiredGroup, Invalid> {
    let spec = &object.spec;
    let cluster = spec.failover_cluster.as_ref().map(|cluster| cluster.name.as_str());
    let quiet = spec.quiet.map(|quiet| quiet.timeout_seconds);
    let replicas = spec.replicas.iter().map(replica).collect::<Result<Vec<_>, _>>()?;
    let operator = login(secrets, spec.sql_authentication.operator_secret_ref.as_ref());
    let observer = login(secrets, spec.sql_authentication.observer_secret_ref.as_ref());
    Ok(DesiredGroup {
        policy: policy(object, Kind::SsisdbAvailabilityGroup, spec.firewall.is_some(), cluster, quiet),
        group: GroupName::new(spec.availability_group.name.as_str()),
        options: group_options(&spec.availability_group),
        create_catalog: spec.catalog.create == CatalogCreation::IfAbsent,
        master_key: secrets.optional_slot(
            spec.catalog.master_key_secret_ref.as_ref().map(|reference| reference.name.as_str()),
            "password",
            "catalog.masterKeySecretRef",
        ),
        backup_directory: spec.catalog.initial_backup.as_ref().map(|backup| backup.directory.clone()),
        endpoint_port: port(spec.endpoint.port, "endpoint.port")?,
        endpoint_name: spec.endpoint.name.clone().unwrap_or_else(|| ENDPOINT_NAME.to_owned()),
        listener: listener(&spec.listener)?,
        observer: observer.clone().or_else(|| operator.clone()).unwrap_or_else(|| LoginName::new("")),
        operator: operator.or(observer).unwrap_or_else(|| LoginName::new("")),
        replicas,
    })
}

fn login(secrets: &Secrets, reference: Option<&scaleout_api::references::SecretRef>) -> Option<LoginName> {
    let facts = secrets.0.get(&reference?.name)?;
    facts.username.as_deref().map(LoginName::new)
}

fn replica(replica: &Replica) -> Result<DesiredReplica, Invalid> {
    let name = ReplicaName::new(replica.instance.as_str());
    let host = replica.hosts.first().ok_or_else(|| {
        Invalid::new(Reason::InvalidSpec, format!("replica {} names no host", replica.name))
    })?;
    let node = NodeName::new(host.node.as_str());
    if name.machine() != node {
        let message = format!("replica {} is instance {name}, but its host is {node}", replica.name);
        return Err(Invalid::new(Reason::InvalidSpec, message));
    }
    let asynchronous = replica.availability_mode == Some(spec::AvailabilityMode::AsynchronousCommit);
    let failover_mode = match replica.failover_mode {
        Some(spec::FailoverMode::Manual) => FailoverMode::Manual,
        None if asynchronous => FailoverMode::Manual,
        Some(spec::FailoverMode::Automatic) | None => FailoverMode::Automatic,
    };
    Ok(DesiredReplica {
        name,
        node,
        sql_host: DnsName::new(replica.sql.host.as_str()),
        sql_port: port(replica.sql.port, "sql.port")?,
        options: replica_options(replica),
        availability_mode: if asynchronous {
            AvailabilityMode::Asynchronous
        } else {
            AvailabilityMode::Synchronous
        },
        failover_mode,
        failover_mode_given: replica.failover_mode.is_some(),
        seeding_mode: match replica.seeding_mode {
            Some(spec::SeedingMode::Manual) => SeedingMode::Manual,
            _ => SeedingMode::Automatic,
        },
    })
}

/// Options that spec names, in the order in which they may be set.
fn replica_options(replica: &Replica) -> Vec<ReplicaOption> {
    let number = |value: i32| u32::try_from(value).ok();
    let mut options = Vec::new();
    options.extend(replica.availability_mode.map(|mode| {
        ReplicaOption::AvailabilityMode(match mode {
            spec::AvailabilityMode::SynchronousCommit => AvailabilityMode::Synchronous,
            spec::AvailabilityMode::AsynchronousCommit => AvailabilityMode::Asynchronous,
        })
    }));
    options.extend(replica.failover_mode.map(|mode| {
        ReplicaOption::FailoverMode(match mode {
            spec::FailoverMode::Automatic => FailoverMode::Automatic,
            spec::FailoverMode::Manual => FailoverMode::Manual,
        })
    }));
    options.extend(replica.seeding_mode.map(|mode| {
        ReplicaOption::SeedingMode(match mode {
            spec::SeedingMode::Automatic => SeedingMode::Automatic,
            spec::SeedingMode::Manual => SeedingMode::Manual,
        })
    }));
    options.extend(replica.backup_priority.and_then(number).map(ReplicaOption::BackupPriority));
    options.extend(replica.session_timeout_seconds.and_then(number).map(ReplicaOption::SessionTimeout));
    options.extend(replica.readable_secondary.map(|readable| {
        ReplicaOption::SecondaryConnections(match readable {
            spec::ReadableSecondary::No => SecondaryConnections::No,
            spec::ReadableSecondary::ReadOnly => SecondaryConnections::ReadOnly,
            spec::ReadableSecondary::All => SecondaryConnections::All,
        })
    }));
    options
}

fn group_options(group: &scaleout_api::group::AvailabilityGroup) -> Vec<GroupOption> {
    let number = |value: i32| u32::try_from(value).ok();
    let mut options = Vec::new();
    options.extend(group.failure_condition_level.and_then(number).map(GroupOption::FailureConditionLevel));
    options.extend(
        group.health_check_timeout_milliseconds.and_then(number).map(GroupOption::HealthCheckTimeout),
    );
    options.extend(
        group
            .database_health_trigger
            .map(|trigger| GroupOption::DatabaseHealthTrigger(trigger == DatabaseHealthTrigger::Enabled)),
    );
    options.extend(group.automated_backup_preference.map(|preference| {
        let text = match preference {
            BackupPreference::Primary => "PRIMARY",
            BackupPreference::SecondaryOnly => "SECONDARY_ONLY",
            BackupPreference::Secondary => "SECONDARY",
            BackupPreference::None => "NONE",
        };
        GroupOption::AutomatedBackupPreference(text.to_owned())
    }));
    let required = group.required_synchronized_secondaries_to_commit.and_then(number);
    options.extend(required.map(GroupOption::RequiredSynchronizedSecondaries));
    options
        .extend(group.dtc_support.map(|support| GroupOption::DtcSupport(support == DtcSupport::PerDatabase)));
    options
}

fn listener(listener: &Listener) -> Result<DesiredListener, Invalid> {
    let addresses = match (&listener.static_addresses, listener.dhcp) {
        (Some(addresses), _) => ListenerAddresses::Static(
            addresses.iter().map(|address| (address.ip.clone(), address.subnet_mask.clone())).collect(),
        ),
        (None, Some(_)) => ListenerAddresses::Dhcp,
        (None, None) => ListenerAddresses::Unmanaged,
    };
    Ok(DesiredListener {
        dns_name: DnsName::new(listener.dns_name.as_str()),
        port: port(listener.port, "listener.port")?,
        addresses,
    })
}
