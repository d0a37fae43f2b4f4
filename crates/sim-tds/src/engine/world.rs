//! What the language asks of the site behind it: tables, facts, administration, procedures, time.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::site_function::SiteFunction;
use crate::tsql::Ddl;
use crate::value::{Column, DateTimeOffset, ResultSet, SqlError, SqlType, SqlValue};

/// Who asks. The world knows the login's rights by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionInfo {
    /// `@@SPID`.
    pub spid: u16,
    /// Name of the login.
    pub login: String,
    /// Current database, as `sys.databases` spells it.
    pub database: String,
    /// `APP_NAME()`.
    pub program: String,
    /// `HOST_NAME()`.
    pub host: String,
    /// Whether a user transaction is open.
    pub in_transaction: bool,
}

/// A table, view or table-valued function with its rows, as this session may see them.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Columns, in order.
    pub columns: Vec<Column>,
    /// One value per column; each fits its column's type.
    pub rows: Arc<Vec<Vec<SqlValue>>>,
}

/// A table's name with the session's database filled in. Compare without regard to case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableName {
    /// Database.
    pub database: String,
    /// Schema; None where the statement names none (the user's default schema, then `dbo`; or `sys` for names that
    /// SQL Server finds there without a schema).
    pub schema: Option<String>,
    /// Table, view or function.
    pub name: String,
}

/// The site as one statement sees it. All reads of one statement come from one view.
pub trait View {
    /// A table with its rows, `None` if there is none that this session may know of (error 208).
    fn table(&self, name: &TableName) -> Result<Option<Table>, SqlError>;

    /// A table-valued function's rows; `None` if there is none.
    fn table_function(&self, name: &TableName, arguments: &[SqlValue]) -> Result<Option<Table>, SqlError>;

    /// A built-in that only the site can answer. The value must fit [`SiteFunction::ty`]; it is converted otherwise.
    fn scalar(&self, function: SiteFunction, arguments: &[SqlValue]) -> Result<SqlValue, SqlError>;

    /// The instance's clock, with its offset from UTC.
    fn now(&self) -> DateTimeOffset;
}

/// An argument of a procedure.
#[derive(Debug, Clone, PartialEq)]
pub struct ProcedureArgument {
    /// Name with `@`; None where given by position.
    pub name: Option<String>,
    /// Type of the value that is passed.
    pub ty: SqlType,
    /// The value; None for `DEFAULT`.
    pub value: Option<SqlValue>,
    /// Whether the caller wants the parameter's value back.
    pub output: bool,
}

/// A procedure's name as called, with the session's database filled in.
pub type ProcedureName = TableName;

/// What a procedure answers.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ProcedureResult {
    /// Result sets, in order.
    pub results: Vec<ResultSet>,
    /// Messages of severity 10 or less, sent before the end.
    pub messages: Vec<SqlError>,
    /// Values of output parameters, by the index of the argument that takes them.
    pub outputs: Vec<(usize, SqlValue)>,
    /// Return status.
    pub return_status: i32,
}

/// How a procedure call is answered.
#[derive(Debug, Clone, PartialEq)]
pub enum Procedure {
    /// There is none that this session may know of (error 2812).
    Unknown,
    /// It ran.
    Done(ProcedureResult),
    /// It is stored T-SQL: the engine runs this definition (`CREATE PROCEDURE …`) in the given database.
    Definition {
        /// The text as it was created.
        text: String,
        /// Database in which it runs.
        database: String,
    },
}

/// The instance behind the language.
#[async_trait]
pub trait World: Send + Sync {
    /// The site as the next statement sees it. It is used without awaits and dropped at once, so it may hold a lock.
    fn view<'a>(&'a self, session: &'a SessionInfo) -> Result<Box<dyn View + 'a>, SqlError>;

    /// Runs an administration statement. Placement (own batch, `master`, no transaction) has been checked; the session's
    /// rights have not. Returns informational messages. It may take time; when the future is dropped (attention, KILL)
    /// the world decides what has happened.
    async fn execute_ddl(&self, session: &SessionInfo, ddl: &Ddl) -> Result<Vec<SqlError>, SqlError>;

    /// Calls a procedure; `sp_executesql` and the prepared-statement procedures never come here.
    async fn execute_procedure(
        &self,
        session: &SessionInfo,
        name: &ProcedureName,
        arguments: &[ProcedureArgument],
    ) -> Result<Procedure, SqlError>;

    /// `USE`: the database's true spelling; 911 unknown, 916 not permitted, 976 and others not accessible.
    fn use_database(&self, session: &SessionInfo, name: &str) -> Result<String, SqlError>;

    /// `KILL`; 6106 no such process, 6101 invalid, 6102 no permission.
    async fn kill(&self, session: &SessionInfo, spid: i64) -> Result<(), SqlError>;

    /// `RECONFIGURE`.
    async fn reconfigure(&self, session: &SessionInfo, override_checks: bool) -> Result<(), SqlError>;

    /// `WAITFOR DELAY` in the instance's time.
    async fn wait(&self, duration: Duration);
}
