//! SQL Server Agent: the failover monitor job (domain §7.3).

use crate::catalog;
use crate::state::{Job, Site, instance_name};
use scaleout_model::defaults::CATALOG_DATABASE;
use scaleout_model::names::ReplicaName;

/// `freq_subday_type` for minutes.
const MINUTES: i32 = 4;
/// EXECUTE permission denied.
const PERMISSION_DENIED: i32 = 229;
/// Role that may refresh the replicas' status.
const MONITOR_ROLE: &str = "ssis_failover_monitoring_agent";

/// Runs jobs that monitor failover, where SQL Server Agent runs and their time has come.
pub(super) fn settle(site: &mut Site) {
    let now = site.now_ms;
    let mut due = Vec::new();
    for (name, node) in &site.nodes {
        for (instance_key, instance) in &node.instances {
            if node.sql_agent_runs(instance_key) {
                let replica = instance_name(name, instance_key.as_str());
                let jobs = instance.jobs.iter().filter(|(_, job)| is_monitor(job) && is_due(job, now));
                due.extend(jobs.map(|(job, _)| (replica.clone(), job.clone())));
            }
        }
    }
    for (replica, job) in due {
        let error = run(site, &replica, &job);
        if let Some(job) = site.instance_mut(&replica).and_then(|instance| instance.jobs.get_mut(&job)) {
            job.last_run_ms = Some(now);
            job.last_error = error;
        }
    }
}

/// Whether a step calls `internal.refresh_replica_status`.
fn is_monitor(job: &Job) -> bool {
    job.steps.iter().any(|step| step.command.to_lowercase().contains("refresh_replica_status"))
}

fn is_due(job: &Job, now: i64) -> bool {
    let interval = job
        .schedules
        .values()
        .filter(|s| s.enabled && s.freq_subday_type == MINUTES && s.freq_subday_interval > 0)
        .map(|s| i64::from(s.freq_subday_interval) * 60_000)
        .min();
    let last = job.last_run_ms.unwrap_or(job.created_ms);
    job.enabled && job.local_server && interval.is_some_and(|interval| last + interval <= now)
}

/// Acts only where the local copy is primary; a detected failover runs `catalog.startup`. 0, or the error.
fn run(site: &mut Site, replica: &ReplicaName, job: &str) -> i32 {
    if !catalog::is_writable(site, replica) {
        return 0;
    }
    let Some((_, instance)) = site.instance(replica) else { return 0 };
    let Some(owner) = instance.jobs.get(job).map(|job| job.owner.clone()) else { return 0 };
    let Some(database) = instance.database(CATALOG_DATABASE) else { return 0 };
    let may = instance.login_of_sid(&owner).is_some_and(|(_, login)| {
        let executes = ["refresh_replica_status", "update_replica_info"].iter().all(|procedure| {
            let grant = format!("EXECUTE ON internal.{procedure}");
            let user = database.content.users.values().find(|user| user.sid == login.sid);
            user.is_some_and(|user| user.grants.iter().any(|own| own.eq_ignore_ascii_case(&grant)))
                || role_grants(database, &grant)
        });
        login.is_sysadmin() || (catalog::has_role(database, login, MONITOR_ROLE) && executes)
    });
    if !may {
        return PERMISSION_DENIED;
    }
    let Some(catalog) = catalog::catalog_mut(site, replica) else { return 0 };
    match catalog::refresh_replica_status(catalog, replica.as_str()) {
        Ok(true) => {
            catalog::startup(site, replica);
            0
        }
        Ok(false) => 0,
        Err(number) => number,
    }
}

/// Whether the monitoring role itself was granted a permission.
fn role_grants(database: &crate::state::Database, grant: &str) -> bool {
    database
        .content
        .role_grants
        .get(MONITOR_ROLE)
        .is_some_and(|own| own.iter().any(|g| g.eq_ignore_ascii_case(grant)))
}
