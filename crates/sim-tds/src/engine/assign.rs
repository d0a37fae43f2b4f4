//! SELECT: a result set, or values for variables.

use sqlparser::ast::{Query as SqlQuery, SelectItem, SetExpr};

use super::coerce::implicit;
use super::convert::cast;
use super::eval::Env;
use super::interpreter::Interpreter;
use super::session::Item;
use super::{plan, run};
use crate::tsql::Query;
use crate::value::{ResultSet, SqlError};

impl Interpreter<'_> {
    /// Runs a query.
    pub(super) fn rows(&self, query: &SqlQuery) -> Result<ResultSet, SqlError> {
        self.with_context(|context| {
            let plan = plan::query(context, query, None, &[], 0)?;
            let rows = run::plan(context, &plan, Some(&Env::EMPTY))?;
            Ok(ResultSet { columns: plan.columns, rows })
        })
    }

    pub(super) fn select(&mut self, query: &Query) -> Result<(), SqlError> {
        let targets = targets(&query.ast)?;
        let result = self.rows(&query.ast)?;
        let count = result.rows.len();
        self.session.state.row_count = i64::try_from(count).unwrap_or(i64::MAX);
        if targets.is_empty() {
            self.items.push(Item::Rows(result));
            self.done(count);
            return Ok(());
        }
        if count > 1 && targets.iter().any(|target| target.reads_itself) {
            return Err(SqlError::not_implemented("SELECT that adds to a variable row by row"));
        }
        let Some(last) = result.rows.last() else { return Ok(()) };
        for (target, (value, column)) in targets.iter().zip(last.iter().zip(&result.columns)) {
            let ty = self.variable_type(&target.name)?;
            if !value.is_null() {
                implicit(column.ty, ty)?;
            }
            self.store(&target.name, cast(value, column.ty, ty, 0)?);
        }
        Ok(())
    }

    /// The end of a statement that counts rows.
    pub(super) fn done(&mut self, count: usize) {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        self.items.push(Item::Done((!self.session.no_count).then_some(count)));
    }
}

struct Target {
    name: String,
    reads_itself: bool,
}

/// The variables of `SELECT @a = …`; empty if it has none, 141 if it has both.
fn targets(query: &SqlQuery) -> Result<Vec<Target>, SqlError> {
    let SetExpr::Select(select) = query.body.as_ref() else { return Ok(Vec::new()) };
    let mut targets = Vec::new();
    for item in &select.projection {
        if let SelectItem::ExprWithAlias { expr, alias } = item
            && alias.quote_style.is_none()
            && alias.value.starts_with('@')
        {
            let reads_itself = expr.to_string().to_lowercase().contains(&alias.value.to_lowercase());
            targets.push(Target { name: alias.value.clone(), reads_itself });
        }
    }
    if !targets.is_empty() && targets.len() != select.projection.len() {
        let text = "A SELECT statement that assigns a value to a variable must not be combined with data-retrieval operations.";
        return Err(SqlError::new(141, text).with_class(15));
    }
    Ok(targets)
}
