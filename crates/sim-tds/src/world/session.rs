//! The sessions of one instance: `sys.dm_exec_sessions`, KILL, master keys opened in a session.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio_util::sync::CancellationToken;

/// The first session of a user.
const FIRST_SPID: u16 = 51;

/// A session.
#[derive(Clone, Debug)]
pub struct SessionRow {
    /// Login.
    pub login: String,
    /// `program_name`.
    pub program: String,
    /// `host_name`.
    pub host: String,
    /// `client_interface_name`.
    pub library: String,
    /// Current database.
    pub database: String,
    /// `login_time`, unix ms.
    pub login_ms: i64,
    /// Whether it has opened SSISDB's master key.
    pub key_open: bool,
    /// Cancelled by KILL.
    pub kill: CancellationToken,
}

/// All sessions by `session_id`.
#[derive(Debug, Default)]
pub struct Sessions {
    rows: Mutex<BTreeMap<u16, SessionRow>>,
}

impl Sessions {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<u16, SessionRow>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a session in; its id is the smallest free one.
    pub fn add(&self, row: SessionRow) -> u16 {
        let mut rows = self.lock();
        let spid = (FIRST_SPID..u16::MAX).find(|spid| !rows.contains_key(spid)).unwrap_or(u16::MAX);
        rows.insert(spid, row);
        spid
    }

    /// A session has ended.
    pub fn remove(&self, spid: u16) {
        self.lock().remove(&spid);
    }

    /// All of them.
    pub fn all(&self) -> BTreeMap<u16, SessionRow> {
        self.lock().clone()
    }

    /// Whether a login has a session.
    pub fn has_login(&self, login: &str) -> bool {
        self.lock().values().any(|row| row.login.eq_ignore_ascii_case(login))
    }

    /// KILL; false: there is none of this id.
    pub fn kill(&self, spid: u16) -> bool {
        // The row goes when the connection has ended; it is gone for KILL's caller only then.
        self.lock().get(&spid).map(|row| row.kill.cancel()).is_some()
    }

    /// Ends all: the instance stops.
    pub fn kill_all(&self) {
        self.lock().values().for_each(|row| row.kill.cancel());
    }

    /// The current database of a session.
    pub fn set_database(&self, spid: u16, database: &str) {
        if let Some(row) = self.lock().get_mut(&spid) {
            database.clone_into(&mut row.database);
        }
    }

    /// Whether the session has opened SSISDB's master key.
    pub fn key_open(&self, spid: u16) -> bool {
        self.lock().get(&spid).is_some_and(|row| row.key_open)
    }

    /// OPEN or CLOSE MASTER KEY.
    pub fn set_key_open(&self, spid: u16, open: bool) {
        if let Some(row) = self.lock().get_mut(&spid) {
            row.key_open = open;
        }
    }
}
