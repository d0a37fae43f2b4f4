//! Facts of an availability group.

use super::{not_permitted, with_right};
use crate::fault::Fault;
use crate::record::{Record, Rows};
use scaleout_model::fact::{CauseKind, Fact};
use scaleout_model::names::{DnsName, GroupName, ReplicaName};
use scaleout_model::sql::{
    AvailabilityMode, DatabaseSync, FailoverMode, GroupFacts, JoinState, ListenerAddress, ListenerFacts,
    ObserverRights, ReplicaFacts, ReplicaRole, SecondaryConnections, SeedingFacts, SeedingMode, SyncState,
};

const STATE: &str = "VIEW SERVER STATE";

/// The group of `row` with all that belongs to it.
pub(super) fn read_group(row: &Record, rows: &Rows, rights: ObserverRights) -> Result<GroupFacts, Fault> {
    let replicas = rows.part("replica").map(|replica| read_replica(replica, rows, rights));
    Ok(GroupFacts {
        name: GroupName::new(row.text("name")?),
        group_id: row.text("group_id")?.to_owned(),
        local_role: read_local_role(rows, rights)?,
        primary: read_primary(rows, rights)?,
        failure_condition_level: row.integer("failure_condition_level")?,
        health_check_timeout: row.integer("health_check_timeout")?,
        database_health_trigger: row.flag("db_failover")?,
        automated_backup_preference: row.text("backup_preference")?.to_owned(),
        required_synchronized_secondaries: row.integer("required_secondaries")?,
        dtc_support: row.flag("dtc_support")?,
        replicas: replicas.collect::<Result<_, _>>()?,
        databases: rows
            .part("group_database")
            .map(|d| d.text("name").map(str::to_owned))
            .collect::<Result<_, _>>()?,
        synchronization: rows.part("synchronization").map(read_sync).collect::<Result<_, _>>()?,
        seeding: read_seeding(rows)?,
        listener: read_listener(rows, rights)?,
    })
}

fn read_role(number: i64) -> Result<ReplicaRole, Fault> {
    match number {
        0 => Ok(ReplicaRole::Resolving),
        1 => Ok(ReplicaRole::Primary),
        2 => Ok(ReplicaRole::Secondary),
        other => Err(Fault::Garbled(format!("replica role {other}"))),
    }
}

fn read_local_role(rows: &Rows, rights: ObserverRights) -> Result<Fact<ReplicaRole>, Fault> {
    if !rights.server_state {
        return Ok(not_permitted(STATE));
    }
    let Some(local) = rows.part("state").find(|row| row.flag("is_local").unwrap_or(false)) else {
        return Ok(Fact::Absent);
    };
    Ok(match local.number_or_null("role")? {
        Some(role) => Fact::Known(read_role(role)?),
        None => Fact::unknown(CauseKind::NotReady, "the local replica has no role at present"),
    })
}

fn read_primary(rows: &Rows, rights: ObserverRights) -> Result<Fact<ReplicaName>, Fault> {
    let name = match rows.part("primary").next() {
        Some(row) => row.text_or_null("replica")?.filter(|name| !name.is_empty()),
        None => None,
    };
    Ok(with_right(rights.server_state, STATE, || name.map(ReplicaName::new).into()))
}

fn read_replica(row: &Record, rows: &Rows, rights: ObserverRights) -> Result<ReplicaFacts, Fault> {
    let name = ReplicaName::new(row.text("name")?);
    let state = rows.part("state").find(|s| s.text("name").is_ok_and(|text| ReplicaName::new(text) == name));
    let known = |column: &str| state.map_or(Ok(None), |state| state.number_or_null(column));
    let elsewhere = || Fact::unknown(CauseKind::NotObserved, "only the primary knows other replicas' states");
    let role = match known("role")? {
        Some(role) => Fact::Known(read_role(role)?),
        None => with_right(rights.server_state, STATE, elsewhere),
    };
    let connected = match known("connected")? {
        Some(connected) => Fact::Known(connected == 1),
        None if rights.server_state => Fact::unknown(CauseKind::NotObserved, "only the primary knows it"),
        None => not_permitted(STATE),
    };
    Ok(ReplicaFacts {
        endpoint_url: row.text("endpoint_url")?.to_owned(),
        availability_mode: match row.number("availability_mode")? {
            1 => AvailabilityMode::Synchronous,
            _ => AvailabilityMode::Asynchronous,
        },
        failover_mode: match row.number("failover_mode")? {
            0 => FailoverMode::Automatic,
            _ => FailoverMode::Manual,
        },
        seeding_mode: match row.text_or_null("seeding_mode")? {
            Some("AUTOMATIC") => SeedingMode::Automatic,
            _ => SeedingMode::Manual,
        },
        session_timeout: row.integer("session_timeout")?,
        backup_priority: row.integer("backup_priority")?,
        secondary_connections: match row.number("secondary_connections")? {
            0 => SecondaryConnections::No,
            1 => SecondaryConnections::ReadOnly,
            _ => SecondaryConnections::All,
        },
        join_state: if known("join_state")?.unwrap_or(0) == 0 {
            JoinState::NotJoined
        } else {
            JoinState::Joined
        },
        connect_error: known("connect_error")?.filter(|n| *n != 0).and_then(|n| i32::try_from(n).ok()),
        role,
        connected,
        name,
    })
}

fn read_sync(row: &Record) -> Result<DatabaseSync, Fault> {
    let state = match row.number("state")? {
        0 => SyncState::NotSynchronizing,
        1 => SyncState::Synchronizing,
        2 => SyncState::Synchronized,
        3 => SyncState::Reverting,
        4 => SyncState::Initializing,
        other => return Err(Fault::Garbled(format!("synchronization state {other}"))),
    };
    let suspended = row.flag("suspended")?;
    let reason = row.text_or_null("suspend_reason")?.unwrap_or("unknown");
    let flag = |column: &str| {
        row.number_or_null(column).map(|number| match number {
            Some(number) => Fact::Known(number == 1),
            None => Fact::unknown(CauseKind::NotReady, "unknown without quorum"),
        })
    };
    Ok(DatabaseSync {
        replica: ReplicaName::new(row.text("replica")?),
        database: row.text("database_name")?.to_owned(),
        state,
        suspended: suspended.then(|| reason.to_owned()),
        failover_ready: flag("failover_ready")?,
        joined: flag("joined")?,
    })
}

/// The last row of each replica.
fn read_seeding(rows: &Rows) -> Result<Vec<SeedingFacts>, Fault> {
    let mut newest: Vec<SeedingFacts> = Vec::new();
    for row in rows.part("seeding") {
        let facts = SeedingFacts {
            replica: ReplicaName::new(row.text("replica")?),
            state: row.text("state")?.to_owned(),
            failure_state: row
                .number_or_null("failure_state")?
                .map_or(Ok(0), i32::try_from)
                .map_err(|_| Fault::Garbled("failure_state is out of range".to_owned()))?,
            failure: row.text_or_null("failure")?.unwrap_or_default().to_owned(),
        };
        newest.retain(|other| other.replica != facts.replica);
        newest.push(facts);
    }
    Ok(newest)
}

fn read_listener(rows: &Rows, rights: ObserverRights) -> Result<Fact<ListenerFacts>, Fault> {
    let Some(row) = rows.part("listener").next() else {
        return Ok(with_right(rights.any_definition, "VIEW ANY DEFINITION", || Fact::Absent));
    };
    let port = row.number_or_null("port")?.map(u16::try_from).transpose();
    Ok(Fact::Known(ListenerFacts {
        dns_name: DnsName::new(row.text("dns_name")?),
        port: port.map_err(|_| Fault::Garbled("the listener's port is out of range".to_owned()))?,
        addresses: rows.part("address").map(read_address).collect::<Result<_, _>>()?,
    }))
}

fn read_address(row: &Record) -> Result<ListenerAddress, Fault> {
    Ok(ListenerAddress {
        ip: row.text_or_null("ip")?.unwrap_or_default().to_owned(),
        mask: row.text_or_null("mask")?.unwrap_or_default().to_owned(),
        dhcp: row.flag("dhcp")?,
        online: row.flag("online")?,
    })
}
