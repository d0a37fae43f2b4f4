//! What a simulated SQL Server answers: the engine's [`World`] over a simulated site.
//!
//! | file | what |
//! |---|---|
//! | `seen` | the site as one session sees it, with its rights |
//! | `tables` | system views, msdb, SSISDB |
//! | `function`, `permission` | built-in functions |
//! | `ddl`, `procedure` | statements and procedures to effects |
//! | `session` | sessions, KILL, opened keys |
//!
//! Everything that changes the site is an effect of `scaleout-sim-site`, recorded with the session as its origin.

mod ddl;
mod function;
mod permission;
mod procedure;
mod seen;
mod session;
mod sheet;
mod tables;

pub use session::{SessionRow, Sessions};

use crate::engine::{
    Procedure, ProcedureArgument, ProcedureName, SessionInfo, SiteFunction, Table, TableName, View, World,
};
use crate::tsql::{Ddl, MasterKeyAction};
use crate::value::{DateTimeOffset, SqlError, SqlValue};
use async_trait::async_trait;
use scaleout_model::names::ReplicaName;
use scaleout_sim_site::sql::{ServerChange, try_password};
use scaleout_sim_site::sql_effect::{SqlChange, SqlEffect};
use scaleout_sim_site::{Effect, Origin, SimSite};
use seen::{Seen, error};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

#[cfg(test)]
mod tests;

/// The site that all doors share.
pub type SharedSite = Arc<Mutex<SimSite>>;

/// One instance of the site.
#[derive(Debug, Clone)]
pub struct SqlWorld {
    site: SharedSite,
    replica: ReplicaName,
    sessions: Arc<Sessions>,
}

impl SqlWorld {
    /// The instance of this name.
    pub fn new(site: SharedSite, replica: ReplicaName, sessions: Arc<Sessions>) -> Self {
        Self { site, replica, sessions }
    }

    /// The instance's own name.
    pub fn replica(&self) -> &ReplicaName {
        &self.replica
    }

    fn lock(&self) -> MutexGuard<'_, SimSite> {
        self.site.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Decides by what the session sees, and carries it out, in one moment of the site.
    fn change<T>(
        &self,
        session: &SessionInfo,
        plan: impl FnOnce(&Seen<'_>) -> Result<Planned<T>, SqlError>,
    ) -> Result<T, SqlError> {
        let mut sim = self.lock();
        let planned = plan(&Seen::new(&sim.site, &self.replica, session, &self.sessions)?)?;
        let origin = Origin::Sql {
            login: session.login.clone(),
            program: session.program.clone(),
            session: session.spid.into(),
        };
        for change in planned.changes {
            let effect = Effect::Sql(SqlEffect::new(self.replica.clone(), change));
            sim.apply(&effect, &origin).map_err(|refused| error(&refused))?;
        }
        planned.failure.map_or(Ok(planned.answer), Err)
    }
}

/// What a statement comes to: effects in order, then its answer, or the error that it ends with all the same.
#[derive(Debug)]
struct Planned<T> {
    changes: Vec<SqlChange>,
    answer: T,
    failure: Option<SqlError>,
}

impl<T> Planned<T> {
    fn new(changes: Vec<SqlChange>, answer: T) -> Self {
        Self { changes, answer, failure: None }
    }
}

/// The site while one statement reads it.
struct Snapshot<'a> {
    sim: MutexGuard<'a, SimSite>,
    world: &'a SqlWorld,
    session: &'a SessionInfo,
}

impl Snapshot<'_> {
    fn seen(&self) -> Result<Seen<'_>, SqlError> {
        Seen::new(&self.sim.site, &self.world.replica, self.session, &self.world.sessions)
    }
}

impl View for Snapshot<'_> {
    fn table(&self, name: &TableName) -> Result<Option<Table>, SqlError> {
        tables::table(&self.seen()?, name)
    }

    fn table_function(&self, _name: &TableName, _arguments: &[SqlValue]) -> Result<Option<Table>, SqlError> {
        Ok(None)
    }

    fn scalar(&self, function: SiteFunction, arguments: &[SqlValue]) -> Result<SqlValue, SqlError> {
        function::scalar(&self.seen()?, function, arguments)
    }

    fn now(&self) -> DateTimeOffset {
        self.seen().map_or_else(|_| sheet::offset(self.sim.site.now_ms), |seen| function::now(&seen))
    }
}

#[async_trait]
impl World for SqlWorld {
    fn view<'a>(&'a self, session: &'a SessionInfo) -> Result<Box<dyn View + 'a>, SqlError> {
        let snapshot = Snapshot { sim: self.lock(), world: self, session };
        snapshot.seen()?;
        Ok(Box::new(snapshot))
    }

    async fn execute_ddl(&self, session: &SessionInfo, ddl: &Ddl) -> Result<Vec<SqlError>, SqlError> {
        match ddl {
            Ddl::MasterKey(MasterKeyAction::Open(password)) => {
                let sim = self.lock();
                let seen = Seen::new(&sim.site, &self.replica, session, &self.sessions)?;
                ddl::require_key_control(&seen)?;
                try_password(&sim.site, &self.replica, password.expose())
                    .map_err(|refused| error(&refused))?;
                self.sessions.set_key_open(session.spid, true);
            }
            Ddl::MasterKey(MasterKeyAction::Close) => {
                if !self.sessions.key_open(session.spid) {
                    let text = "The key '##MS_DatabaseMasterKey##' is not open. Please open the key before using it.";
                    return Err(SqlError::new(15_315, text));
                }
                self.sessions.set_key_open(session.spid, false);
            }
            _ => {
                self.change(session, |seen| ddl::plan(seen, ddl).map(|changes| Planned::new(changes, ())))?;
            }
        }
        Ok(Vec::new())
    }

    async fn execute_procedure(
        &self,
        session: &SessionInfo,
        name: &ProcedureName,
        arguments: &[ProcedureArgument],
    ) -> Result<Procedure, SqlError> {
        self.change(session, |seen| procedure::plan(seen, name, arguments))
    }

    fn use_database(&self, session: &SessionInfo, name: &str) -> Result<String, SqlError> {
        let sim = self.lock();
        let seen = Seen::new(&sim.site, &self.replica, session, &self.sessions)?;
        let (key, _, _) = seen.enter(name)?;
        self.sessions.set_database(session.spid, key);
        Ok(key.clone())
    }

    async fn kill(&self, session: &SessionInfo, spid: i64) -> Result<(), SqlError> {
        {
            let sim = self.lock();
            let seen = Seen::new(&sim.site, &self.replica, session, &self.sessions)?;
            if !seen.may("ALTER ANY CONNECTION") {
                return Err(SqlError::new(6_102, "User does not have permission to use the KILL statement.")
                    .with_class(14));
            }
        }
        if spid == i64::from(session.spid) {
            return Err(SqlError::new(6_104, "Cannot use KILL to kill your own process."));
        }
        let target = u16::try_from(spid).map_err(|_| SqlError::new(6_101, "Session ID is not valid."))?;
        if self.sessions.kill(target) {
            return Ok(());
        }
        Err(SqlError::new(6_106, format!("Process ID {spid} is not an active process ID.")))
    }

    async fn reconfigure(&self, session: &SessionInfo, _override_checks: bool) -> Result<(), SqlError> {
        self.change(session, |seen| {
            if !seen.may("ALTER SETTINGS") {
                let text = "You do not have permission to run the RECONFIGURE statement.";
                return Err(SqlError::new(5_812, text).with_class(14));
            }
            Ok(Planned::new(vec![SqlChange::Server(ServerChange::Reconfigure)], ()))
        })
    }

    async fn wait(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}
