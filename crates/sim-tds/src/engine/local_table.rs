//! New rows of temporary tables and table variables.

use super::bind::Binder;
use super::coerce::implicit;
use super::context::{ColumnDefault, Context, LocalTable};
use super::convert::cast;
use super::eval::{Env, value};
use super::messages::invalid_column;
use super::scope::{Scope, same};
use super::types::{Family, family, length};
use crate::value::{Column, Length, ResultSet, SqlError, SqlType, SqlValue};

/// What INSERT adds.
pub(super) struct Filled<'a> {
    pub(super) table: &'a str,
    /// Named columns; empty for all but the identity.
    pub(super) columns: &'a [String],
    pub(super) rows: ResultSet,
    /// DEFAULT VALUES.
    pub(super) defaults: bool,
}

/// The table with the new rows.
pub(super) fn fill(
    context: &Context<'_>,
    table: &LocalTable,
    new: &Filled<'_>,
) -> Result<LocalTable, SqlError> {
    let mut table = table.clone();
    let targets = if new.defaults { Vec::new() } else { targets(&table, new)? };
    if targets.len() != new.rows.columns.len() {
        let text = "Column name or number of supplied values does not match table definition.";
        return Err(SqlError::new(213, text));
    }
    for (at, column) in targets.iter().zip(&new.rows.columns) {
        if let Some(target) = table
            .columns
            .get(*at)
            .filter(|_| new.rows.rows.iter().any(|row| !row.iter().all(SqlValue::is_null)))
        {
            implicit(column.ty, target.ty)?;
        }
    }
    for row in &new.rows.rows {
        let mut values = Vec::with_capacity(table.columns.len());
        for (index, default) in table.defaults.iter_mut().enumerate() {
            let Some(column) = table.columns.get(index) else { continue };
            let given = targets.iter().position(|target| *target == index);
            let (given, ty) = match given.and_then(|at| row.get(at).cloned().zip(new.rows.columns.get(at))) {
                Some((given, source)) => (given, source.ty),
                None => default_value(context, default)?,
            };
            values.push(checked(&given, ty, column, new.table, "INSERT")?);
        }
        table.rows.push(values);
    }
    Ok(table)
}

/// The index of the target column of each value.
fn targets(table: &LocalTable, new: &Filled<'_>) -> Result<Vec<usize>, SqlError> {
    let is_identity = |at: usize| matches!(table.defaults.get(at), Some(ColumnDefault::Identity { .. }));
    if new.columns.is_empty() {
        return Ok((0..table.columns.len()).filter(|at| !is_identity(*at)).collect());
    }
    let mut targets = Vec::new();
    for name in new.columns {
        let at = table.columns.iter().position(|column| same(&column.name, name));
        let at = at.ok_or_else(|| invalid_column(name))?;
        if is_identity(at) {
            let text = format!(
                "Cannot insert explicit value for identity column in table '{}' when IDENTITY_INSERT is set to OFF.",
                new.table
            );
            return Err(SqlError::new(544, text));
        }
        if targets.contains(&at) {
            let text = format!(
                "The column name '{name}' is specified more than once in the SET clause or column list of an INSERT."
            );
            return Err(SqlError::new(264, text));
        }
        targets.push(at);
    }
    Ok(targets)
}

fn default_value(
    context: &Context<'_>,
    default: &mut ColumnDefault,
) -> Result<(SqlValue, SqlType), SqlError> {
    match default {
        ColumnDefault::Null => Ok((SqlValue::Null, SqlType::Int)),
        ColumnDefault::Identity { next, increment } => {
            let value = SqlValue::BigInt(*next);
            *next += *increment;
            Ok((value, SqlType::BigInt))
        }
        ColumnDefault::Expression(expression) => {
            let scope = Scope::default();
            let node = Binder::bare(context, &scope).value(&expression.ast)?;
            Ok((value(context, &node, &Env::EMPTY)?, node.ty))
        }
    }
}

/// A value for a column: 515 for NULL where none may be, 2628 where text or bytes would be cut.
pub(super) fn checked(
    value: &SqlValue,
    from: SqlType,
    column: &Column,
    table: &str,
    statement: &str,
) -> Result<SqlValue, SqlError> {
    if value.is_null() && !column.nullable {
        let text = format!(
            "Cannot insert the value NULL into column '{}', table '{table}'; column does not allow nulls. {statement} fails.",
            column.name
        );
        return Err(SqlError::new(515, text).with_state(2));
    }
    let cut = match (value, length(column.ty), family(column.ty)) {
        (SqlValue::Text(text), Length::Limited(most), Family::Text) => {
            text.trim_end_matches(' ').encode_utf16().count() > usize::from(most)
        }
        (SqlValue::Binary(bytes), Length::Limited(most), Family::Binary) => bytes.len() > usize::from(most),
        _ => false,
    };
    if cut {
        let text =
            format!("String or binary data would be truncated in table '{table}', column '{}'.", column.name);
        return Err(SqlError::new(2628, text));
    }
    cast(value, from, column.ty, 0)
}
