//! From a parsed query to one that can run.

use std::cell::Cell;

use sqlparser::ast::{self as sql, SetExpr};

use super::bind::{Binder, Named};
use super::coerce::coerce;
use super::context::Context;
use super::eval::Env;
use super::node::{Body, Node, Paging, Plan, SetOperation};
use super::scope::{Scope, same};
use super::types::common;
use super::{run, select};
use crate::value::{Column, ResultSet, SqlError, SqlType};

/// A query; `outer` is the query that encloses it, `named` the common table expressions that it sees.
pub(super) fn query(
    context: &Context<'_>,
    query: &sql::Query,
    outer: Option<&Binder<'_>>,
    named: &[Named],
    depth: usize,
) -> Result<Plan, SqlError> {
    if query.for_clause.is_some() {
        return Err(SqlError::not_implemented("FOR XML, FOR JSON and FOR BROWSE"));
    }
    if !query.locks.is_empty()
        || query.settings.is_some()
        || query.format_clause.is_some()
        || !query.pipe_operators.is_empty()
    {
        return Err(SqlError::new(102, "Incorrect syntax near the end of the query.").with_class(15));
    }
    let mut named = named.to_vec();
    if let Some(with) = &query.with {
        for table in &with.cte_tables {
            let result = common_table(context, table, &named, depth)?;
            named.push(result);
        }
    }
    let place = Place { context, outer, named: &named, depth };
    let mut plan = match query.body.as_ref() {
        SetExpr::Select(select) => select::select(&place, select, query.order_by.as_ref())?,
        body => {
            let mut plan = set_expression(&place, body)?;
            plan.order = output_order(&plan.columns, query.order_by.as_ref())?;
            plan
        }
    };
    plan.paging = paging(&place, query)?;
    if plan.paging.offset.is_some() && query.order_by.is_none() {
        return Err(SqlError::new(102, "Incorrect syntax near 'OFFSET'.").with_class(15));
    }
    Ok(plan)
}

/// Where a query stands.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) outer: Option<&'a Binder<'a>>,
    pub(super) named: &'a [Named],
    pub(super) depth: usize,
}

impl<'a> Place<'a> {
    /// A binder over columns.
    pub(super) fn binder(&self, scope: &'a Scope) -> Binder<'a> {
        let depth = Cell::new(self.depth);
        Binder { context: self.context, scope, outer: self.outer, named: self.named, aggregates: None, depth }
    }
}

fn common_table(
    context: &Context<'_>,
    table: &sql::Cte,
    named: &[Named],
    depth: usize,
) -> Result<Named, SqlError> {
    let plan = query(context, &table.query, None, named, depth + 1)?;
    let rows = run::plan(context, &plan, Some(&Env::EMPTY))?;
    let aliases = table.alias.columns.iter().map(|column| column.name.value.clone()).collect::<Vec<_>>();
    let name = table.alias.name.value.clone();
    let columns = renamed(plan.columns, &aliases, &name)?;
    Ok(Named { name, rows: ResultSet { columns, rows } })
}

/// Columns under the names of an alias list; each column needs a name (8155), and the lists the same length (8159).
pub(super) fn renamed(
    mut columns: Vec<Column>,
    names: &[String],
    table: &str,
) -> Result<Vec<Column>, SqlError> {
    if !names.is_empty() {
        if names.len() != columns.len() {
            let more = if names.len() < columns.len() { "fewer" } else { "more" };
            let text = format!("'{table}' has {more} columns than were specified in the column list.");
            return Err(SqlError::new(8159, text));
        }
        for (column, name) in columns.iter_mut().zip(names) {
            column.name.clone_from(name);
        }
    }
    if let Some(at) = columns.iter().position(|column| column.name.is_empty()) {
        let text = format!("No column name was specified for column {} of '{table}'.", at + 1);
        return Err(SqlError::new(8155, text).with_state(2));
    }
    Ok(columns)
}

/// A UNION and its like, VALUES, or a query in parentheses.
fn set_expression(place: &Place<'_>, body: &SetExpr) -> Result<Plan, SqlError> {
    match body {
        SetExpr::Select(select) => select::select(place, select, None),
        SetExpr::Query(inner) => query(place.context, inner, place.outer, place.named, place.depth + 1),
        SetExpr::SetOperation { op, set_quantifier, left, right } => {
            if place.depth > 100 {
                return Err(SqlError::new(191, "Some part of your SQL statement is nested too deeply.")
                    .with_class(15));
            }
            let place = Place { depth: place.depth + 1, ..*place };
            let operation = set_operation(*op, *set_quantifier)?;
            let (left, right) = (set_expression(&place, left)?, set_expression(&place, right)?);
            if left.columns.len() != right.columns.len() {
                let text = "All queries combined using a UNION, INTERSECT or EXCEPT operator must have an equal number of expressions in their target lists.";
                return Err(SqlError::new(205, text));
            }
            let pairs = left.columns.iter().zip(&right.columns);
            let columns = pairs
                .map(|(a, b)| Column {
                    name: a.name.clone(),
                    ty: common(a.ty, b.ty),
                    nullable: a.nullable || b.nullable,
                })
                .collect();
            let body = Body::Set { operation, left: Box::new(left), right: Box::new(right) };
            Ok(Plan { columns, body, order: Vec::new(), paging: Paging::default() })
        }
        SetExpr::Values(values) => {
            let scope = Scope::default();
            table_values(&place.binder(&scope), values)
        }
        _ => Err(SqlError::not_implemented("this form of a query")),
    }
}

fn set_operation(op: sql::SetOperator, quantifier: sql::SetQuantifier) -> Result<SetOperation, SqlError> {
    match (op, quantifier) {
        (sql::SetOperator::Union, sql::SetQuantifier::All) => Ok(SetOperation::UnionAll),
        (sql::SetOperator::Union, sql::SetQuantifier::None) => Ok(SetOperation::Union),
        (sql::SetOperator::Except, sql::SetQuantifier::None) => Ok(SetOperation::Except),
        (sql::SetOperator::Intersect, sql::SetQuantifier::None) => Ok(SetOperation::Intersect),
        (op, quantifier) => Err(SqlError::not_implemented(format!("{op} {quantifier}"))),
    }
}

fn table_values(binder: &Binder<'_>, values: &sql::Values) -> Result<Plan, SqlError> {
    let mut rows = Vec::new();
    for row in &values.rows {
        rows.push(row.content.iter().map(|expr| binder.value(expr)).collect::<Result<Vec<Node>, _>>()?);
    }
    let width = rows.first().map_or(0, Vec::len);
    if rows.iter().any(|row| row.len() != width) {
        let text = "All the rows in a table value constructor must have the same number of expressions.";
        return Err(SqlError::new(10709, text));
    }
    let types: Vec<SqlType> =
        (0..width).map(|at| super::bind::common_type(rows.iter().filter_map(|row| row.get(at)))).collect();
    let rows = rows
        .into_iter()
        .map(|row| row.into_iter().zip(&types).map(|(node, ty)| coerce(node, *ty)).collect())
        .collect();
    let columns = types.into_iter().map(|ty| Column::nullable("", ty)).collect();
    Ok(Plan { columns, body: Body::Values(rows), order: Vec::new(), paging: Paging::default() })
}

/// True for DESC. NULLS FIRST and its like are not T-SQL.
pub(super) fn is_descending(item: &sql::OrderByExpr) -> Result<bool, SqlError> {
    let other = item.with_fill.is_some() || item.options.nulls_first.is_some();
    match &item.options.sort {
        _ if other => Err(SqlError::new(102, "Incorrect syntax near 'NULLS'.").with_class(15)),
        None | Some(sql::OrderBySort::Asc) => Ok(false),
        Some(sql::OrderBySort::Desc) => Ok(true),
        Some(_) => Err(SqlError::not_implemented("this form of ORDER BY")),
    }
}

/// The items of ORDER BY.
pub(super) fn order_items(order: Option<&sql::OrderBy>) -> Result<&[sql::OrderByExpr], SqlError> {
    match order {
        None => Ok(&[]),
        Some(sql::OrderBy { kind: sql::OrderByKind::Expressions(items), interpolate: None }) => Ok(items),
        Some(_) => Err(SqlError::not_implemented("this form of ORDER BY")),
    }
}

/// ORDER BY of a set operation: names or positions of output columns.
fn output_order(columns: &[Column], order: Option<&sql::OrderBy>) -> Result<Vec<(usize, bool)>, SqlError> {
    order_items(order)?
        .iter()
        .map(|item| {
            let at = position(&item.expr, columns.len())?.or_else(|| match &item.expr {
                sql::Expr::Identifier(name) => columns.iter().position(|column| same(&column.name, &name.value)),
                _ => None,
            });
            let text = "ORDER BY items must appear in the select list if the statement contains a UNION, INTERSECT or EXCEPT operator.";
            Ok((at.ok_or_else(|| SqlError::new(104, text).with_class(15))?, is_descending(item)?))
        })
        .collect()
}

/// The output column that an integer literal names, from 0. Error 108 outside of the list.
pub(super) fn position(expr: &sql::Expr, width: usize) -> Result<Option<usize>, SqlError> {
    let sql::Expr::Value(value) = expr else { return Ok(None) };
    let sql::Value::Number(digits, _) = &value.value else { return Ok(None) };
    match digits.parse::<usize>() {
        Ok(at) if at >= 1 && at <= width => Ok(Some(at - 1)),
        _ => {
            let text = format!(
                "The ORDER BY position number {digits} is out of range of the number of items in the select list."
            );
            Err(SqlError::new(108, text).with_class(15))
        }
    }
}

fn paging(place: &Place<'_>, query: &sql::Query) -> Result<Paging, SqlError> {
    let scope = Scope::default();
    let binder = place.binder(&scope);
    let mut paging = Paging::default();
    match &query.limit_clause {
        None => {}
        Some(sql::LimitClause::LimitOffset { limit: None, offset: Some(offset), limit_by })
            if limit_by.is_empty() =>
        {
            paging.offset = Some(binder.value_as(&offset.value, SqlType::BigInt)?);
        }
        Some(_) => return Err(SqlError::new(102, "Incorrect syntax near 'LIMIT'.").with_class(15)),
    }
    match &query.fetch {
        None => {}
        Some(sql::Fetch { with_ties: false, percent: false, quantity: Some(quantity) })
            if paging.offset.is_some() =>
        {
            paging.fetch = Some(binder.value_as(quantity, SqlType::BigInt)?);
        }
        Some(_) => return Err(SqlError::new(102, "Incorrect syntax near 'FETCH'.").with_class(15)),
    }
    Ok(paging)
}
