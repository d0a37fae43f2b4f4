//! Procedures of msdb: jobs of SQL Server Agent (sp_add_job and its kin).

use super::call::{Call, optional, output, required};
use super::{answer, done};
use crate::engine::{ParameterSpec, Procedure, ProcedureArgument, ProcedureResult};
use crate::value::{SqlError, SqlValue};
use crate::world::Planned;
use crate::world::seen::Seen;
use crate::world::sheet::{Cell as _, GUID, INT, LONG, NAME, TINY, text};
use scaleout_model::names::LoginName;
use scaleout_sim_site::sql::{JobChange, JobOptions};
use scaleout_sim_site::sql_effect::SqlChange;
use scaleout_sim_site::state::{JobStep, Schedule, Sid};

type Answer = Result<Option<Planned<Procedure>>, SqlError>;

pub(super) fn plan(seen: &Seen<'_>, database: &str, name: &str, arguments: &[ProcedureArgument]) -> Answer {
    let build: fn(&Seen<'_>, &Call) -> Result<Planned<Procedure>, SqlError> = match name {
        "sp_add_job" => add_job,
        "sp_update_job" => update_job,
        "sp_delete_job" => |seen, call| Ok(change(JobChange::DeleteJob { job: job(seen, call)? })),
        "sp_add_jobstep" => add_step,
        "sp_delete_jobstep" => delete_step,
        "sp_add_jobschedule" => add_schedule,
        "sp_detach_schedule" => detach_schedule,
        "sp_add_jobserver" => add_server,
        _ => return Ok(None),
    };
    seen.require_object(database, "EXECUTE", &format!("dbo.{name}"))?;
    let call = Call::new(name, parameters(name), arguments)?;
    build(seen, &call).map(Some)
}

fn change(change: JobChange) -> Planned<Procedure> {
    done(vec![SqlChange::Job(change)])
}

fn number(name: &str, default: i32) -> ParameterSpec {
    optional(name, INT, default.cell())
}

fn null(name: &str) -> ParameterSpec {
    optional(name, NAME, SqlValue::Null)
}

/// `@job_id` or `@job_name`.
fn identity() -> Vec<ParameterSpec> {
    vec![optional("@job_id", GUID, SqlValue::Null), null("@job_name")]
}

fn parameters(name: &str) -> Vec<ParameterSpec> {
    match name {
        "sp_add_job" => {
            let mut list = vec![
                required("@job_name", NAME),
                optional("@enabled", TINY, 1_u8.cell()),
                optional("@description", text(512), SqlValue::Null),
                number("@start_step_id", 1),
                null("@category_name"),
                optional("@category_id", INT, SqlValue::Null),
                null("@owner_login_name"),
            ];
            list.extend(notifications());
            list.push(number("@delete_level", 0));
            list.push(output("@job_id", GUID));
            list
        }
        "sp_update_job" => {
            let mut list = identity();
            list.extend([
                null("@new_name"),
                optional("@enabled", TINY, SqlValue::Null),
                optional("@description", text(512), SqlValue::Null),
                optional("@start_step_id", INT, SqlValue::Null),
                null("@category_name"),
                null("@owner_login_name"),
            ]);
            list.extend(notifications());
            list
        }
        "sp_add_jobstep" => step_parameters(),
        "sp_delete_jobstep" => [identity(), vec![required("@step_id", INT)]].concat(),
        "sp_add_jobschedule" => schedule_parameters(),
        "sp_detach_schedule" => {
            [identity(), vec![null("@schedule_name"), number("@delete_unused_schedule", 0)]].concat()
        }
        "sp_add_jobserver" => [identity(), vec![null("@server_name")]].concat(),
        _ => identity(),
    }
}

fn notifications() -> Vec<ParameterSpec> {
    let levels =
        ["@notify_level_eventlog", "@notify_level_email", "@notify_level_netsend", "@notify_level_page"];
    let operators =
        ["@notify_email_operator_name", "@notify_netsend_operator_name", "@notify_page_operator_name"];
    levels.iter().map(|name| number(name, 0)).chain(operators.iter().map(|name| null(name))).collect()
}

fn step_parameters() -> Vec<ParameterSpec> {
    let mut list = identity();
    list.extend([
        optional("@step_id", INT, SqlValue::Null),
        required("@step_name", NAME),
        optional("@subsystem", text(40), "TSQL".cell()),
        optional("@command", LONG, SqlValue::Null),
        number("@cmdexec_success_code", 0),
        number("@on_success_action", 1),
        number("@on_success_step_id", 0),
        number("@on_fail_action", 2),
        number("@on_fail_step_id", 0),
        null("@server"),
        null("@database_name"),
        null("@database_user_name"),
        number("@retry_attempts", 0),
        number("@retry_interval", 0),
        number("@flags", 0),
    ]);
    list
}

fn schedule_parameters() -> Vec<ParameterSpec> {
    let mut list = identity();
    list.extend([
        required("@name", NAME),
        optional("@enabled", TINY, 1_u8.cell()),
        number("@freq_type", 1),
        number("@freq_interval", 0),
        number("@freq_subday_type", 0),
        number("@freq_subday_interval", 0),
        number("@freq_relative_interval", 0),
        number("@freq_recurrence_factor", 0),
        optional("@active_start_date", INT, SqlValue::Null),
        number("@active_end_date", 99_991_231),
        number("@active_start_time", 0),
        number("@active_end_time", 235_959),
        output("@schedule_id", INT),
    ]);
    list
}

/// The job by name or id; 14262.
fn job(seen: &Seen<'_>, call: &Call) -> Result<String, SqlError> {
    if let Some(id) = call.guid("@job_id") {
        let found = seen.instance.jobs.iter().find(|(_, job)| job.id.eq_ignore_ascii_case(&id));
        let text = format!("The specified @job_id ('{id}') does not exist.");
        return found.map(|(name, _)| name.clone()).ok_or_else(|| SqlError::new(14_262, text));
    }
    call.text("@job_name")
        .ok_or_else(|| SqlError::new(14_294, "Supply either @job_id or @job_name to identify the job."))
}

/// SID of the owner; 14234 for no login.
fn owner(seen: &Seen<'_>, call: &Call) -> Result<Option<Sid>, SqlError> {
    let Some(name) = call.text("@owner_login_name") else { return Ok(None) };
    let found = seen.instance.logins.get(&LoginName::new(&name)).map(|login| login.sid.clone());
    let text = "The specified '@owner_login_name' is invalid (valid values are returned by sp_helplogins [excluding Windows NT groups]).";
    found.map(Some).ok_or_else(|| SqlError::new(14_234, text))
}

fn add_job(seen: &Seen<'_>, call: &Call) -> Result<Planned<Procedure>, SqlError> {
    let owner = match owner(seen, call)? {
        Some(sid) => sid,
        None => seen.sid()?,
    };
    let add = JobChange::AddJob {
        job: call.text("@job_name").unwrap_or_default(),
        enabled: call.number("@enabled") == Some(1),
        description: call.text("@description").unwrap_or_else(|| "No description available.".to_owned()),
        owner,
    };
    if !call.output("@job_id", SqlValue::Null).is_empty() {
        return Err(SqlError::not_implemented("sp_add_job … @job_id OUTPUT: ask for the job by its name"));
    }
    Ok(answer(vec![SqlChange::Job(add)], ProcedureResult::default()))
}

fn update_job(seen: &Seen<'_>, call: &Call) -> Result<Planned<Procedure>, SqlError> {
    let options = JobOptions {
        new_name: call.text("@new_name"),
        enabled: call.number("@enabled").map(|enabled| enabled == 1),
        description: call.text("@description"),
        owner: owner(seen, call)?,
    };
    Ok(change(JobChange::UpdateJob { job: job(seen, call)?, options }))
}

fn add_step(seen: &Seen<'_>, call: &Call) -> Result<Planned<Procedure>, SqlError> {
    if !call.text("@subsystem").is_some_and(|subsystem| subsystem.eq_ignore_ascii_case("TSQL")) {
        return Err(SqlError::not_implemented("job steps other than TSQL"));
    }
    let number = |name: &str, default: i32| call.number(name).unwrap_or(default);
    let step = JobStep {
        name: call.text("@step_name").unwrap_or_default(),
        database: call.text("@database_name").unwrap_or_else(|| "master".to_owned()),
        command: call.text("@command").unwrap_or_default(),
        on_success: number("@on_success_action", 1),
        on_fail: number("@on_fail_action", 2),
        retry_attempts: number("@retry_attempts", 0),
        retry_interval: number("@retry_interval", 0),
    };
    let place = call.number("@step_id").and_then(|id| usize::try_from(id).ok());
    Ok(change(JobChange::AddJobStep { job: job(seen, call)?, place, step }))
}

fn delete_step(seen: &Seen<'_>, call: &Call) -> Result<Planned<Procedure>, SqlError> {
    let place = call.number("@step_id").and_then(|id| usize::try_from(id).ok()).unwrap_or(usize::MAX);
    Ok(change(JobChange::DeleteJobStep { job: job(seen, call)?, place }))
}

fn add_schedule(seen: &Seen<'_>, call: &Call) -> Result<Planned<Procedure>, SqlError> {
    let number = |name: &str| call.number(name).unwrap_or(0);
    let settings = Schedule {
        id: 0,
        enabled: call.number("@enabled") == Some(1),
        freq_type: number("@freq_type"),
        freq_interval: number("@freq_interval"),
        freq_subday_type: number("@freq_subday_type"),
        freq_subday_interval: number("@freq_subday_interval"),
        active_start_time: number("@active_start_time"),
    };
    let schedule = call.text("@name").unwrap_or_default();
    Ok(change(JobChange::AddJobSchedule { job: job(seen, call)?, schedule, settings }))
}

fn detach_schedule(seen: &Seen<'_>, call: &Call) -> Result<Planned<Procedure>, SqlError> {
    let schedule = call.text("@schedule_name").unwrap_or_default();
    Ok(change(JobChange::DetachSchedule { job: job(seen, call)?, schedule }))
}

/// Only the local server: `(local)` or its own name.
fn add_server(seen: &Seen<'_>, call: &Call) -> Result<Planned<Procedure>, SqlError> {
    let server = call.text("@server_name").unwrap_or_else(|| "(local)".to_owned());
    if !server.eq_ignore_ascii_case("(local)") && !server.eq_ignore_ascii_case(seen.replica.as_str()) {
        let text = format!("The specified @server_name ('{server}') does not exist.");
        return Err(SqlError::new(14_262, text));
    }
    Ok(change(JobChange::AddJobServer { job: job(seen, call)? }))
}
