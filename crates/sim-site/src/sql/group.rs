//! Availability groups: CREATE, DROP, SET, databases and listener (domain §1.4 to §1.6). All but CREATE and DROP run on the
//! primary.

use super::group_database::{add_database, check_database, release, remove_database};
use super::listener::{self, ListenerOptions};
use super::replica::{self, ReplicaOptions};
use super::{changed, instance_of, refuse};
use crate::effect::{Refused, Reply};
use crate::explain::health_refusal;
use crate::state::{AvailabilityGroup, GroupOptions, Sid, Site};
use scaleout_model::names::{GroupName, ReplicaName, RoleName};
use scaleout_model::sql::ReplicaRole;
use std::collections::BTreeMap;

/// One option of SET or of CREATE … WITH.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupSetting {
    /// `FAILURE_CONDITION_LEVEL`.
    FailureConditionLevel(u32),
    /// `HEALTH_CHECK_TIMEOUT`, ms.
    HealthCheckTimeout(u32),
    /// `DB_FAILOVER`.
    DbFailover(bool),
    /// `AUTOMATED_BACKUP_PREFERENCE`, as its word.
    BackupPreference(String),
    /// `REQUIRED_SYNCHRONIZED_SECONDARIES_TO_COMMIT`.
    RequiredSecondaries(u32),
    /// `DTC_SUPPORT`: PER_DB.
    DtcSupport(bool),
}

/// A change of an availability group.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the parts of the statement")]
pub enum GroupChange {
    /// `CREATE AVAILABILITY GROUP`; the caller owns the replicas.
    CreateGroup {
        group: GroupName,
        settings: Vec<GroupSetting>,
        databases: Vec<String>,
        replicas: Vec<(ReplicaName, ReplicaOptions)>,
        listener: Option<ListenerOptions>,
        owner: Sid,
    },
    /// `DROP AVAILABILITY GROUP`.
    DropGroup { group: GroupName },
    /// `SET`.
    SetGroup { group: GroupName, settings: Vec<GroupSetting> },
    /// `ADD DATABASE`.
    AddDatabase { group: GroupName, database: String },
    /// `REMOVE DATABASE`.
    RemoveDatabase { group: GroupName, database: String },
    /// `ADD LISTENER`.
    AddListener { group: GroupName, listener: ListenerOptions },
    /// `MODIFY LISTENER … (PORT = n)`.
    SetListenerPort { group: GroupName, dns_name: String, port: u16 },
    /// `MODIFY LISTENER … (ADD IP …)`.
    AddListenerAddress { group: GroupName, dns_name: String, address: String, mask: String },
    /// `RESTART LISTENER`: it listens as before.
    RestartListener { group: GroupName, dns_name: String },
    /// `REMOVE LISTENER`.
    RemoveListener { group: GroupName, dns_name: String },
    /// `FAILOVER`, on the target.
    FailOver { group: GroupName },
}

impl GroupChange {
    pub(crate) fn apply(&self, site: &mut Site, instance: &ReplicaName) -> Result<Reply, Refused> {
        // DROP alone works with Always On off ([ENABLE]).
        if !matches!(self, Self::DropGroup { .. }) {
            require_manager(site, instance)?;
        }
        match self {
            Self::CreateGroup { .. } => self.create(site, instance),
            Self::DropGroup { group } => drop_group(site, instance, group),
            Self::SetGroup { group, settings } => {
                let own = primary_mut(site, instance, group)?;
                let before = own.options.clone();
                for setting in settings {
                    set(&mut own.options, setting);
                }
                Ok(touch(own, |own| own.options != before))
            }
            Self::AddDatabase { group, database } => {
                primary(site, instance, group)?;
                add_database(site, instance, group, database)
            }
            Self::RemoveDatabase { group, database } => remove_database(site, instance, group, database),
            Self::AddListener { group, listener } => {
                primary(site, instance, group)?;
                listener::add(site, instance, group, listener)
            }
            Self::SetListenerPort { group, dns_name, port } => {
                primary(site, instance, group)?;
                listener::set_port(site, instance, group, dns_name, *port)
            }
            Self::AddListenerAddress { group, dns_name, address, mask } => {
                primary(site, instance, group)?;
                listener::add_address(site, group, dns_name, address, mask)
            }
            Self::RestartListener { group, dns_name } => {
                primary(site, instance, group)?;
                listener::restart(site, group, dns_name)
            }
            Self::RemoveListener { group, dns_name } => {
                primary(site, instance, group)?;
                listener::remove(site, group, dns_name)
            }
            Self::FailOver { group } => crate::control::fail_over(site, group, instance),
        }
    }

    fn create(&self, site: &mut Site, instance: &ReplicaName) -> Result<Reply, Refused> {
        let Self::CreateGroup { group, settings, databases, replicas, listener, owner } = self else {
            return Ok(Reply::Unchanged);
        };
        check_new(site, instance, group, replicas)?;
        for database in databases {
            check_database(site, instance, group, database)?;
        }
        let before = site.clone();
        let (id, resource, cluster_group) = (site.new_guid(), site.new_guid(), site.new_guid());
        let mut options = GroupOptions::default();
        for setting in settings {
            set(&mut options, setting);
        }
        let built = AvailabilityGroup {
            id,
            resource_id: resource,
            resource_group_id: cluster_group,
            options,
            replicas: BTreeMap::new(),
            databases: BTreeMap::new(),
            listener: None,
            primary: instance.clone(),
            failing_over_until_ms: None,
            seeding: Vec::new(),
            sequence: 1,
        };
        site.groups.insert(group.clone(), built);
        let built = replicas.iter().try_for_each(|(name, options)| {
            replica::insert(site, group, name, options, owner, *name == *instance)
        });
        let built = built.and_then(|()| {
            databases.iter().try_for_each(|db| add_database(site, instance, group, db).map(drop))?;
            listener.iter().try_for_each(|spec| listener::add(site, instance, group, spec).map(drop))
        });
        built.inspect_err(|_| *site = before)?;
        Ok(Reply::Done)
    }
}

/// 35221 with Always On off; 35220 while the node is in no cluster with quorum.
pub(crate) fn require_manager(site: &Site, instance: &ReplicaName) -> Result<(), Refused> {
    if !instance_of(site, instance)?.hadr_in_use {
        let text = "Could not process the operation. Always On Availability Groups replica manager is disabled on this \
                    instance of SQL Server.";
        return refuse(35_221, text);
    }
    let up =
        site.cluster.as_ref().is_some_and(|c| c.has_quorum() && c.nodes.contains_key(&instance.machine()));
    if up {
        return Ok(());
    }
    let text = "Could not process the operation. Always On Availability Groups replica manager is waiting for the host \
                computer to start a Windows Server Failover Clustering (WSFC) cluster and join it.";
    refuse(35_220, text)
}

fn check_new(
    site: &Site,
    instance: &ReplicaName,
    group: &GroupName,
    replicas: &[(ReplicaName, ReplicaOptions)],
) -> Result<(), Refused> {
    if site.groups.contains_key(group) {
        let text = format!(
            "Cannot create availability group '{group}'. An availability group with the same name already exists."
        );
        return refuse(41_042, text);
    }
    let role = RoleName::new(group.as_str());
    if site.cluster.as_ref().is_some_and(|cluster| cluster.groups.contains_key(&role)) {
        let text = format!(
            "Failed to create availability group '{group}', because a Windows Server Failover Cluster (WSFC) group with the specified name already exists."
        );
        return refuse(41_171, text);
    }
    if !replicas.iter().any(|(name, _)| name == instance) {
        let text = format!(
            "None of the specified replicas for availability group {group} maps to the instance of SQL Server to which you are connected."
        );
        return refuse(35_237, text);
    }
    if let Some(refusal) = health_refusal(site, instance) {
        let text = format!(
            "Failed to create availability group '{group}'. The operation encountered SQL Server error 41131 and has been rolled back. ({})",
            refusal.text()
        );
        return refuse(41_152, text);
    }
    Ok(())
}

fn set(options: &mut GroupOptions, setting: &GroupSetting) {
    match setting {
        GroupSetting::FailureConditionLevel(level) => options.failure_condition_level = *level,
        GroupSetting::HealthCheckTimeout(ms) => options.health_check_timeout = *ms,
        GroupSetting::DbFailover(on) => options.db_failover = *on,
        GroupSetting::BackupPreference(word) => word.clone_into(&mut options.automated_backup_preference),
        GroupSetting::RequiredSecondaries(count) => options.required_synchronized_secondaries = *count,
        GroupSetting::DtcSupport(on) => options.dtc_support = *on,
    }
}

/// Counts the change in `sequence_number`, if there was one.
pub(crate) fn touch(
    group: &mut AvailabilityGroup,
    differs: impl FnOnce(&AvailabilityGroup) -> bool,
) -> Reply {
    let did = differs(group);
    group.sequence += u64::from(did);
    changed(did)
}

/// The group as the local replica sees it: 41044 where there is none, 41101 where this instance has no joined replica.
pub(crate) fn local<'a>(
    site: &'a Site,
    instance: &ReplicaName,
    group: &GroupName,
) -> Result<&'a AvailabilityGroup, Refused> {
    let Some(found) = site.groups.get(group) else {
        let text = format!(
            "Availability group name to ID map entry for availability group '{group}' cannot be found in the Windows Server Failover Clustering (WSFC) store."
        );
        return refuse(41_044, text);
    };
    if found.replicas.get(instance).is_some_and(|replica| replica.joined) {
        return Ok(found);
    }
    refuse(
        41_101,
        format!(
            "The availability group '{group}' has no availability replica on this instance of SQL Server."
        ),
    )
}

/// The group, if the local replica is its primary; else 41140.
pub(crate) fn primary<'a>(
    site: &'a Site,
    instance: &ReplicaName,
    group: &GroupName,
) -> Result<&'a AvailabilityGroup, Refused> {
    let found = local(site, instance, group)?;
    if found.replicas.get(instance).is_some_and(|replica| replica.role == ReplicaRole::Primary) {
        return Ok(found);
    }
    let text = format!(
        "Availability group '{group}' cannot process the ALTER AVAILABILITY GROUP command, because the local availability replica is not the primary replica.  Connect to the server instance that is currently hosting the primary replica of this availability group, and retry the command."
    );
    refuse(41_140, text)
}

/// The same, to change it.
pub(crate) fn primary_mut<'a>(
    site: &'a mut Site,
    instance: &ReplicaName,
    group: &GroupName,
) -> Result<&'a mut AvailabilityGroup, Refused> {
    primary(site, instance, group)?;
    site.groups.get_mut(group).ok_or_else(|| Refused::new(41_044, format!("there is no group {group}")))
}

/// From anywhere; only a primary that drops it keeps its copy (domain §1.6, 41159).
fn drop_group(site: &mut Site, instance: &ReplicaName, group: &GroupName) -> Result<Reply, Refused> {
    if !site.groups.contains_key(group) {
        return super::missing("drop", "availability group", group.as_str());
    }
    release(site, group, None, instance);
    site.groups.remove(group);
    Ok(Reply::Done)
}
