//! #18 to #28 and #39 to #43: availability groups, the master key, patches.

use super::{Entry, set, unset};
use crate::plan::{Plan, Step};
use crate::probes::{last_execution_is, primary};
use crate::scene::{MONITOR_JOB, Scene, escaped};
use anyhow::{Result, bail};
use serde_json::json;

const NO_PATCHES: &str = "patches and upgrades of SQL Server are not simulated";

pub(super) static ENTRIES: &[Entry] = &[
    Entry::by(
        &[18, 42],
        "no credential of the secondary is for SSISDB's family; then a failover",
        "15581 from internal.get_log_dbconnection on the new primary",
        without_master_key,
    ),
    Entry::not(
        &[19],
        "the failover monitor job fails with 512 where several groups hold an SSISDB",
        "one site has one SSISDB; the T-SQL of job steps is not run",
    ),
    Entry::by(
        &[20],
        "the role ssis_failover_monitoring_agent may execute nothing",
        "the last run of the failover monitor job failed",
        |scene| {
            let grants = scene.content("roleGrants/ssis_failover_monitoring_agent");
            let due = [Step::MonitorJobIsDue(scene.primary.clone())];
            let cause = [set(grants, json!([]))];
            Ok(Plan::new(cause, job_failed).then(due.clone()).after(due))
        },
    ),
    Entry::by(
        &[21],
        "the primary is not registered in internal.alwayson_support_state",
        "27228 from internal.refresh_replica_status; the failover monitor job failed",
        |scene| {
            let due = [Step::MonitorJobIsDue(scene.primary.clone())];
            let row = scene.content(&format!("catalog/alwaysonSupportState/{}", escaped(&scene.primary)));
            let plan = Plan::new([unset(row)], |outside, scene| {
                let refresh = format!(
                    "DECLARE @s tinyint; EXEC SSISDB.internal.refresh_replica_status @server_name = N'{}', \
                     @status = @s OUTPUT;",
                    scene.primary
                );
                let number = outside.error(&scene.primary, &scene.operator, &refresh)?;
                Ok(number == 27_228 && job_failed(outside, scene)?)
            });
            Ok(plan.then(due.clone()).after(due))
        },
    ),
    Entry::not(
        &[22],
        "\"Enable Always On Support\" is greyed out",
        "a window of SQL Server Management Studio; support is enabled by its parts",
    ),
    Entry::not(&[23], "an upgrade is blocked while SSISDB is in a group", NO_PATCHES),
    Entry::not(&[24], "a patch fails (912, 3417, 945) and the instance does not start", NO_PATCHES),
    Entry::not(&[25], "a patch fails because SSISDB's log is full (9002)", NO_PATCHES),
    Entry::not(&[26], "a patch fails where SSISDB is left and the feature is gone", NO_PATCHES),
    Entry::not(&[27], "a patch breaks instances with SSISDB (3602)", NO_PATCHES),
    Entry::not(&[28], "the order of patches breaks an instance", NO_PATCHES),
    Entry::not(&[39], "delegation is refused to packages", "Kerberos delegation is not simulated"),
    Entry::not(&[40], "failover cluster instances instead of groups", "no failure: people's choice"),
    Entry::by(
        &[41],
        "the primary's copy of SSISDB belongs to a SID that is no login",
        "packages do not start (10314), catalog views answer",
        |scene| {
            let owner = scene.content("").replace("/content/", "/owner");
            Ok(Plan::new([set(owner, "00112233445566778899AABBCCDDEEFF")], |outside, scene| {
                let views = outside.value(
                    &scene.primary,
                    &scene.operator,
                    "SELECT COUNT(*) FROM SSISDB.catalog.folders",
                );
                match outside.sim.ctl(["task", "start", scene.worker()]) {
                    Ok(_) => outside.sim.ctl(["task", "end", scene.worker()]).map(|_| false),
                    Err(error) if error.to_string().contains("10314") => views.map(|_| true),
                    Err(error) => Err(error),
                }
            }))
        },
    ),
    Entry::by(
        &[43],
        "a failover while a package runs; the failover monitor job notices it",
        "the execution ended unexpectedly (6); it turns to succeeded (7) when the worker reports",
        |scene| {
            let worker = scene.worker().to_owned();
            let plan = Plan::new([], |outside, scene| last_execution_is(outside, scene, "6"));
            let (to, back) = (scene.secondary.clone(), scene.primary.clone());
            Ok(plan
                .before([Step::StartTask(worker.clone())])
                .then([Step::FailOver(to.clone()), Step::MonitorJobIsDue(to)])
                .after([Step::EndTask(worker), Step::FailOver(back.clone()), Step::MonitorJobIsDue(back)]))
        },
    ),
];

pub(super) fn foreign_credential(scene: &Scene) -> Result<Vec<crate::plan::Change>> {
    let credentials = Scene::instance(&scene.secondary, "credentials");
    let paths = scene.keys(&credentials).into_iter();
    let paths = paths.map(|key| format!("{credentials}/{}/familyGuid", escaped(&key)));
    let of_database = paths.filter(|path| scene.get(path).is_some_and(serde_json::Value::is_string));
    let cause: Vec<_> = of_database.map(|path| set(path, "00000000-0000-0000-0000-000000000001")).collect();
    if cause.is_empty() {
        bail!("no credential of a master key on {}", scene.secondary);
    }
    Ok(cause)
}

fn without_master_key(scene: &Scene) -> Result<Plan> {
    let cause = foreign_credential(scene)?;
    let plan = Plan::new(cause, |outside, scene| {
        let get = "DECLARE @s nvarchar(max); EXEC SSISDB.internal.get_log_dbconnection @connection_string = @s OUTPUT;";
        Ok(outside.error(&primary(outside, scene)?, &scene.operator, get)? == 15_581)
    });
    Ok(plan.then([Step::FailOver(scene.secondary.clone())]).after([Step::FailOver(scene.primary.clone())]))
}

fn job_failed(outside: &crate::outside::Outside<'_>, scene: &Scene) -> Result<bool> {
    let query = format!(
        "SELECT s.last_run_outcome FROM msdb.dbo.sysjobservers AS s JOIN msdb.dbo.sysjobs AS j ON j.job_id = s.job_id \
         WHERE j.name = N'{MONITOR_JOB}'"
    );
    Ok(outside.value(&scene.primary, &scene.operator, &query)? == "0")
}
