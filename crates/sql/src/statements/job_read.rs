//! Reads of msdb: the catalog's Agent jobs, and when SSISDB was backed up here (backupset). Sent only where the login may
//! read the tables of jobs.

use super::{build_int, build_select, build_text};
use crate::escape::quote_text;
use scaleout_model::defaults::{FAILOVER_JOB, MAINTENANCE_JOB};

/// The whole batch, in `master`, by three-part names.
pub(crate) fn build_job_batch() -> String {
    [build_jobs(), build_backups()].concat()
}

/// Ages of SSISDB's newest backups here by the server's clock, NULL where there is none; no row without the right.
fn build_backups() -> String {
    let age = |kind: &str| {
        format!(
            "DATEDIFF_BIG(SECOND, (SELECT MAX(b.backup_finish_date) FROM msdb.dbo.backupset AS b WHERE b.database_name = \
             N'SSISDB' AND b.type = N'{kind}'), SYSDATETIME())"
        )
    };
    let row = build_select("backup", &[("log_age", &age("L")), ("full_age", &age("D"))]);
    format!("IF HAS_PERMS_BY_NAME(N'msdb.dbo.backupset', N'OBJECT', N'SELECT') = 1\n{row};\n")
}

/// Both jobs.
fn build_jobs() -> String {
    let steps = "(SELECT COUNT(*) FROM msdb.dbo.sysjobsteps AS s WHERE s.job_id = j.job_id)";
    let schedules = "(SELECT COUNT(*) FROM msdb.dbo.sysjobschedules AS x JOIN msdb.dbo.sysschedules AS c ON c.schedule_id = \
                     x.schedule_id WHERE x.job_id = j.job_id AND c.enabled = 1)";
    let row = build_select(
        "job",
        &[
            ("name", &build_text("j.name")),
            ("enabled", &build_int("j.enabled")),
            ("owner", &build_text("p.name")),
            ("steps", &build_int(steps)),
            ("schedules", &build_int(schedules)),
        ],
    );
    format!(
        "{row}\nFROM msdb.dbo.sysjobs AS j LEFT JOIN sys.server_principals AS p ON p.sid = j.owner_sid\nWHERE j.name IN \
         ({}, {});\n",
        quote_text(FAILOVER_JOB),
        quote_text(MAINTENANCE_JOB)
    )
}
