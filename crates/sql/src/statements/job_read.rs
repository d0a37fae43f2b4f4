//! Reads of the catalog's Agent jobs in msdb. Sent only where the login may read the tables.

use super::{build_int, build_select, build_text};
use crate::escape::quote_text;
use scaleout_model::defaults::{FAILOVER_JOB, MAINTENANCE_JOB};

/// Both jobs, in `master`, by three-part names.
pub(crate) fn build_job_batch() -> String {
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
