//! Objects of a database: tables, views, procedures, keys, assemblies.

use crate::engine::Table;
use crate::world::seen::Seen;
use crate::world::sheet::{BIT, BYTES, DATE, GUID, Guid, INT, Moment, NAME, TINY, binary, code, sheet, text};
use scaleout_sim_site::state::{Database, Procedure};

/// Views of the schema `catalog`.
const CATALOG_VIEWS: [&str; 8] = [
    "master_properties",
    "catalog_properties",
    "worker_agents",
    "alwayson_replicas",
    "folders",
    "executions",
    "operation_messages",
    "event_messages",
];

/// Tables of the schema `internal`.
const INTERNAL_TABLES: [&str; 7] = [
    "tasks",
    "jobs",
    "executions",
    "master_properties",
    "worker_agents",
    "alwayson_support_state",
    "operation_messages",
];

/// Procedures of SSISDB that are answered here (SSISDB schema 2019).
const CATALOG_PROCEDURES: [&str; 26] = [
    "catalog.configure_catalog",
    "catalog.create_execution",
    "catalog.create_folder",
    "catalog.delete_worker_agent",
    "catalog.disable_worker_agent",
    "catalog.enable_scaleout",
    "catalog.enable_worker_agent",
    "catalog.set_execution_parameter_value",
    "catalog.set_worker_agent_property",
    "catalog.start_execution",
    "catalog.startup",
    "catalog.stop_operation",
    "catalog.check_schema_version",
    "catalog.add_execution_worker",
    "catalog.update_logdb_info",
    "catalog.update_master_address",
    "internal.add_replica_info",
    "internal.cleanup_server_project_version",
    "internal.cleanup_server_retention_window",
    "internal.delete_replica_info",
    "internal.get_log_dbconnection",
    "internal.master_heartbeat",
    "internal.refresh_replica_status",
    "internal.update_master_settings",
    "internal.update_replica_info",
    "internal.update_worker_agent_status",
];

/// Tables of msdb.
const JOB_TABLES: [&str; 6] =
    ["sysjobs", "sysjobsteps", "sysjobschedules", "sysschedules", "sysjobservers", "backupset"];

/// Procedures of msdb.
const JOB_PROCEDURES: [&str; 8] = [
    "sp_add_job",
    "sp_update_job",
    "sp_delete_job",
    "sp_add_jobstep",
    "sp_delete_jobstep",
    "sp_detach_schedule",
    "sp_add_jobschedule",
    "sp_add_jobserver",
];

/// An object that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) schema: String,
    pub(crate) name: String,
    /// `type`: `U`, `V`, `P`.
    pub(crate) kind: &'static str,
    /// T-SQL that was given by DDL.
    pub(crate) procedure: Option<Procedure>,
}

impl Known {
    fn new(schema: &str, name: &str, kind: &'static str) -> Self {
        Self { schema: schema.to_owned(), name: name.to_owned(), kind, procedure: None }
    }

    /// `schema.name`.
    pub(crate) fn full_name(&self) -> String {
        format!("{}.{}", self.schema, self.name)
    }

    /// `type_desc`.
    fn kind_text(&self) -> &'static str {
        match self.kind {
            "U" => "USER_TABLE",
            "V" => "VIEW",
            _ => "SQL_STORED_PROCEDURE",
        }
    }
}

/// All objects of a database, of any rights.
pub(crate) fn known_objects(seen: &Seen<'_>, name: &str) -> Vec<Known> {
    let Some((_, database)) = seen.database(name) else { return Vec::new() };
    let mut known = Vec::new();
    if name.eq_ignore_ascii_case("msdb") {
        known.extend(JOB_TABLES.iter().map(|table| Known::new("dbo", table, "U")));
        known.extend(JOB_PROCEDURES.iter().map(|procedure| Known::new("dbo", procedure, "P")));
    }
    if let Some(catalog) = database.catalog() {
        known.extend(CATALOG_VIEWS.iter().map(|view| Known::new("catalog", view, "V")));
        known.extend(INTERNAL_TABLES.iter().map(|table| Known::new("internal", table, "U")));
        let present =
            |full: &&&str| !catalog.absent_procedures.iter().any(|absent| absent.eq_ignore_ascii_case(full));
        known.extend(CATALOG_PROCEDURES.iter().filter(present).map(|full| {
            let (schema, name) = full.split_once('.').unwrap_or(("dbo", full));
            Known::new(schema, name, "P")
        }));
    }
    known.extend(database.content.procedures.iter().map(|(full, procedure)| {
        let (schema, name) = full.split_once('.').unwrap_or(("dbo", full));
        Known { procedure: Some(procedure.clone()), ..Known::new(schema, name, "P") }
    }));
    known
}

/// `object_id`: positive, the same for the same name in the same database.
pub(crate) fn object_id(database: &str, object: &Known) -> i32 {
    let text = format!("{database}.{}", object.full_name()).to_lowercase();
    let hash =
        text.bytes().fold(2_166_136_261_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(16_777_619));
    i32::try_from(hash >> 1).unwrap_or(1).max(1_000)
}

pub(super) fn table(seen: &Seen<'_>, name: &str, object: &str) -> Option<Table> {
    let (_, database) = seen.database(name)?;
    Some(match object {
        "objects" | "all_objects" => objects(seen, name, database),
        "procedures" => procedures(seen, name, database),
        "symmetric_keys" => symmetric_keys(seen, name, database),
        "key_encryptions" => key_encryptions(seen, name, database),
        "assemblies" => assemblies(database),
        "assembly_files" => assembly_files(database),
        _ => return None,
    })
}

/// Objects that the session may know of: all with VIEW DEFINITION, else those on which it has a permission.
fn visible(seen: &Seen<'_>, name: &str) -> Vec<Known> {
    let all = seen.sees_database_definitions(name);
    let any = |object: &Known| {
        ["SELECT", "EXECUTE"].iter().any(|right| seen.may_object(name, right, &object.full_name()))
    };
    known_objects(seen, name).into_iter().filter(|object| all || any(object)).collect()
}

fn objects(seen: &Seen<'_>, name: &str, database: &Database) -> Table {
    sheet!(visible(seen, name), object => {
        name: NAME => &object.name,
        object_id: INT => object_id(name, &object),
        principal_id: INT => None::<i32>,
        schema_id: INT => if object.schema == "dbo" { 1 } else if object.schema == "catalog" { 5 } else { 6 },
        parent_object_id: INT => 0,
        type: code(2) => object.kind,
        type_desc: text(60) => object.kind_text(),
        create_date: DATE => Moment(database.created_ms),
        modify_date: DATE => Moment(database.created_ms),
        is_ms_shipped: BIT => object.procedure.is_none(),
        is_published: BIT => false,
        is_schema_published: BIT => false,
    })
}

fn procedures(seen: &Seen<'_>, name: &str, database: &Database) -> Table {
    sheet!(visible(seen, name).into_iter().filter(|object| object.kind == "P"), object => {
        name: NAME => &object.name,
        object_id: INT => object_id(name, &object),
        principal_id: INT => None::<i32>,
        schema_id: INT => if object.schema == "dbo" { 1 } else if object.schema == "catalog" { 5 } else { 6 },
        parent_object_id: INT => 0,
        type: code(2) => "P",
        type_desc: text(60) => "SQL_STORED_PROCEDURE",
        create_date: DATE => Moment(database.created_ms),
        modify_date: DATE => Moment(database.created_ms),
        is_ms_shipped: BIT => object.procedure.is_none(),
        is_published: BIT => false,
        is_schema_published: BIT => false,
        is_auto_executed: BIT => object.procedure.as_ref().is_some_and(|procedure| procedure.at_startup),
    })
}

/// `##MS_DatabaseMasterKey##` where there is one, and the log key once a string was stored; VIEW DEFINITION.
fn symmetric_keys(seen: &Seen<'_>, name: &str, database: &Database) -> Table {
    let all = seen.sees_database_definitions(name);
    let catalog = database.catalog().filter(|_| all);
    let mut rows: Vec<(&str, i32)> = Vec::new();
    if let Some(catalog) = catalog {
        rows.extend(catalog.master_key.as_ref().map(|_| ("##MS_DatabaseMasterKey##", 101)));
        rows.extend(catalog.log_connection_string.as_ref().map(|_| ("MS_Enckey_LOGDB", 256)));
    }
    sheet!(rows, (key, id) => {
        name: NAME => key,
        principal_id: INT => 1,
        symmetric_key_id: INT => id,
        key_length: INT => 256,
        key_algorithm: code(2) => "A3",
        algorithm_desc: text(60) => "AES_256",
        create_date: DATE => Moment(database.created_ms),
        modify_date: DATE => Moment(database.created_ms),
        key_guid: GUID => Guid(&database.family_guid),
        key_thumbprint: binary(32) => None::<Vec<u8>>,
        provider_type: text(120) => None::<&str>,
    })
}

/// What protects the master key: its password, and a service master key. Which one is not told.
fn key_encryptions(seen: &Seen<'_>, name: &str, database: &Database) -> Table {
    let all = seen.sees_database_definitions(name);
    let key = database.catalog().filter(|_| all).and_then(|catalog| catalog.master_key.as_ref());
    let mut rows = Vec::new();
    if let Some(key) = key {
        rows.push(("ESKP", "ENCRYPTION_BY_PASSWORD"));
        rows.extend(key.encrypted_by.as_ref().map(|_| ("ESKM", "ENCRYPTION_BY_MASTER_KEY")));
    }
    sheet!(rows, (kind, text_of_kind) => {
        key_id: INT => 101,
        thumbprint: binary(32) => None::<Vec<u8>>,
        crypt_type: code(4) => kind,
        crypt_type_desc: text(60) => text_of_kind,
        crypt_property: BYTES => None::<Vec<u8>>,
    })
}

/// Name of the catalog's assembly.
const ASSEMBLY: &str = "ISSERVER";

fn assemblies(database: &Database) -> Table {
    sheet!(database.catalog(), _catalog => {
        name: NAME => ASSEMBLY,
        principal_id: INT => 1,
        assembly_id: INT => 65_536,
        clr_name: text(4000) => "microsoft.sqlserver.integrationservices.server",
        permission_set: TINY => 3_u8,
        permission_set_desc: text(60) => "UNSAFE_ACCESS",
        is_visible: BIT => true,
        create_date: DATE => Moment(database.created_ms),
        modify_date: DATE => Moment(database.created_ms),
        is_user_defined: BIT => true,
    })
}

fn assembly_files(database: &Database) -> Table {
    sheet!(database.catalog(), catalog => {
        assembly_id: INT => 65_536,
        name: text(260) => "Microsoft.SqlServer.IntegrationServices.Server.dll",
        file_id: INT => 1,
        content: BYTES => catalog.assembly.as_slice().to_vec(),
    })
}
