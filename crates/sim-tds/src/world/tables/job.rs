//! Jobs of SQL Server Agent, and the history of backups that were taken on this instance (backupset): base tables of msdb, so SELECT must be granted (229).

use crate::engine::Table;
use crate::value::SqlError;
use crate::world::seen::Seen;
use crate::world::sheet::{DATE, GUID, Guid, INT, LONG, Moment, NAME, SID, TINY, code, sheet, text};
use scaleout_sim_site::state::{Job, JobStep, Schedule};

pub(super) fn table(seen: &Seen<'_>, database: &str, object: &str) -> Result<Option<Table>, SqlError> {
    let build: fn(&Seen<'_>) -> Table = match object {
        "sysjobs" => sysjobs,
        "sysjobsteps" => sysjobsteps,
        "sysjobschedules" => sysjobschedules,
        "sysschedules" => sysschedules,
        "sysjobservers" => sysjobservers,
        "backupset" => backupset,
        _ => return Ok(None),
    };
    seen.require_object(database, "SELECT", &format!("dbo.{object}"))?;
    Ok(Some(build(seen)))
}

fn jobs<'a>(seen: &Seen<'a>) -> impl Iterator<Item = (&'a String, &'a Job)> {
    seen.instance.jobs.iter()
}

fn sysjobs(seen: &Seen<'_>) -> Table {
    sheet!(jobs(seen), (name, job) => {
        job_id: GUID => Guid(&job.id),
        originating_server_id: INT => 0,
        name: NAME => name,
        enabled: TINY => u8::from(job.enabled),
        description: text(512) => &job.description,
        start_step_id: INT => 1,
        category_id: INT => 0,
        owner_sid: SID => &job.owner,
        notify_level_eventlog: INT => 0,
        notify_level_email: INT => 0,
        notify_level_netsend: INT => 0,
        notify_level_page: INT => 0,
        delete_level: INT => 0,
        date_created: DATE => Moment(job.created_ms),
        date_modified: DATE => Moment(job.created_ms),
        version_number: INT => 1,
    })
}

fn sysjobsteps(seen: &Seen<'_>) -> Table {
    let rows: Vec<(&str, i32, &JobStep)> = jobs(seen)
        .flat_map(|(_, job)| (1..).zip(&job.steps).map(|(at, step)| (job.id.as_str(), at, step)))
        .collect();
    sheet!(rows, (job, at, step) => {
        job_id: GUID => Guid(job),
        step_id: INT => at,
        step_name: NAME => &step.name,
        subsystem: text(40) => "TSQL",
        command: LONG => &step.command,
        flags: INT => 0,
        on_success_action: TINY => u8::try_from(step.on_success).unwrap_or(1),
        on_success_step_id: INT => 0,
        on_fail_action: TINY => u8::try_from(step.on_fail).unwrap_or(2),
        on_fail_step_id: INT => 0,
        server: NAME => None::<&str>,
        database_name: NAME => &step.database,
        retry_attempts: INT => step.retry_attempts,
        retry_interval: INT => step.retry_interval,
    })
}

fn schedules<'a>(seen: &Seen<'a>) -> Vec<(&'a str, &'a String, &'a Schedule)> {
    jobs(seen).flat_map(|(_, job)| job.schedules.iter().map(|(name, s)| (job.id.as_str(), name, s))).collect()
}

fn sysjobschedules(seen: &Seen<'_>) -> Table {
    sheet!(schedules(seen), (job, _, schedule) => {
        schedule_id: INT => schedule.id,
        job_id: GUID => Guid(job),
        next_run_date: INT => 0,
        next_run_time: INT => 0,
    })
}

fn sysschedules(seen: &Seen<'_>) -> Table {
    sheet!(schedules(seen), (_, name, schedule) => {
        schedule_id: INT => schedule.id,
        originating_server_id: INT => 0,
        name: NAME => name,
        owner_sid: SID => None::<&scaleout_sim_site::state::Sid>,
        enabled: INT => i32::from(schedule.enabled),
        freq_type: INT => schedule.freq_type,
        freq_interval: INT => schedule.freq_interval,
        freq_subday_type: INT => schedule.freq_subday_type,
        freq_subday_interval: INT => schedule.freq_subday_interval,
        freq_relative_interval: INT => 0,
        freq_recurrence_factor: INT => 0,
        active_start_date: INT => 20_000_101,
        active_end_date: INT => 99_991_231,
        active_start_time: INT => schedule.active_start_time,
        active_end_time: INT => 235_959,
    })
}

fn sysjobservers(seen: &Seen<'_>) -> Table {
    sheet!(jobs(seen).filter(|(_, job)| job.local_server), (_, job) => {
        job_id: GUID => Guid(&job.id),
        server_id: INT => 0,
        last_run_outcome: TINY => if job.last_run_ms.is_none() { 5_u8 } else { u8::from(job.last_error == 0) },
        last_outcome_message: text(4000) => None::<&str>,
        last_run_date: INT => 0,
        last_run_time: INT => 0,
        last_run_duration: INT => 0,
    })
}

/// `type`: `D` database, `L` log (backupset, Transact-SQL).
fn backupset(seen: &Seen<'_>) -> Table {
    sheet!((1..).zip(&seen.instance.backups), (id, backup) => {
        backup_set_id: INT => id,
        database_name: NAME => &backup.database,
        type: code(1) => &backup.kind,
        backup_start_date: DATE => Moment(backup.at_ms),
        backup_finish_date: DATE => Moment(backup.at_ms),
    })
}
