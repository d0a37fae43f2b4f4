//! SSIS Always On support: what each instance needs, jobs, users and registered replicas.

use super::phase::{Phase, Procedure, change};
use crate::batch::{Batch, Database};
use crate::statements::{jobs, support, users};
use scaleout_model::sql::SqlPlace;

/// `EnableClr`.
pub(super) fn enable_clr() -> Procedure {
    change(SqlPlace::Replica, Database::Master, support::look_at_clr(), support::enable_clr())
}

/// `TrustAssembly`.
pub(super) fn trust_assembly(hash: &str) -> Procedure {
    let (look, act) = (support::look_at_assembly(hash), support::trust_assembly(hash));
    change(SqlPlace::Replica, Database::Master, look, act)
}

/// `EnsureStartupProcedure`: one that is there is left and only set to run.
pub(super) fn ensure_startup_procedure() -> Procedure {
    let look = Batch::read(Database::Master, support::look_at_startup());
    Procedure::one(Phase::from_look(SqlPlace::Replica, look, |seen| {
        let mut acts = Vec::new();
        if !seen.flag("present")? {
            acts.push(Batch::change(Database::Master, support::STARTUP_PROCEDURE));
        }
        acts.push(Batch::change(Database::Master, support::set_startup()));
        Ok(acts)
    }))
}

fn ensure_job(job: &jobs::Job) -> Procedure {
    change(SqlPlace::Replica, Database::Jobs, jobs::look_at_job(job), jobs::ensure_job(job))
}

/// `EnsureFailoverJob`.
pub(super) fn ensure_failover_job() -> Procedure {
    ensure_job(&jobs::MONITOR)
}

/// `EnsureMaintenanceJob`.
pub(super) fn ensure_maintenance_job() -> Procedure {
    ensure_job(&jobs::MAINTENANCE)
}

/// `RegisterReplica`.
pub(super) fn register(replica: &str, state: u8) -> Procedure {
    let (look, act) = (support::look_at_registration(replica), support::register(replica, state));
    change(SqlPlace::Primary, Database::Catalog, look, act)
}

/// A user whose name may be another than the login's; the look tells it.
fn ensure_user(
    place: SqlPlace,
    database: Database,
    look: String,
    build: impl Fn(Option<&str>) -> String + Send + Sync + 'static,
) -> Procedure {
    Procedure::one(Phase::from_look(place, Batch::read(database, look), move |seen| {
        let user = seen.text_or_null("user_name")?;
        Ok(vec![Batch::change(database, build(user))])
    }))
}

/// `EnsureCleanupUser`.
pub(super) fn ensure_cleanup_user() -> Procedure {
    let look = users::look_at_cleanup_user();
    ensure_user(SqlPlace::Primary, Database::Catalog, look, users::ensure_cleanup_user)
}

/// `EnsureCatalogObserver`.
pub(super) fn ensure_catalog_observer(login: &str) -> Procedure {
    let (look, login) = (users::look_at_observer(login), login.to_owned());
    ensure_user(SqlPlace::Primary, Database::Catalog, look, move |user| users::grant_observer(&login, user))
}

/// `EnsureJobObserver`.
pub(super) fn ensure_job_observer(login: &str) -> Procedure {
    let (look, login) = (users::look_at_job_observer(login), login.to_owned());
    ensure_user(SqlPlace::Replica, Database::Jobs, look, move |user| users::grant_job_observer(&login, user))
}
