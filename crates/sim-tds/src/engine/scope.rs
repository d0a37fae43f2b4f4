//! Column names that a query's FROM makes visible.

use super::messages::{ambiguous_column, invalid_column, unbound_identifier};
use crate::value::{Column, SqlError};

/// A column of the row that FROM yields.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ScopeColumn {
    /// Alias or table name; empty for none.
    pub(super) table: String,
    /// Schema, where no alias is given.
    pub(super) schema: Option<String>,
    pub(super) column: Column,
}

/// All columns, in the order of the row.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Scope {
    pub(super) columns: Vec<ScopeColumn>,
}

impl Scope {
    /// The column of a name with optional table and schema, or None. Error 209 if several fit.
    pub(super) fn find(&self, parts: &[&str]) -> Result<Option<(usize, &Column)>, SqlError> {
        let Some((name, qualifiers)) = parts.split_last() else { return Ok(None) };
        let mut found = None;
        for (index, entry) in self.columns.iter().enumerate() {
            if same(&entry.column.name, name) && entry.is_of(qualifiers) {
                if found.is_some() {
                    return Err(ambiguous_column(name));
                }
                found = Some((index, &entry.column));
            }
        }
        Ok(found)
    }

    /// The columns of a table named by its qualifiers.
    pub(super) fn of_table(&self, qualifiers: &[&str]) -> Vec<usize> {
        let entries = self.columns.iter().enumerate();
        entries.filter(|(_, entry)| entry.is_of(qualifiers)).map(|(index, _)| index).collect()
    }

    /// Whether some table has these qualifiers.
    pub(super) fn has_table(&self, qualifiers: &[&str]) -> bool {
        self.columns.iter().any(|entry| entry.is_of(qualifiers))
    }
}

impl ScopeColumn {
    fn is_of(&self, qualifiers: &[&str]) -> bool {
        match qualifiers {
            [] => true,
            [table] => same(&self.table, table),
            [.., schema, table] => {
                same(&self.table, table) && self.schema.as_ref().is_some_and(|own| same(own, schema))
            }
        }
    }
}

/// 207 for a bare name or a known table, 4104 for an unknown qualifier.
pub(super) fn unknown(parts: &[&str], table_known: bool) -> SqlError {
    match parts {
        [name] => invalid_column(name),
        [.., name] if table_known => invalid_column(name),
        _ => unbound_identifier(&parts.join(".")),
    }
}

/// Names are compared without regard to case.
pub(super) fn same(left: &str, right: &str) -> bool {
    left.eq_ignore_ascii_case(right)
        || !(left.is_ascii() && right.is_ascii()) && left.to_lowercase() == right.to_lowercase()
}
