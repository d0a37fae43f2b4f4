//! Facts of an instance.

use super::group::read_group;
use super::{not_permitted, with_right};
use crate::batch::{Batch, Database};
use crate::fault::Fault;
use crate::record::{Record, Rows};
use crate::session::Wire;
use crate::statements::{group_read, instance_read, job_read};
use scaleout_model::defaults::{FAILOVER_JOB, MAINTENANCE_JOB};
use scaleout_model::fact::{CauseKind, Fact};
use scaleout_model::names::{AccountName, GroupName, LoginName, ReplicaName};
use scaleout_model::sql::{
    CatalogDatabase, EndpointFacts, GroupFacts, InstanceFacts, JobFacts, LoginFacts, ObserverRights,
    PermissionFacts, SupportFacts,
};

const DEFINITION: &str = "VIEW ANY DEFINITION";
const STATE: &str = "VIEW SERVER STATE";

/// Two to four batches: the instance, the group if the feature is on, jobs and SSISDB where they can be read.
pub(crate) async fn observe_instance(wire: &mut dyn Wire, group: &GroupName) -> Result<InstanceFacts, Fault> {
    let mut rows = wire.run(&Batch::read(Database::Master, instance_read::build_instance_batch())).await?;
    let (hadr, jobs, catalog) = {
        let instance = rows.first("instance")?;
        (instance.flag("hadr_enabled")?, instance.flag("jobs")?, is_catalog_readable(&rows)?)
    };
    if hadr {
        rows.append(
            wire.run(&Batch::read(Database::Master, group_read::build_group_batch(group.as_str()))).await?,
        );
    }
    if jobs {
        rows.append(wire.run(&Batch::read(Database::Master, job_read::build_job_batch())).await?);
    }
    if catalog {
        rows.append(wire.run(&Batch::read(Database::Catalog, instance_read::build_catalog_rights())).await?);
    }
    read_instance(&rows)
}

/// Whether SSISDB is online, primary or in no group, and this login has access.
fn is_catalog_readable(rows: &Rows) -> Result<bool, Fault> {
    let instance = rows.first("instance")?;
    let Some(database) = rows.part("database").next() else { return Ok(false) };
    Ok(database.text("state")? == "ONLINE"
        && instance.number_or_null("catalog_primary")? != Some(0)
        && instance.flag("catalog_access")?)
}

/// All facts from the rows of all batches.
pub(super) fn read_instance(rows: &Rows) -> Result<InstanceFacts, Fault> {
    let instance = rows.first("instance")?;
    let rights = read_rights(rows)?;
    let hadr_enabled = instance.flag("hadr_enabled")?;
    Ok(InstanceFacts {
        server_name: ReplicaName::new(instance.text("server_name")?),
        machine_name: instance.text("machine_name")?.to_owned(),
        product_version: instance.text("product_version")?.to_owned(),
        major: instance.integer("major")?,
        engine_edition: instance.integer("engine_edition")?,
        collation: instance.text("collation")?.to_owned(),
        clustered: instance.flag("is_clustered")?,
        hadr_enabled,
        windows_only: instance.flag("windows_only")?,
        clock_unix_ms: instance.number("clock_ms")?,
        logins: seen_list(rights.any_definition, rows, "login", read_login)?,
        permissions: seen_list(rights.any_definition, rows, "permission", read_permission)?,
        endpoint: seen_one(rights.any_definition, rows, "endpoint", read_endpoint)?,
        group: read_group_fact(rows, rights)?,
        catalog_database: read_database_fact(rows, instance, rights.any_definition)?,
        support: read_support(rows, rights)?,
        rights,
    })
}

fn read_rights(rows: &Rows) -> Result<ObserverRights, Fault> {
    let instance = rows.first("instance")?;
    let catalog = match rows.part("catalog_rights").next() {
        Some(row) => (row.flag("executor")? || row.flag("sysadmin")?) && row.flag("tasks")?,
        None => false,
    };
    Ok(ObserverRights {
        server_state: instance.flag("server_state")?,
        any_definition: instance.flag("any_definition")?,
        jobs: instance.flag("jobs")?,
        catalog,
    })
}

/// All rows of a part, if the right to see all of them is there.
fn seen_list<T>(
    right: bool,
    rows: &Rows,
    part: &'static str,
    read: impl Fn(&Record) -> Result<T, Fault>,
) -> Result<Fact<Vec<T>>, Fault> {
    let list = rows.part(part).map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(with_right(right, DEFINITION, || Fact::Known(list)))
}

/// The only row of a part; a row that is seen is known whatever the rights.
fn seen_one<T>(
    right: bool,
    rows: &Rows,
    part: &'static str,
    read: impl Fn(&Record) -> Result<T, Fault>,
) -> Result<Fact<T>, Fault> {
    match rows.part(part).next() {
        Some(row) => read(row).map(Fact::Known),
        None => Ok(with_right(right, DEFINITION, || Fact::Absent)),
    }
}

/// A login (`sys.server_principals`).
pub(crate) fn read_login(row: &Record) -> Result<LoginFacts, Fault> {
    Ok(LoginFacts {
        name: LoginName::new(row.text("name")?),
        sid: row.text("sid")?.to_owned(),
        sql: row.flag("sql_login")?,
        disabled: row.flag("disabled")?,
        modified: row.text("modified")?.to_owned(),
        sysadmin: row.flag("sysadmin")?,
    })
}

fn read_permission(row: &Record) -> Result<PermissionFacts, Fault> {
    let endpoint = row.text_or_null("endpoint")?.map(str::to_owned);
    Ok(PermissionFacts {
        grantee: LoginName::new(row.text("grantee")?),
        permission: row.text("permission")?.to_owned(),
        endpoint: if row.number("class")? == 105 { Some(endpoint.unwrap_or_default()) } else { None },
    })
}

fn read_endpoint(row: &Record) -> Result<EndpointFacts, Fault> {
    Ok(EndpointFacts {
        name: row.text("name")?.to_owned(),
        port: row.integer("port")?,
        started: row.number("state")? == 0,
        authentication: row.text("authentication")?.to_owned(),
        encryption: row.text("encryption")?.to_owned(),
        partner: matches!(row.number("role")?, 1 | 3),
    })
}

fn read_group_fact(rows: &Rows, rights: ObserverRights) -> Result<Fact<GroupFacts>, Fault> {
    match rows.part("group").next() {
        Some(row) => read_group(row, rows, rights).map(Fact::Known),
        None => Ok(with_right(rights.any_definition, DEFINITION, || Fact::Absent)),
    }
}

fn read_database_fact(
    rows: &Rows,
    instance: &Record,
    definition: bool,
) -> Result<Fact<CatalogDatabase>, Fault> {
    if let Some(row) = rows.part("database").next() {
        return read_database(row, definition).map(Fact::Known);
    }
    Ok(with_right(instance.flag("any_database")?, "VIEW ANY DATABASE", || Fact::Absent))
}

fn read_database(row: &Record, definition: bool) -> Result<CatalogDatabase, Fault> {
    let state = row.text("state")?.to_owned();
    let chain = row.flag("log_chain")?;
    // The log's state is only filled while the database is open.
    let log_chain = if chain || state == "ONLINE" {
        Fact::Known(chain)
    } else {
        Fact::unknown(CauseKind::NotReady, format!("SSISDB is {state}"))
    };
    let owner = match row.text_or_null("owner")? {
        Some(name) => Fact::Known(LoginName::new(name)),
        None => with_right(definition, DEFINITION, || Fact::Absent),
    };
    let bars = [
        (row.flag("read_only")?, "is_read_only"),
        (row.number("user_access")? != 0, "user_access"),
        (row.flag("auto_close")?, "is_auto_close_on"),
    ];
    Ok(CatalogDatabase {
        recovery_model: row.text("recovery_model")?.to_owned(),
        log_chain,
        created: row.text("created")?.to_owned(),
        in_group: row.flag("in_group")?,
        owner_sid: row.text("owner_sid")?.to_owned(),
        owner,
        bars: bars.iter().filter(|(bar, _)| *bar).map(|(_, name)| (*name).to_owned()).collect(),
        family_guid: row.text_or_null("family_guid")?.map(str::to_owned).into(),
        state,
    })
}

fn read_support(rows: &Rows, rights: ObserverRights) -> Result<SupportFacts, Fault> {
    let support = rows.first("support")?;
    let startup = match support.number_or_null("startup")? {
        Some(on) => Fact::Known(on == 1),
        None => with_right(rights.any_definition, DEFINITION, || Fact::Absent),
    };
    let hashes = rows.part("assembly").map(|row| row.text("hash").map(str::to_owned));
    let hashes = hashes.collect::<Result<Vec<_>, _>>()?;
    // Which right shows trusted assemblies is not documented: with rows, or with both rights, the list is believed.
    let believed = !hashes.is_empty() || (rights.any_definition && rights.server_state);
    let credentials = read_credentials(rows)?;
    Ok(SupportFacts {
        clr_enabled: Fact::Known(support.flag("clr")?),
        trusted_assemblies: with_right(believed, STATE, || Fact::Known(hashes)),
        startup_procedure: startup,
        failover_job: read_job(rows, rights, FAILOVER_JOB)?,
        maintenance_job: read_job(rows, rights, MAINTENANCE_JOB)?,
        log_backup_age_seconds: read_backup_age(rows, "log_age")?,
        full_backup_age_seconds: read_backup_age(rows, "full_age")?,
        master_key_credentials: with_right(rights.any_definition, DEFINITION, || Fact::Known(credentials)),
    })
}

/// Age of a backup; there is a row only with the right to see backups.
fn read_backup_age(rows: &Rows, column: &str) -> Result<Fact<i64>, Fault> {
    match rows.part("backup").next() {
        Some(row) => row.number_or_null(column).map(Fact::from),
        None => Ok(not_permitted("SELECT on msdb.dbo.backupset")),
    }
}

/// `credential_id:create_date` of each credential for SSISDB's master key.
pub(crate) fn read_credentials(rows: &Rows) -> Result<Vec<String>, Fault> {
    let text = |row: &Record| Ok(format!("{}:{}", row.number("credential_id")?, row.text("created")?));
    rows.part("credential").map(text).collect()
}

fn read_job(rows: &Rows, rights: ObserverRights, name: &str) -> Result<Fact<JobFacts>, Fault> {
    if !rights.jobs {
        return Ok(not_permitted("SELECT on msdb's job tables"));
    }
    let is_it = |row: &&Record| row.text("name").is_ok_and(|found| found.eq_ignore_ascii_case(name));
    let Some(row) = rows.part("job").find(is_it) else { return Ok(Fact::Absent) };
    let owner = match row.text_or_null("owner")? {
        Some(owner) => Fact::Known(AccountName::new(owner)),
        None => with_right(rights.any_definition, DEFINITION, || Fact::Absent),
    };
    Ok(Fact::Known(JobFacts {
        enabled: row.flag("enabled")?,
        owner,
        scheduled: row.number("schedules")? > 0,
        steps: row.integer("steps")?,
    }))
}
