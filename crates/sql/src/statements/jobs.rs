//! The catalog's two Agent jobs in msdb (sp_add_job, sp_add_jobstep, sp_add_jobschedule, sp_add_jobserver). Names, schedules and
//! guards as the product makes them; the server's name is `@@SERVERNAME`, not a literal, so a copied job stays right.

use super::{ANYWHERE, Refuse, build_flag, build_int, build_look, build_refusal};
use crate::escape::quote_text;
use scaleout_model::defaults::{CLEANUP_LOGIN, FAILOVER_JOB, MAINTENANCE_JOB};
use std::fmt::Write as _;

/// Step of the failover monitor: acts on the primary only.
pub(crate) const MONITOR_STEP: &str = "IF sys.fn_hadr_is_primary_replica(N'SSISDB') = 1
BEGIN
DECLARE @status tinyint;
EXEC SSISDB.internal.refresh_replica_status @server_name = @@SERVERNAME, @status = @status OUTPUT;
IF @status = 1
EXEC SSISDB.catalog.startup;
END";

/// First step of the maintenance job.
pub(crate) const RETENTION_STEP: &str = "IF DB_ID(N'SSISDB') IS NOT NULL AND \
     ISNULL(CAST(sys.fn_hadr_is_primary_replica(N'SSISDB') AS int), 1) = 1
EXEC SSISDB.internal.cleanup_server_retention_window";

/// Second step of the maintenance job.
pub(crate) const VERSIONS_STEP: &str = "IF DB_ID(N'SSISDB') IS NOT NULL AND \
     ISNULL(CAST(sys.fn_hadr_is_primary_replica(N'SSISDB') AS int), 1) = 1
EXEC SSISDB.internal.cleanup_server_project_version";

/// A step: name, text, whether another follows.
struct JobStep {
    name: &'static str,
    command: &'static str,
    more: bool,
}

/// A job as it shall be.
pub(crate) struct Job {
    name: &'static str,
    description: &'static str,
    steps: &'static [JobStep],
    schedule: &'static str,
    /// `@freq_subday_type`, `@freq_subday_interval`: 4 = minutes, 1 = once at the start time.
    every: (u8, u8),
    retries: u8,
}

/// Every two minutes, all day.
pub(crate) const MONITOR: Job = Job {
    name: FAILOVER_JOB,
    description: "Runs catalog.startup after SSISDB has failed over.",
    steps: &[JobStep { name: "AlwaysOn Failover Monitor", command: MONITOR_STEP, more: false }],
    schedule: "Monitor Scheduler",
    every: (4, 2),
    retries: 0,
};

/// Daily at midnight.
pub(crate) const MAINTENANCE: Job = Job {
    name: MAINTENANCE_JOB,
    description: "Removes old operation records and project versions from SSISDB.",
    steps: &[
        JobStep { name: "SSIS Server Operation Records Maintenance", command: RETENTION_STEP, more: true },
        JobStep {
            name: "SSIS Server Max Version Per Project Maintenance",
            command: VERSIONS_STEP,
            more: false,
        },
    ],
    schedule: "SSISDB Scheduler",
    every: (1, 0),
    retries: 3,
};

fn job_is(job: &Job, condition: &str) -> String {
    format!("EXISTS (SELECT 1 FROM dbo.sysjobs AS j WHERE j.name = {}{condition})", quote_text(job.name))
}

const OWNED: &str = " AND EXISTS (SELECT 1 FROM sys.server_principals AS p WHERE p.sid = j.owner_sid)";
const SCHEDULED: &str = " AND EXISTS (SELECT 1 FROM dbo.sysjobschedules AS x JOIN dbo.sysschedules AS c ON c.schedule_id = \
                         x.schedule_id WHERE x.job_id = j.job_id AND c.enabled = 1)";
/// With a schedule of this name that is off.
fn is_paused(schedule: &str) -> String {
    format!(
        " AND EXISTS (SELECT 1 FROM dbo.sysjobschedules AS x JOIN dbo.sysschedules AS c ON c.schedule_id = x.schedule_id \
         WHERE x.job_id = j.job_id AND c.enabled = 0 AND c.name = {})",
        quote_text(schedule)
    )
}

const TARGETED: &str = " AND EXISTS (SELECT 1 FROM dbo.sysjobservers AS t WHERE t.job_id = j.job_id)";

fn has_step(step: usize) -> String {
    format!(
        " AND EXISTS (SELECT 1 FROM dbo.sysjobsteps AS s WHERE s.job_id = j.job_id AND s.step_id = {step})"
    )
}

/// Whether the job is there, enabled, owned, scheduled, targeted and with its steps; what is missing, one by one. In
/// `msdb`.
pub(crate) fn look_at_job(job: &Job) -> String {
    let steps: String = (1..=job.steps.len()).map(has_step).collect();
    let done = build_flag(&job_is(job, &format!(" AND j.enabled = 1{OWNED}{SCHEDULED}{TARGETED}{steps}")));
    let login = format!(
        "EXISTS (SELECT 1 FROM sys.server_principals AS l WHERE l.name = {})",
        quote_text(CLEANUP_LOGIN)
    );
    let refuse = build_refusal(&format!("NOT {login}"), Refuse::CleanupLoginMissing);
    let present = build_int(&build_flag(&job_is(job, "")));
    build_look(ANYWHERE, &done, &refuse, &[("present", &present)])
}

/// Adds what is missing and corrects what differs; steps that are there are left.
pub(crate) fn ensure_job(job: &Job) -> String {
    let (name, owner) = (quote_text(job.name), quote_text(CLEANUP_LOGIN));
    let mut text = format!(
        "IF NOT {}\nEXEC dbo.sp_add_job @job_name = {name}, @enabled = 1, @description = {}, @owner_login_name = \
         {owner};\n",
        job_is(job, ""),
        quote_text(job.description)
    );
    let _ = write!(
        text,
        "IF NOT {}\nEXEC dbo.sp_update_job @job_name = {name}, @owner_login_name = {owner};\nIF NOT {}\nEXEC \
         dbo.sp_update_job @job_name = {name}, @enabled = 1;\n",
        job_is(job, OWNED),
        job_is(job, " AND j.enabled = 1")
    );
    for (index, step) in (1..).zip(job.steps) {
        let success = if step.more { 3 } else { 1 };
        let failure = if step.more { 3 } else { 2 };
        let _ = write!(
            text,
            "IF NOT {}\nEXEC dbo.sp_add_jobstep @job_name = {name}, @step_id = {index}, @step_name = {}, @subsystem = \
             N'TSQL', @command = {}, @database_name = N'master', @on_success_action = {success}, @on_fail_action = \
             {failure}, @retry_attempts = {}, @retry_interval = {};\n",
            job_is(job, &has_step(index)),
            quote_text(step.name),
            quote_text(step.command),
            job.retries,
            job.retries,
        );
    }
    let (unit, interval) = job.every;
    let _ = write!(
        text,
        "IF NOT {} AND {}\nEXEC dbo.sp_detach_schedule @job_name = {name}, @schedule_name = {}, @delete_unused_schedule = \
         1;\nIF NOT {}\nEXEC dbo.sp_add_jobschedule @job_name = {name}, @name = {}, @enabled = 1, @freq_type = 4, @freq_interval \
         = 1, @freq_subday_type = {unit}, @freq_subday_interval = {interval}, @active_start_time = 0;\nIF NOT {}\nEXEC \
         dbo.sp_add_jobserver @job_name = {name}, @server_name = N'(local)';",
        job_is(job, SCHEDULED),
        job_is(job, &is_paused(job.schedule)),
        quote_text(job.schedule),
        job_is(job, SCHEDULED),
        quote_text(job.schedule),
        job_is(job, TARGETED)
    );
    text
}
