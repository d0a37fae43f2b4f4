//! A backend that understands just what the wire's judges ask: literals, casts, messages, waits. It is no SQL
//! Server; whatever else it is asked gets an error.

pub(crate) mod certificates;
mod convert;
mod script;
mod select;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use scaleout_sim_tds::value::SqlError;
use scaleout_sim_tds::wire::{
    Backend, Login, LoginRequest, Refusal, Reply, Request, ServerInfo, database_not_open, login_failed,
};
use tokio_util::sync::CancellationToken;

/// The only login.
pub(crate) const USER: &str = "judge";
/// Its password; it has characters beyond ASCII on purpose.
pub(crate) const PASSWORD: &str = "Pr0be-€ß!";
/// The databases that exist.
const DATABASES: [&str; 2] = ["master", "tempdb"];

/// The backend.
#[derive(Debug, Default)]
pub(crate) struct Probe {
    last: AtomicU16,
    kills: Mutex<HashMap<u16, CancellationToken>>,
}

/// One session.
#[derive(Debug)]
pub(crate) struct Session {
    login: LoginRequest,
    spid: u16,
    home: String,
    database: String,
    transactions: u32,
}

impl Probe {
    /// `KILL spid`.
    fn kill(&self, spid: u16) -> bool {
        let kills = self.kills.lock().unwrap_or_else(PoisonError::into_inner);
        kills.get(&spid).inspect(|kill| kill.cancel()).is_some()
    }
}

#[async_trait]
impl Backend for Probe {
    type Session = Session;

    fn server(&self) -> ServerInfo {
        ServerInfo { name: "SQL1".to_owned(), version: (16, 0, 4185) }
    }

    async fn login(&self, login: LoginRequest) -> Result<Login<Session>, Refusal> {
        if login.user != USER || login.password.as_str() != PASSWORD {
            return Err(login_failed(&login.user).into());
        }
        let home = if login.database.is_empty() { "master".to_owned() } else { login.database.clone() };
        if !DATABASES.contains(&home.as_str()) {
            return Err(Refusal(vec![database_not_open(&home), login_failed(&login.user)]));
        }
        if login.read_only {
            return Ok(Login::Routed { host: "sql2.corp.example".to_owned(), port: 1444 });
        }
        let spid = 51 + self.last.fetch_add(1, Ordering::Relaxed);
        let kill = login.connection.kill.clone();
        self.kills.lock().unwrap_or_else(PoisonError::into_inner).insert(spid, kill);
        let session = Session { login, spid, database: home.clone(), home: home.clone(), transactions: 0 };
        Ok(Login::Accepted { session, spid, database: home })
    }

    async fn run(
        &self,
        session: &mut Session,
        request: Request,
        reply: &mut dyn Reply,
    ) -> Result<(), SqlError> {
        script::run(self, session, request, reply).await
    }

    async fn reset(&self, session: &mut Session) -> String {
        session.transactions = 0;
        session.database.clone_from(&session.home);
        session.database.clone()
    }
}
