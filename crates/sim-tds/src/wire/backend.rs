//! The seam between the wire and whatever answers SQL.

use std::fmt;
use std::net::SocketAddr;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use crate::value::{Column, SqlError, SqlType, SqlValue};

/// What answers the clients: a simulated SQL Server instance.
#[async_trait]
pub trait Backend: Send + Sync + 'static {
    /// The state of one connection. Dropping it ends the session, whatever the reason.
    type Session: Send;

    /// The instance's name and version, as the login answer and every message carry them.
    fn server(&self) -> ServerInfo;

    /// Checks a login. The errors of a refusal are sent in order and the connection is closed.
    async fn login(&self, request: LoginRequest) -> Result<Login<Self::Session>, Refusal>;

    /// Runs one request and sends its answer item by item. An `Err` is sent as the last message.
    ///
    /// The future is dropped at any await when the client sends an attention, goes away or the session is
    /// killed: the session must stay usable after that.
    async fn run(
        &self,
        session: &mut Self::Session,
        request: Request,
        reply: &mut dyn Reply,
    ) -> Result<(), SqlError>;

    /// `sp_reset_connection`: a pool hands the connection to its next user. The database of the login must be
    /// current again, and no transaction open; returns that database.
    async fn reset(&self, session: &mut Self::Session) -> String;
}

/// Where a running request puts its answer. Implemented by the wire, and by `Vec<Item>` for tests.
#[async_trait]
pub trait Reply: Send {
    /// Sends one item; waits while the client does not read.
    async fn send(&mut self, item: Item);
}

#[async_trait]
impl Reply for Vec<Item> {
    async fn send(&mut self, item: Item) {
        self.push(item);
    }
}

/// One part of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// A result set begins.
    Columns(Vec<Column>),
    /// A row of the result set that was begun last.
    Row(Vec<SqlValue>),
    /// An error (class above 10) or an information.
    Message(SqlError),
    /// The end of one statement; how many rows it returned or changed, where it counts.
    Done(Option<u64>),
    /// The end of a statement that changed rows, and how many.
    Changed(Change, u64),
    /// A procedure returned; in a batch this is the end of an `EXECUTE`.
    ReturnStatus(i32),
    /// The value of an OUTPUT parameter, by its name with the `@`.
    Output {
        /// The parameter's name.
        name: String,
        /// Its type.
        ty: SqlType,
        /// Its value at the end.
        value: SqlValue,
    },
    /// `USE`: another database is current.
    Database(String),
    /// A transaction began or ended.
    Transaction(TransactionChange),
}

/// What a statement did to rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// `INSERT`
    Inserted,
    /// `UPDATE`
    Updated,
    /// `DELETE`
    Deleted,
}

/// What happened to the session's outermost transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransactionChange {
    /// It began.
    Begun,
    /// It was committed.
    Committed,
    /// It was rolled back.
    RolledBack,
}

/// A request of a client.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// What to run.
    pub command: Command,
    /// Values for the text's variables or the procedure's parameters.
    pub parameters: Vec<Parameter>,
}

impl Request {
    /// A batch without parameters.
    pub fn text(sql: impl Into<String>) -> Self {
        Self { command: Command::Text(sql.into()), parameters: Vec::new() }
    }
}

/// What to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// A batch of T-SQL; from a plain batch, `sp_executesql` or a prepared statement.
    Text(String),
    /// A stored procedure called by its name, as the client wrote it.
    Procedure(String),
}

/// One parameter of a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// With the `@`; empty where a procedure's parameter is given by its position.
    pub name: String,
    /// The type on the wire.
    pub ty: SqlType,
    /// Its value.
    pub value: SqlValue,
    /// Does the client want its value back ([`Item::Output`])?
    pub output: bool,
    /// Does the client ask for the procedure's default?
    pub default: bool,
    /// The type that the text declares for it (`nvarchar(4000)`), where there is a declaration.
    pub declared: Option<String>,
}

/// What a client sends to log in (LOGIN7, MS-TDS 2.2.6.4).
#[derive(Clone)]
pub struct LoginRequest {
    /// The login's name.
    pub user: String,
    /// The clear password; wiped on drop and never printed.
    pub password: Zeroizing<String>,
    /// The wanted database; empty for the login's default.
    pub database: String,
    /// `program_name` in `sys.dm_exec_sessions`.
    pub program: String,
    /// `host_name` in `sys.dm_exec_sessions`.
    pub host: String,
    /// The server name that the client dialled, as it wrote it.
    pub server: String,
    /// `client_interface_name`: the library's name.
    pub library: String,
    /// `ApplicationIntent=ReadOnly`.
    pub read_only: bool,
    /// Where the client dialled from and what ends it.
    pub connection: Connection,
}

impl fmt::Debug for LoginRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginRequest")
            .field("user", &self.user)
            .field("database", &self.database)
            .field("program", &self.program)
            .field("host", &self.host)
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

/// The network side of a session.
#[derive(Debug, Clone)]
pub struct Connection {
    /// The client's address, where the transport has one.
    pub peer: Option<SocketAddr>,
    /// The address that the client dialled.
    pub local: Option<SocketAddr>,
    /// TDS 8: TLS before anything else.
    pub strict: bool,
    /// Cancelling it is `KILL`: a running request gets error 596 and the socket is closed.
    pub kill: CancellationToken,
}

/// An accepted login.
#[derive(Debug)]
pub enum Login<S> {
    /// The session begins.
    Accepted {
        /// The backend's state of it.
        session: S,
        /// `@@SPID`.
        spid: u16,
        /// The current database.
        database: String,
    },
    /// Read-only routing: the client must dial this server instead.
    Routed {
        /// Its host name.
        host: String,
        /// Its TCP port.
        port: u16,
    },
}

/// Why a login is refused: at least one error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal(pub Vec<SqlError>);

impl From<SqlError> for Refusal {
    fn from(message: SqlError) -> Self {
        Self(vec![message])
    }
}

/// The instance as it introduces itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerInfo {
    /// `@@SERVERNAME`, in every message.
    pub name: String,
    /// Major, minor, build: 16.0.4185 is SQL Server 2022.
    pub version: (u8, u8, u16),
}
