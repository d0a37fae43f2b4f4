//! Facts of the SSIS catalog, where SSISDB can be read.

use super::{not_permitted, with_right};
use crate::batch::{Batch, Database};
use crate::fault::Fault;
use crate::record::{Record, Rows};
use crate::session::Wire;
use crate::statements::catalog_read;
use scaleout_model::fact::{CauseKind, Fact};
use scaleout_model::names::{LoginName, ReplicaName};
use scaleout_model::sql::{CatalogFacts, CatalogUser, TaskFacts, WorkerRow};
use std::collections::BTreeMap;

/// Name of the catalog's own assembly in SSISDB.
const ASSEMBLY: &str = "ISSERVER";

/// First whether SSISDB can be read here at all: a batch that names it where it cannot fails as a whole.
pub(crate) async fn observe_catalog(wire: &mut dyn Wire) -> Result<Fact<CatalogFacts>, Fault> {
    let access = wire.run(&Batch::read(Database::Master, catalog_read::build_access())).await?;
    if let Some(fact) = read_access(access.first("access")?)? {
        return Ok(fact);
    }
    let rows = wire.run(&Batch::read(Database::Catalog, catalog_read::build_catalog_batch())).await?;
    read_catalog(&rows).map(Fact::Known)
}

/// Why the catalog cannot be read; `None`: it can.
pub(super) fn read_access(row: &Record) -> Result<Option<Fact<CatalogFacts>>, Fault> {
    if !row.flag("present")? {
        return Ok(Some(with_right(row.flag("any_database")?, "VIEW ANY DATABASE", || Fact::Absent)));
    }
    let not_ready = |message: String| Ok(Some(Fact::unknown(CauseKind::NotReady, message)));
    match row.text_or_null("state")? {
        Some("ONLINE") => {}
        Some(state) => return not_ready(format!("SSISDB is {state}")),
        None => return Ok(Some(not_permitted("VIEW ANY DATABASE"))),
    }
    if row.number_or_null("is_primary")? == Some(0) {
        return not_ready("SSISDB is a secondary's copy here".to_owned());
    }
    Ok(if row.flag("access")? { None } else { Some(not_permitted("a user in SSISDB")) })
}

/// All facts from the rows of the catalog's batch.
pub(super) fn read_catalog(rows: &Rows) -> Result<CatalogFacts, Fault> {
    let rights = rows.first("catalog_rights")?;
    let sees_workers = rights.flag("executor")? || rights.flag("admin")? || rights.flag("sysadmin")?;
    let sees_users = rights.flag("definition")?;
    let workers = rows.part("worker").map(read_worker).collect::<Result<Vec<_>, _>>()?;
    let tasks = rows.part("task").map(read_task).collect::<Result<Vec<_>, _>>()?;
    let users = read_users(rows)?;
    let enabled = catalog_property(rows, "IS_SCALEOUT_ENABLED")?;
    let mode = catalog_property(rows, "DEFAULT_EXECUTION_MODE")?;
    Ok(CatalogFacts {
        master_properties: read_properties(rows)?,
        scale_out_enabled: enabled.is_some_and(|value| value.eq_ignore_ascii_case("TRUE")),
        scale_out_default: mode.as_deref() == Some("1"),
        master_age_seconds: read_master_age(rows)?,
        workers: with_right(sees_workers, "ssis_cluster_executor", || Fact::Known(workers)),
        tasks: with_right(rights.flag("tasks")?, "SELECT on internal.tasks", || Fact::Known(tasks)),
        replicas: rows.part("registered").map(read_registered).collect::<Result<_, _>>()?,
        users: with_right(sees_users, "VIEW DEFINITION in SSISDB", || Fact::Known(users)),
        monitor_granted: read_monitor(rows, sees_users)?,
        assembly_hash: read_assembly(rows, sees_users)?,
    })
}

fn catalog_property(rows: &Rows, name: &str) -> Result<Option<String>, Fault> {
    let found = rows.part("catalog_property").find(|row| row.text("name").is_ok_and(|found| found == name));
    found.map(|row| Ok(row.text_or_null("value")?.unwrap_or_default().to_owned())).transpose()
}

/// Without the heartbeat's time, which would make every observation differ.
fn read_properties(rows: &Rows) -> Result<BTreeMap<String, String>, Fault> {
    let mut all = BTreeMap::new();
    for row in rows.part("property") {
        let name = row.text("name")?;
        if name != "LAST_ONLINE_TIME" {
            all.insert(name.to_owned(), row.text_or_null("value")?.unwrap_or_default().to_owned());
        }
    }
    Ok(all)
}

fn read_master_age(rows: &Rows) -> Result<Fact<i64>, Fault> {
    match rows.part("master_age").next() {
        Some(row) => row.number_or_null("seconds").map(Fact::from),
        None => Ok(Fact::Absent),
    }
}

fn read_worker(row: &Record) -> Result<WorkerRow, Fault> {
    let text = |column: &str| Ok::<_, Fault>(row.text_or_null(column)?.unwrap_or_default().to_owned());
    Ok(WorkerRow {
        agent_id: row.text("agent_id")?.to_owned(),
        enabled: row.flag("enabled")?,
        machine: text("machine")?,
        account: text("account")?,
        tags: text("tags")?,
        age_seconds: row.number("age_seconds")?,
    })
}

fn read_task(row: &Record) -> Result<TaskFacts, Fault> {
    Ok(TaskFacts {
        agent_id: row.text_or_null("agent_id")?.map(str::to_owned),
        status: row.integer("status")?,
    })
}

fn read_registered(row: &Record) -> Result<(ReplicaName, u8), Fault> {
    Ok((ReplicaName::new(row.text("name")?), row.integer("state")?))
}

/// With the right to see all grants an answer is one; without, a grant that is seen is known all the same.
fn read_monitor(rows: &Rows, right: bool) -> Result<Fact<bool>, Fault> {
    let granted = rows.first("monitor")?.flag("granted")?;
    Ok(with_right(right || granted, "VIEW DEFINITION in SSISDB", || Fact::Known(granted)))
}

/// One user per SID and name, with all its roles.
fn read_users(rows: &Rows) -> Result<Vec<CatalogUser>, Fault> {
    let mut users: Vec<CatalogUser> = Vec::new();
    for row in rows.part("user") {
        let name = LoginName::new(row.text("name")?);
        let role = row.text_or_null("role")?.map(str::to_owned);
        if let Some(user) = users.iter_mut().find(|user| user.name == name) {
            user.roles.extend(role);
        } else {
            users.push(CatalogUser {
                name,
                sid: row.text("sid")?.to_owned(),
                roles: role.into_iter().collect(),
            });
        }
    }
    Ok(users)
}

fn read_assembly(rows: &Rows, right: bool) -> Result<Fact<String>, Fault> {
    let is_it = |row: &&Record| row.text("name").is_ok_and(|name| name.eq_ignore_ascii_case(ASSEMBLY));
    let row = rows.part("assembly").find(is_it).or_else(|| rows.part("assembly").next());
    match row {
        Some(row) => row.text("hash").map(|hash| Fact::Known(hash.to_owned())),
        None => Ok(with_right(right, "VIEW DEFINITION in SSISDB", || Fact::Absent)),
    }
}
