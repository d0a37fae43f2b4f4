//! Tables of the schema `internal` in SSISDB (SSISDB schema 2019): SELECT must be granted, also to `ssis_admin` (229).

use crate::engine::Table;
use crate::value::{SqlError, SqlValue};
use crate::world::seen::Seen;
use crate::world::sheet::{
    BIG, BIT, BYTES, Cell as _, GUID, Guid, INT, LONG, NAME, OFFSET, Offset, SMALL, TINY, sheet, text,
};
use scaleout_sim_site::state::Catalog;

pub(super) fn table(seen: &Seen<'_>, database: &str, object: &str) -> Result<Option<Table>, SqlError> {
    let Some(catalog) = seen.database(database).and_then(|(_, found)| found.catalog()) else {
        return Ok(None);
    };
    let build: fn(&Catalog) -> Table = match object {
        "tasks" => tasks,
        "jobs" => jobs,
        "executions" => executions,
        "master_properties" => master_properties,
        "worker_agents" => worker_agents,
        "alwayson_support_state" => alwayson_support_state,
        "operation_messages" => operation_messages,
        _ => return Ok(None),
    };
    seen.require_object(database, "SELECT", &format!("internal.{object}"))?;
    Ok(Some(build(catalog)))
}

fn tasks(catalog: &Catalog) -> Table {
    sheet!(&catalog.tasks, (id, task) => {
        TaskId: GUID => Guid(id),
        JobId: GUID => Guid(&task.job_id),
        WorkerAgentId: GUID => task.worker.as_deref().map(Guid),
        Status: INT => task.status,
        ExecutedCount: INT => task.executed_count,
        MaxExecutedCount: INT => task.max_executed_count,
        ExpiredTime: OFFSET => task.expires_ms.map(Offset),
    })
}

/// A job is what one execution asks for.
fn jobs(catalog: &Catalog) -> Table {
    sheet!(catalog.executions.values().filter(|execution| execution.scale_out), execution => {
        JobId: GUID => Guid(&execution.job_id),
        Status: INT => execution.status,
        CreatedTime: OFFSET => Offset(execution.started_ms),
    })
}

fn executions(catalog: &Catalog) -> Table {
    sheet!(&catalog.executions, (id, execution) => {
        execution_id: BIG => *id,
        folder_name: NAME => &execution.folder,
        project_name: NAME => &execution.project,
        package_name: text(260) => &execution.package,
        job_id: GUID => execution.scale_out.then_some(Guid(&execution.job_id)),
    })
}

/// With the log connection string, encrypted: its bytes tell nothing here.
fn master_properties(catalog: &Catalog) -> Table {
    let own = catalog.master_properties.iter().map(|(name, value)| (name.clone(), value.cell()));
    let hidden = SqlValue::text(if catalog.log_connection_string.is_some() { "(encrypted)" } else { "" });
    let all = own.chain(std::iter::once(("CLUSTER_LOGDB_CONNECTIONSTRING".to_owned(), hidden)));
    sheet!(all, (name, value) => {
        property_name: text(256) => name,
        property_value: LONG => value,
    })
}

fn worker_agents(catalog: &Catalog) -> Table {
    sheet!(&catalog.worker_agents, (id, worker) => {
        WorkerAgentId: GUID => Guid(id),
        IsEnabled: BIT => worker.enabled,
        DisplayName: text(256) => &worker.display_name,
        Description: LONG => &worker.description,
        MachineName: text(256) => &worker.machine,
        Tags: LONG => &worker.tags,
        UserAccount: text(256) => &worker.user_account,
        LastOnlineTime: OFFSET => Offset(worker.last_online_ms),
    })
}

fn alwayson_support_state(catalog: &Catalog) -> Table {
    sheet!(&catalog.alwayson_support_state, (server, state) => {
        server_name: text(256) => server,
        state: TINY => *state,
    })
}

fn operation_messages(catalog: &Catalog) -> Table {
    sheet!(catalog.messages.iter().zip(1_i64..), (message, id) => {
        operation_message_id: BIG => id,
        operation_id: BIG => message.execution_id,
        message_time: OFFSET => Offset(message.at_ms),
        message_type: SMALL => 70_i16,
        message_source_type: SMALL => 10_i16,
        message: LONG => &message.text,
        extended_info: BYTES => None::<Vec<u8>>,
    })
}
