//! Statements of a batch as data.

use sqlparser::ast as sql;

use super::ddl::{Ddl, ObjectName};
use crate::value::SqlType;

/// A parsed batch.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// Its statements, in order.
    pub statements: Vec<Statement>,
}

/// A statement with its line in the batch, from 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// Line of its first word.
    pub line: u32,
    /// What it is.
    pub kind: Kind,
}

/// An expression or a condition.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    /// As `sqlparser` reads it.
    pub ast: Box<sql::Expr>,
}

/// A SELECT, with or without CTEs, set operators and ORDER BY; or a VALUES list of INSERT.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// As `sqlparser` reads it.
    pub ast: Box<sql::Query>,
}

/// A local variable of DECLARE.
#[derive(Debug, Clone, PartialEq)]
pub struct Declaration {
    /// Name with `@`.
    pub name: String,
    /// Type.
    pub ty: SqlType,
    /// `= initial`
    pub initial: Option<Expression>,
}

/// A column of a table variable or of a temporary table.
#[derive(Debug, Clone, PartialEq)]
pub struct TableColumn {
    /// Name.
    pub name: String,
    /// Type.
    pub ty: SqlType,
    /// False for `NOT NULL` and `PRIMARY KEY`.
    pub nullable: bool,
    /// `DEFAULT …`
    pub default: Option<Expression>,
    /// `IDENTITY(seed, increment)`
    pub identity: Option<(i64, i64)>,
}

/// A session option of SET.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionOption {
    /// `NAME ON|OFF`, the name in capitals.
    Switch(&'static str, bool),
    /// `NAME n`, the name in capitals.
    Number(&'static str, i64),
    /// `NAME word`, the name in capitals, for example `LANGUAGE`.
    Word(&'static str, String),
    /// `TRANSACTION ISOLATION LEVEL …`
    Isolation(&'static str),
}

/// What EXECUTE runs.
#[derive(Debug, Clone, PartialEq)]
pub enum ExecuteTarget {
    /// A procedure.
    Procedure(ObjectName),
    /// A procedure whose name is in a variable.
    Variable(String),
    /// `(expression)`: text of a batch.
    Text(Expression),
}

/// A value of an argument.
#[derive(Debug, Clone, PartialEq)]
pub enum ArgumentValue {
    /// A literal, or a global such as `@@SERVERNAME`.
    Value(Expression),
    /// A bare word, which counts as text.
    Word(String),
    /// A variable.
    Variable {
        /// Name with `@`.
        name: String,
        /// `OUTPUT`
        output: bool,
    },
    /// `DEFAULT`
    Default,
}

/// An argument of EXECUTE.
#[derive(Debug, Clone, PartialEq)]
pub struct Argument {
    /// `@name =`
    pub name: Option<String>,
    /// Value.
    pub value: ArgumentValue,
}

/// `EXECUTE`
#[derive(Debug, Clone, PartialEq)]
pub struct Execute {
    /// Variable that takes the return status.
    pub status: Option<String>,
    /// What runs.
    pub target: ExecuteTarget,
    /// Arguments; empty for text.
    pub arguments: Vec<Argument>,
}

/// Where INSERT takes its rows from.
#[derive(Debug, Clone, PartialEq)]
pub enum InsertSource {
    /// VALUES or SELECT.
    Query(Query),
    /// `DEFAULT VALUES`
    Defaults,
    /// The result set of EXECUTE.
    Execute(Execute),
}

/// What a statement is.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "each variant is the statement that its name spells")]
pub enum Kind {
    Block(Vec<Statement>),
    If {
        condition: Expression,
        then: Box<Statement>,
        otherwise: Option<Box<Statement>>,
    },
    While {
        condition: Expression,
        body: Box<Statement>,
    },
    Break,
    Continue,
    Try {
        body: Vec<Statement>,
        handler: Vec<Statement>,
    },
    Declare(Vec<Declaration>),
    /// `name` with `@`.
    DeclareTable {
        name: String,
        columns: Vec<TableColumn>,
    },
    Assign {
        variable: String,
        value: Expression,
    },
    SetOptions(Vec<SessionOption>),
    Print(Expression),
    /// Message, severity, state, arguments.
    RaiseError {
        message: Expression,
        severity: Expression,
        state: Expression,
        arguments: Vec<Expression>,
    },
    /// Number, message, state; None re-throws in CATCH.
    Throw(Option<(Expression, Expression, Expression)>),
    Return(Option<Expression>),
    BeginTransaction,
    Commit,
    Rollback,
    /// `WAITFOR DELAY`; the time as text.
    WaitFor(Expression),
    Use(String),
    Execute(Execute),
    Kill(i64),
    /// `RECONFIGURE [WITH OVERRIDE]`
    Reconfigure {
        override_checks: bool,
    },
    Select(Query),
    /// `table` is a temporary table or table variable.
    Insert {
        table: ObjectName,
        columns: Vec<String>,
        source: InsertSource,
    },
    Update(Box<sql::Statement>),
    Delete(Box<sql::Statement>),
    /// A temporary table.
    CreateTable {
        table: ObjectName,
        columns: Vec<TableColumn>,
    },
    DropTable {
        tables: Vec<ObjectName>,
        if_exists: bool,
    },
    TruncateTable(ObjectName),
    Ddl(Ddl),
}
