//! Procedures of SSISDB (SSISDB schema 2019; domain §4.1, §4.2, §4.6, §7.3).

use super::call::{Call, optional, output, required};
use super::{answer, done};
use crate::engine::{ParameterSpec, Procedure, ProcedureArgument, ProcedureResult};
use crate::value::{SqlError, SqlType, SqlValue};
use crate::world::Planned;
use crate::world::seen::Seen;
use crate::world::sheet::{Cell as _, GUID, LONG, TINY, text};
use scaleout_model::defaults::{CATALOG_DATABASE, LOG_LOGIN};
use scaleout_sim_site::catalog::master_key_opens;
use scaleout_sim_site::sql::{CatalogChange, WorkerProperty};
use scaleout_sim_site::sql_effect::SqlChange;
use scaleout_sim_site::state::{Catalog, LoginKind, Secret};
use sha2::{Digest as _, Sha256};

type Answer = Result<Option<Planned<Procedure>>, SqlError>;

/// Procedures that refuse SQL logins (27123).
const WINDOWS_ONLY: [&str; 8] = [
    "catalog.create_execution",
    "catalog.start_execution",
    "catalog.stop_operation",
    "catalog.set_execution_parameter_value",
    "catalog.add_execution_worker",
    "catalog.configure_catalog",
    "catalog.check_schema_version",
    "catalog.create_folder",
];

pub(super) fn plan(seen: &Seen<'_>, database: &str, full: &str, arguments: &[ProcedureArgument]) -> Answer {
    if WINDOWS_ONLY.contains(&full) {
        seen.require_object(database, "EXECUTE", full)?;
        return refuse_sql_login(seen, full).map(Some);
    }
    let Some((parameters, build)) = known(full) else { return Ok(None) };
    seen.require_object(database, "EXECUTE", full)?;
    let name = full.split_once('.').map_or(full, |(_, name)| name);
    let call = Call::new(name, parameters, arguments)?;
    build(seen, &call).map(Some)
}

type Build = fn(&Seen<'_>, &Call) -> Result<Planned<Procedure>, SqlError>;

fn worker() -> Vec<ParameterSpec> {
    vec![required("@WorkerAgentId", GUID)]
}

fn server() -> ParameterSpec {
    required("@server_name", text(256))
}

fn known(full: &str) -> Option<(Vec<ParameterSpec>, Build)> {
    let many = |names: &[&str], ty: SqlType| names.iter().map(|name| required(name, ty)).collect::<Vec<_>>();
    let settings = [
        "@MachineName",
        "@MachineIP",
        "@MasterServicePort",
        "@SSLCertThumbprint",
        "@MasterHeartbeatIntervalInMs",
    ];
    Some(match full {
        "catalog.update_master_address" => (many(&["@MasterAddress"], text(256)), update_master_address),
        "catalog.update_logdb_info" => {
            (many(&["@server_name", "@connection_string"], LONG), update_logdb_info)
        }
        "catalog.enable_scaleout" => (Vec::new(), enable_scaleout),
        "catalog.enable_worker_agent" => (worker(), |seen, call| enable_worker(seen, call, true)),
        "catalog.disable_worker_agent" => (worker(), |seen, call| enable_worker(seen, call, false)),
        "catalog.delete_worker_agent" => (worker(), delete_worker),
        "catalog.set_worker_agent_property" => {
            let rest = vec![required("@PropertyName", text(256)), required("@PropertyValue", LONG)];
            ([worker(), rest].concat(), set_worker_property)
        }
        "catalog.startup" => (Vec::new(), |_, _| Ok(change(CatalogChange::Startup))),
        "internal.add_replica_info" => (vec![server(), required("@state", TINY)], add_replica),
        "internal.delete_replica_info" => (vec![server()], |_, call| {
            Ok(change(CatalogChange::DeleteReplicaInfo { server: given(call, "@server_name")? }))
        }),
        "internal.update_replica_info" => (vec![server()], |_, call| {
            Ok(change(CatalogChange::UpdateReplicaInfo { server: given(call, "@server_name")? }))
        }),
        "internal.refresh_replica_status" => (vec![server(), output("@status", TINY)], refresh_replica),
        "internal.get_log_dbconnection" => (vec![output("@connection_string", LONG)], log_connection),
        "internal.master_heartbeat" => (Vec::new(), |_, _| Ok(change(CatalogChange::MasterHeartbeat))),
        "internal.update_master_settings" => (many(&settings, text(256)), update_master_settings),
        "internal.update_worker_agent_status" => {
            let lists =
                ["@PerfCounterList", "@MachinePropertyList"].map(|name| optional(name, LONG, SqlValue::Null));
            ([worker(), lists.to_vec(), vec![output("@Status", SqlType::Bit)]].concat(), worker_status)
        }
        "internal.cleanup_server_retention_window" | "internal.cleanup_server_project_version" => {
            (Vec::new(), |_, _| Ok(done(Vec::new())))
        }
        _ => return None,
    })
}

fn change(change: CatalogChange) -> Planned<Procedure> {
    done(vec![SqlChange::Catalog(change)])
}

/// 27123: a SQL login; nobody else logs in here.
fn refuse_sql_login(seen: &Seen<'_>, full: &str) -> Result<Planned<Procedure>, SqlError> {
    if seen.login().is_some_and(|login| matches!(login.kind, LoginKind::Sql(_))) {
        let text = "The operation cannot be started by an account that uses SQL Server Authentication. Start the operation with an account that uses Windows Authentication.";
        return Err(SqlError::new(27_123, text));
    }
    Err(SqlError::not_implemented(full))
}

/// 27100 for NULL.
fn given(call: &Call, name: &str) -> Result<String, SqlError> {
    call.text(name).or_else(|| call.guid(name)).ok_or_else(|| {
        let text = format!("The input parameter '{}' cannot be null.", name.trim_start_matches('@'));
        SqlError::new(27_100, text)
    })
}

fn catalog<'a>(seen: &Seen<'a>) -> Option<&'a Catalog> {
    seen.database(CATALOG_DATABASE).and_then(|(_, database)| database.catalog())
}

fn opened(seen: &Seen<'_>) -> bool {
    seen.sessions.key_open(seen.session.spid)
}

fn update_master_address(_: &Seen<'_>, call: &Call) -> Result<Planned<Procedure>, SqlError> {
    Ok(change(CatalogChange::UpdateMasterAddress { address: given(call, "@MasterAddress")? }))
}

fn update_logdb_info(seen: &Seen<'_>, call: &Call) -> Result<Planned<Procedure>, SqlError> {
    Ok(change(CatalogChange::UpdateLogDatabase {
        server: given(call, "@server_name")?,
        connection_string: Secret::new(given(call, "@connection_string")?),
        opened: opened(seen),
    }))
}

/// 27260 first; then the log connection string is written, then the rest: not atomic.
fn enable_scaleout(seen: &Seen<'_>, _: &Call) -> Result<Planned<Procedure>, SqlError> {
    if !seen.is_sysadmin() {
        let text = "The caller is not a member of the sysadmin role, which is needed to enable Scale Out.";
        return Err(SqlError::new(27_260, text));
    }
    let digest = Sha256::digest(format!("{} {}", seen.site.counter, seen.site.now_ms));
    let password = format!("Aa1!{}", hex::encode(digest));
    let server = seen.replica.to_string();
    let connection_string = format!(
        "Data Source={server};Initial Catalog={CATALOG_DATABASE};User Id={LOG_LOGIN};Password='{password}';"
    );
    let log_login_in_use = seen.sessions.has_login(LOG_LOGIN);
    let changes = vec![
        CatalogChange::UpdateLogDatabase {
            server,
            connection_string: Secret::new(connection_string),
            opened: opened(seen),
        },
        CatalogChange::EnableScaleOut { password: Secret::new(password), log_login_in_use },
    ];
    let mut planned = done(changes.into_iter().map(SqlChange::Catalog).collect());
    planned.failure = log_login_in_use.then(|| {
        let text = format!("Could not drop login '{LOG_LOGIN}' as the user is currently logged in.");
        SqlError::new(15_434, text)
    });
    Ok(planned)
}

fn enable_worker(_: &Seen<'_>, call: &Call, enabled: bool) -> Result<Planned<Procedure>, SqlError> {
    Ok(change(CatalogChange::EnableWorkerAgent { agent_id: given(call, "@WorkerAgentId")?, enabled }))
}

fn delete_worker(_: &Seen<'_>, call: &Call) -> Result<Planned<Procedure>, SqlError> {
    Ok(change(CatalogChange::DeleteWorkerAgent { agent_id: given(call, "@WorkerAgentId")? }))
}

fn set_worker_property(_: &Seen<'_>, call: &Call) -> Result<Planned<Procedure>, SqlError> {
    let property = match given(call, "@PropertyName")?.to_lowercase().as_str() {
        "displayname" => WorkerProperty::DisplayName,
        "description" => WorkerProperty::Description,
        "tags" => WorkerProperty::Tags,
        _ => {
            let text = "The value specified for the input parameter 'PropertyName' is not valid.";
            return Err(SqlError::new(27_101, text));
        }
    };
    let (agent_id, value) = (given(call, "@WorkerAgentId")?, given(call, "@PropertyValue")?);
    Ok(change(CatalogChange::SetWorkerAgentProperty { agent_id, property, value }))
}

fn add_replica(_: &Seen<'_>, call: &Call) -> Result<Planned<Procedure>, SqlError> {
    let missing = || {
        SqlError::new(27_138, "The input parameter cannot be null. Provide a valid value for the parameter.")
    };
    let server = call.text("@server_name").ok_or_else(missing)?;
    let state = call.number("@state").and_then(|state| u8::try_from(state).ok()).ok_or_else(missing)?;
    Ok(change(CatalogChange::AddReplicaInfo { server, state }))
}

/// 1 = a failover was detected, and the states are swapped.
fn refresh_replica(seen: &Seen<'_>, call: &Call) -> Result<Planned<Procedure>, SqlError> {
    let server = given(call, "@server_name")?;
    let states = catalog(seen).map(|catalog| &catalog.alwayson_support_state);
    let state = states.and_then(|states| states.iter().find(|(name, _)| name.eq_ignore_ascii_case(&server)));
    let Some((_, state)) = state else {
        return Err(SqlError::new(27_228, format!("The server '{server}' does not exist.")));
    };
    let detected = *state == 2;
    let update = SqlChange::Catalog(CatalogChange::UpdateReplicaInfo { server });
    let outputs = call.output("@status", u8::from(detected).cell());
    let changes = if detected { vec![update] } else { Vec::new() };
    Ok(answer(changes, ProcedureResult { outputs, ..ProcedureResult::default() }))
}

/// Decrypts; 15581 while the master key is closed.
fn log_connection(seen: &Seen<'_>, call: &Call) -> Result<Planned<Procedure>, SqlError> {
    let (_, database, _) = seen.enter(CATALOG_DATABASE)?;
    let text = catalog(seen).and_then(|catalog| catalog.log_connection_string.as_ref());
    if text.is_some() && !opened(seen) && !master_key_opens(seen.instance, database) {
        let closed = "Please create a master key in the database or open the master key in the session before performing this operation.";
        return Err(SqlError::new(15_581, closed));
    }
    let outputs = call.output("@connection_string", text.map(Secret::expose).cell());
    Ok(answer(Vec::new(), ProcedureResult { outputs, ..ProcedureResult::default() }))
}

fn update_master_settings(_: &Seen<'_>, call: &Call) -> Result<Planned<Procedure>, SqlError> {
    let names = [
        ("MACHINE_NAME", "@MachineName"),
        ("MACHINE_IP", "@MachineIP"),
        ("MASTER_SERVICE_PORT", "@MasterServicePort"),
        ("SSLCERT_THUMBPRINT", "@SSLCertThumbprint"),
        ("MASTER_HEARTBEAT_INTERVALINMS", "@MasterHeartbeatIntervalInMs"),
    ];
    let values = names
        .iter()
        .map(|(property, parameter)| Ok(((*property).to_owned(), given(call, parameter)?)))
        .collect::<Result<_, SqlError>>()?;
    Ok(change(CatalogChange::UpdateMasterSettings { values }))
}

/// The machine is the session's host; the answer is IsEnabled, 0 at first contact.
fn worker_status(seen: &Seen<'_>, call: &Call) -> Result<Planned<Procedure>, SqlError> {
    let agent_id = given(call, "@WorkerAgentId")?;
    let enabled =
        catalog(seen).and_then(|catalog| catalog.worker_agents.get(&agent_id)).is_some_and(|own| own.enabled);
    let (machine, account) = (seen.session.host.clone(), seen.session.login.clone());
    let update = CatalogChange::UpdateWorkerAgentStatus { agent_id, machine, account };
    let outputs = call.output("@Status", enabled.cell());
    Ok(answer(vec![SqlChange::Catalog(update)], ProcedureResult { outputs, ..ProcedureResult::default() }))
}
