//! From a parsed SELECT to one that can run.

use std::cell::RefCell;

use sqlparser::ast::{self as sql, GroupByExpr, SelectItem};

use super::bind::Binder;
use super::bind_condition::condition;
use super::node::{Aggregate, Body, Node, Op, OrderKey, Paging, Plan, SelectPlan};
use super::plan::{Place, is_descending, order_items, position};
use super::scope::{Scope, same};
use super::source;
use crate::value::{Column, SqlError, SqlType};

/// A SELECT with its ORDER BY.
pub(super) fn select(
    place: &Place<'_>,
    select: &sql::Select,
    order: Option<&sql::OrderBy>,
) -> Result<Plan, SqlError> {
    refuse_other_dialects(select)?;
    let (source, scope) = source::from(place, &select.from)?;
    let plain = place.binder(&scope);
    let filter = select.selection.as_ref().map(|expr| condition(&plain, expr)).transpose()?;
    let groups = group_by(&plain, &select.group_by)?;
    let aggregates = RefCell::new(Vec::new());
    let binder = Binder { aggregates: Some(&aggregates), ..plain.clone() };
    let (items, columns) = projection(&binder, &select.projection)?;
    let having = select.having.as_ref().map(|expr| condition(&binder, expr)).transpose()?;
    let distinct = match &select.distinct {
        None | Some(sql::Distinct::All) => false,
        Some(sql::Distinct::Distinct) => true,
        Some(_) => return Err(SqlError::not_implemented("DISTINCT ON")),
    };
    let order = order_keys(&binder, order, &items, &columns, distinct)?;
    let top = top(&plain, select.top.as_ref())?;
    let aggregates: Vec<Aggregate> = aggregates.into_inner();
    let grouped = !aggregates.is_empty() || !groups.is_empty() || having.is_some();
    if grouped {
        let conditions = having.iter().flat_map(|having| having.nodes());
        for node in items.iter().chain(conditions).chain(order.iter().filter_map(|(key, _)| key.expression()))
        {
            check_grouped(node, &groups, &scope)?;
        }
    }
    let groups = grouped.then_some(groups);
    let body = SelectPlan { source, filter, groups, aggregates, having, items, distinct, order, top };
    Ok(Plan { columns, body: Body::Select(Box::new(body)), order: Vec::new(), paging: Paging::default() })
}

impl OrderKey {
    fn expression(&self) -> Option<&Node> {
        match self {
            Self::Expression(node) => Some(node),
            Self::Output(_) => None,
        }
    }
}

fn refuse_other_dialects(select: &sql::Select) -> Result<(), SqlError> {
    if select.into.is_some() {
        return Err(SqlError::not_implemented("SELECT INTO"));
    }
    if !select.named_window.is_empty() {
        return Err(SqlError::not_implemented("WINDOW"));
    }
    let other = select.exclude.is_some()
        || select.select_modifiers.is_some()
        || !select.lateral_views.is_empty()
        || select.prewhere.is_some()
        || !select.connect_by.is_empty()
        || !select.cluster_by.is_empty()
        || !select.distribute_by.is_empty()
        || !select.sort_by.is_empty()
        || select.qualify.is_some()
        || select.value_table_mode.is_some()
        || select.flavor != sql::SelectFlavor::Standard;
    if other {
        return Err(SqlError::new(102, "Incorrect syntax near the select list.").with_class(15));
    }
    Ok(())
}

fn group_by(binder: &Binder<'_>, group_by: &GroupByExpr) -> Result<Vec<Node>, SqlError> {
    match group_by {
        GroupByExpr::Expressions(exprs, modifiers) if modifiers.is_empty() => {
            exprs.iter().map(|expr| binder.value(expr)).collect()
        }
        _ => Err(SqlError::not_implemented("GROUP BY with ALL, ROLLUP, CUBE or GROUPING SETS")),
    }
}

fn projection(binder: &Binder<'_>, items: &[SelectItem]) -> Result<(Vec<Node>, Vec<Column>), SqlError> {
    let mut nodes = Vec::new();
    let mut columns = Vec::new();
    for item in items {
        match item {
            SelectItem::UnnamedExpr(expr) => {
                let node = binder.value(expr)?;
                columns.push(output_column(column_name(expr), &node));
                nodes.push(node);
            }
            SelectItem::ExprWithAlias { expr, alias } => {
                let node = binder.value(expr)?;
                columns.push(output_column(alias.value.clone(), &node));
                nodes.push(node);
            }
            SelectItem::Wildcard(options) if is_plain(options) => {
                let all = 0..binder.scope.columns.len();
                if all.is_empty() {
                    return Err(SqlError::new(263, "Must specify table to select from."));
                }
                star(binder.scope, all, &mut nodes, &mut columns);
            }
            SelectItem::QualifiedWildcard(
                sql::SelectItemQualifiedWildcardKind::ObjectName(name),
                options,
            ) if is_plain(options) => {
                let parts = source::name_parts(name)?;
                let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
                let found = binder.scope.of_table(&parts);
                if found.is_empty() {
                    let text = format!(
                        "The column prefix '{}' does not match with a table name or alias name used in the query.",
                        parts.join(".")
                    );
                    return Err(SqlError::new(107, text).with_class(15));
                }
                star(binder.scope, found.into_iter(), &mut nodes, &mut columns);
            }
            _ => return Err(SqlError::not_implemented("this form of the select list")),
        }
    }
    Ok((nodes, columns))
}

fn is_plain(options: &sql::WildcardAdditionalOptions) -> bool {
    options.opt_exclude.is_none()
        && options.opt_except.is_none()
        && options.opt_replace.is_none()
        && options.opt_rename.is_none()
        && options.opt_ilike.is_none()
}

fn star(
    scope: &Scope,
    indexes: impl Iterator<Item = usize>,
    nodes: &mut Vec<Node>,
    columns: &mut Vec<Column>,
) {
    for index in indexes {
        if let Some(entry) = scope.columns.get(index) {
            let column = entry.column.clone();
            let op = Op::Column { level: 0, index };
            nodes.push(Node { ty: column.ty, nullable: column.nullable, op });
            columns.push(column);
        }
    }
}

/// The name of an output column without alias: the column's own, else none.
fn column_name(expr: &sql::Expr) -> String {
    match expr {
        sql::Expr::Identifier(name) if name.quote_style.is_some() || !name.value.starts_with('@') => {
            name.value.clone()
        }
        sql::Expr::CompoundIdentifier(parts) => {
            parts.last().map(|part| part.value.clone()).unwrap_or_default()
        }
        sql::Expr::Nested(inner) => column_name(inner),
        _ => String::new(),
    }
}

fn output_column(name: String, node: &Node) -> Column {
    Column { name, ty: node.ty, nullable: node.nullable }
}

fn order_keys(
    binder: &Binder<'_>,
    order: Option<&sql::OrderBy>,
    items: &[Node],
    columns: &[Column],
    distinct: bool,
) -> Result<Vec<(OrderKey, bool)>, SqlError> {
    let mut keys = Vec::new();
    for item in order_items(order)? {
        let alias = match &item.expr {
            sql::Expr::Identifier(name) => columns.iter().position(|column| same(&column.name, &name.value)),
            _ => None,
        };
        let key = if let Some(at) = position(&item.expr, items.len())?.or(alias) {
            OrderKey::Output(at)
        } else {
            let node = binder.value(&item.expr)?;
            items.iter().position(|own| *own == node).map_or(OrderKey::Expression(node), OrderKey::Output)
        };
        if distinct && matches!(key, OrderKey::Expression(_)) {
            let text = "ORDER BY items must appear in the select list if SELECT DISTINCT is specified.";
            return Err(SqlError::new(145, text).with_class(15));
        }
        keys.push((key, is_descending(item)?));
    }
    Ok(keys)
}

fn top(binder: &Binder<'_>, top: Option<&sql::Top>) -> Result<Option<(Node, bool)>, SqlError> {
    let Some(top) = top else { return Ok(None) };
    if top.with_ties {
        return Err(SqlError::not_implemented("TOP WITH TIES"));
    }
    let node = match &top.quantity {
        Some(sql::TopQuantity::Constant(count)) => {
            let count = i64::try_from(*count).unwrap_or(i64::MAX);
            Node::constant(SqlType::BigInt, crate::value::SqlValue::BigInt(count))
        }
        Some(sql::TopQuantity::Expr(expr)) => binder.value(expr)?,
        None => return Err(SqlError::new(102, "Incorrect syntax near 'TOP'.").with_class(15)),
    };
    Ok(Some((node, top.percent)))
}

/// Every column is grouped or aggregated (8120).
fn check_grouped(node: &Node, groups: &[Node], scope: &Scope) -> Result<(), SqlError> {
    if groups.contains(node) {
        return Ok(());
    }
    if let Op::Column { level: 0, index } = node.op {
        let entry = scope.columns.get(index);
        let name = entry.map(|entry| format!("{}.{}", entry.table, entry.column.name)).unwrap_or_default();
        let text = format!(
            "Column '{name}' is invalid in the select list because it is not contained in either an aggregate function or the GROUP BY clause."
        );
        return Err(SqlError::new(8120, text));
    }
    node.children().into_iter().try_for_each(|child| check_grouped(child, groups, scope))
}
