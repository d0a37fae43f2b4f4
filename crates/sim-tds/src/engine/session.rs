//! The state of one session, and what a request answers.

use super::context::{LocalTables, State};
use super::world::SessionInfo;
use crate::value::{ResultSet, SqlError, SqlType, SqlValue};
use crate::wire::Change;

/// One part of an answer, in order.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// A result set; `Done` follows.
    Rows(ResultSet),
    /// A statement ended; how many rows it returned or changed, None under SET NOCOUNT ON.
    Done(Option<u64>),
    /// A statement changed rows, and how many.
    Changed(Change, u64),
    /// An error (class above 10) or an information.
    Message(SqlError),
    /// A procedure's return status.
    ReturnStatus(i32),
    /// The value of an output parameter, by its name with `@`.
    Output {
        /// Name.
        name: String,
        /// Type.
        ty: SqlType,
        /// Value at the end.
        value: SqlValue,
    },
    /// Another database is current.
    Database(String),
    /// The outermost transaction began or ended.
    Transaction(TransactionChange),
}

/// What happened to the outermost transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransactionChange {
    /// It began.
    Begun,
    /// It was committed.
    Committed,
    /// It was rolled back.
    RolledBack,
}

/// A session: identity, options, transaction, temporary tables.
#[derive(Debug, Clone)]
pub struct Session {
    /// Who it is, and its current database.
    pub info: SessionInfo,
    pub(super) tables: LocalTables,
    pub(super) state: State,
    pub(super) no_count: bool,
    pub(super) abort_on_error: bool,
    /// Temporary tables as they were when the transaction began.
    pub(super) saved_tables: Option<LocalTables>,
    /// The database to come back to when a nested batch ends, also if its request is dropped.
    pub(super) home_database: Option<String>,
    /// The open transaction has changed the site, which no rollback undoes.
    pub(super) site_changed: bool,
}

impl Session {
    /// A session that has just logged in.
    pub fn new(info: SessionInfo) -> Self {
        Self {
            info,
            tables: LocalTables::new(),
            state: State::default(),
            no_count: false,
            abort_on_error: false,
            saved_tables: None,
            home_database: None,
            site_changed: false,
        }
    }

    /// `sp_reset_connection`: options, temporary tables and transaction are gone; `database` is current.
    pub fn reset(&mut self, database: String) {
        let mut info = self.info.clone();
        info.database = database;
        info.in_transaction = false;
        *self = Self::new(info);
    }

    /// Whether a user transaction is open.
    pub fn in_transaction(&self) -> bool {
        self.state.transactions > 0
    }
}
