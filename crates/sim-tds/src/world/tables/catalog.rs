//! Views of the schema `catalog` in SSISDB (SSISDB schema 2019; domain §4.2): SELECT for public, some filter their rows.

use crate::engine::Table;
use crate::value::SqlError;
use crate::world::seen::Seen;
use crate::world::sheet::{
    BIG, BIT, GUID, Guid, INT, LONG, NAME, OFFSET, Offset, SID, SMALL, TINY, sheet, text,
};
use scaleout_sim_site::state::{Catalog, Sid};

/// Who sees workers; others see an empty set, no error.
const WORKER_READERS: [&str; 2] = ["ssis_admin", "ssis_cluster_executor"];

pub(super) fn table(seen: &Seen<'_>, database: &str, object: &str) -> Result<Option<Table>, SqlError> {
    let Some(catalog) = seen.database(database).and_then(|(_, found)| found.catalog()) else {
        return Ok(None);
    };
    let admin = seen.is_in(database, &["ssis_admin"]);
    let found = match object {
        "master_properties" => master_properties(catalog),
        "catalog_properties" => catalog_properties(catalog),
        "worker_agents" => worker_agents(catalog, seen.is_in(database, &WORKER_READERS)),
        "alwayson_replicas" => alwayson_replicas(catalog),
        "folders" => folders(seen, catalog, admin),
        "executions" => executions(catalog, admin),
        "operation_messages" => operation_messages(catalog, admin),
        "event_messages" => event_messages(catalog, admin),
        _ => return Ok(None),
    };
    seen.require_object(database, "SELECT", &format!("catalog.{object}"))?;
    Ok(Some(found))
}

/// Without the log connection string, which is kept apart.
fn master_properties(catalog: &Catalog) -> Table {
    sheet!(&catalog.master_properties, (name, value) => {
        property_name: text(256) => name,
        property_value: LONG => value,
    })
}

/// Own rows, and IS_SCALEOUT_ENABLED of the master's once it is there.
fn catalog_properties(catalog: &Catalog) -> Table {
    let of_master = catalog.master_properties.iter().filter(|(name, _)| *name == "IS_SCALEOUT_ENABLED");
    sheet!(catalog.catalog_properties.iter().chain(of_master), (name, value) => {
        property_name: text(256) => name,
        property_value: text(256) => value,
    })
}

fn worker_agents(catalog: &Catalog, visible: bool) -> Table {
    sheet!(catalog.worker_agents.iter().filter(|_| visible), (id, worker) => {
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

fn alwayson_replicas(catalog: &Catalog) -> Table {
    sheet!(&catalog.alwayson_support_state, (server, state) => {
        server_name: text(256) => server,
        state: TINY => *state,
    })
}

fn folders(seen: &Seen<'_>, catalog: &Catalog, visible: bool) -> Table {
    sheet!(catalog.folders.iter().zip(1_i64..).filter(|_| visible), (folder, id) => {
        folder_id: BIG => id,
        name: NAME => folder,
        description: text(1024) => None::<&str>,
        created_by_sid: SID => None::<&Sid>,
        created_by_name: NAME => None::<&str>,
        created_time: OFFSET => Offset(seen.site.now_ms),
    })
}

fn executions(catalog: &Catalog, visible: bool) -> Table {
    sheet!(catalog.executions.iter().filter(|_| visible), (id, execution) => {
        execution_id: BIG => *id,
        folder_name: NAME => &execution.folder,
        project_name: NAME => &execution.project,
        package_name: text(260) => &execution.package,
        reference_id: BIG => None::<i64>,
        executed_as_name: NAME => None::<&str>,
        use32bitruntime: BIT => false,
        operation_type: SMALL => 200_i16,
        created_time: OFFSET => Offset(execution.started_ms),
        object_type: SMALL => 20_i16,
        object_id: BIG => *id,
        status: INT => execution.status,
        start_time: OFFSET => Offset(execution.started_ms),
        end_time: OFFSET => execution.ended_ms.map(Offset),
        caller_name: NAME => None::<&str>,
        process_id: INT => None::<i32>,
        stopped_by_name: NAME => None::<&str>,
        server_name: NAME => None::<&str>,
        machine_name: NAME => None::<&str>,
        executed_count: INT => 1,
        job_id: GUID => execution.scale_out.then_some(Guid(&execution.job_id)),
    })
}

fn operation_messages(catalog: &Catalog, visible: bool) -> Table {
    sheet!(catalog.messages.iter().zip(1_i64..).filter(|_| visible), (message, id) => {
        operation_message_id: BIG => id,
        operation_id: BIG => message.execution_id,
        message_time: OFFSET => Offset(message.at_ms),
        message_type: SMALL => 70_i16,
        message_source_type: SMALL => 10_i16,
        message: LONG => &message.text,
        extended_info_id: BIG => None::<i64>,
    })
}

fn event_messages(catalog: &Catalog, visible: bool) -> Table {
    let package = |id: i64| catalog.executions.get(&id).map(|execution| execution.package.clone());
    sheet!(catalog.messages.iter().zip(1_i64..).filter(|_| visible), (message, id) => {
        event_message_id: BIG => id,
        operation_id: BIG => message.execution_id,
        message_time: OFFSET => Offset(message.at_ms),
        message_type: SMALL => 70_i16,
        message_source_type: SMALL => 10_i16,
        message: LONG => &message.text,
        package_name: text(260) => package(message.execution_id),
        event_name: text(1024) => "OnInformation",
        execution_path: LONG => None::<&str>,
    })
}
