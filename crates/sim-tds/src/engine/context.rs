//! What a statement can see while it is bound and evaluated.

use std::collections::HashMap;

use super::world::{SessionInfo, View};
use crate::value::{Column, SqlError, SqlType, SqlValue};

/// A local variable.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Variable {
    pub(super) ty: SqlType,
    pub(super) value: SqlValue,
}

/// Local variables by name with `@`, in lower case.
pub(super) type Variables = HashMap<String, Variable>;

/// A temporary table or table variable.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LocalTable {
    pub(super) columns: Vec<Column>,
    /// Per column: the value that INSERT takes where it names none.
    pub(super) defaults: Vec<ColumnDefault>,
    pub(super) rows: Vec<Vec<SqlValue>>,
}

/// What a column gets that INSERT leaves out.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum ColumnDefault {
    Null,
    Expression(crate::tsql::Expression),
    Identity { next: i64, increment: i64 },
}

/// Local tables by name in lower case: `#t` of the session, `@t` of the batch.
pub(super) type LocalTables = HashMap<String, LocalTable>;

/// What `@@…` and the ERROR functions tell.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct State {
    pub(super) row_count: i64,
    pub(super) last_error: i32,
    pub(super) transactions: i32,
    /// The open transaction can only be rolled back.
    pub(super) doomed: bool,
    pub(super) nesting: i32,
    /// The error that the innermost running CATCH has caught.
    pub(super) caught: Vec<SqlError>,
}

/// What a statement can see.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) view: &'a dyn View,
    pub(super) session: &'a SessionInfo,
    pub(super) variables: &'a Variables,
    pub(super) session_tables: &'a LocalTables,
    pub(super) batch_tables: &'a LocalTables,
    pub(super) state: &'a State,
}

impl Context<'_> {
    /// A temporary table or table variable.
    pub(super) fn local_table(&self, name: &str) -> Option<&LocalTable> {
        let name = name.to_lowercase();
        self.batch_tables.get(&name).or_else(|| self.session_tables.get(&name))
    }
}
