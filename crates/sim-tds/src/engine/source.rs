//! FROM: tables, derived tables and joins.

use std::sync::Arc;

use sqlparser::ast::{self as sql, JoinConstraint, JoinOperator, TableFactor};

use super::bind_condition::condition;
use super::eval::{Env, values};
use super::messages::invalid_object;
use super::node::{Comparison, Condition, Join, JoinKind, Node, Op, Source};
use super::plan::{self, Place, renamed};
use super::run;
use super::scope::{Scope, ScopeColumn, same};
use super::types::{Family, family};
use super::world::TableName;
use crate::tsql::ObjectName;
use crate::value::{Column, SqlError, SqlType, SqlValue};

/// The rows of FROM and the columns that they make visible.
pub(super) fn from(place: &Place<'_>, tables: &[sql::TableWithJoins]) -> Result<(Source, Scope), SqlError> {
    let mut joined: Option<(Source, Scope)> = None;
    for table in tables {
        let next = table_with_joins(place, table)?;
        joined = Some(match joined {
            None => next,
            Some(left) => join(place, left, next, JoinKind::Inner, None)?,
        });
    }
    Ok(joined.unwrap_or((Source::Single, Scope::default())))
}

fn table_with_joins(place: &Place<'_>, table: &sql::TableWithJoins) -> Result<(Source, Scope), SqlError> {
    let mut left = factor(place, &table.relation)?;
    for next in &table.joins {
        let (kind, constraint) = join_kind(&next.join_operator)?;
        let right = factor(place, &next.relation)?;
        left = join(place, left, right, kind, constraint)?;
    }
    Ok(left)
}

fn join_kind(operator: &JoinOperator) -> Result<(JoinKind, Option<&sql::Expr>), SqlError> {
    let (kind, constraint) = match operator {
        JoinOperator::Join(constraint) | JoinOperator::Inner(constraint) => (JoinKind::Inner, constraint),
        JoinOperator::Left(constraint) | JoinOperator::LeftOuter(constraint) => (JoinKind::Left, constraint),
        JoinOperator::Right(constraint) | JoinOperator::RightOuter(constraint) => {
            (JoinKind::Right, constraint)
        }
        JoinOperator::FullOuter(constraint) => (JoinKind::Full, constraint),
        JoinOperator::CrossJoin(JoinConstraint::None) => return Ok((JoinKind::Inner, None)),
        _ => return Err(SqlError::not_implemented("APPLY and other joins than INNER, OUTER and CROSS")),
    };
    match constraint {
        JoinConstraint::On(expr) => Ok((kind, Some(expr))),
        _ => Err(SqlError::new(102, "Incorrect syntax near the join: ON is missing.").with_class(15)),
    }
}

fn join(
    place: &Place<'_>,
    (left, left_scope): (Source, Scope),
    (right, right_scope): (Source, Scope),
    kind: JoinKind,
    on: Option<&sql::Expr>,
) -> Result<(Source, Scope), SqlError> {
    let (left_width, right_width) = (left_scope.columns.len(), right_scope.columns.len());
    for entry in &right_scope.columns {
        let twice = left_scope
            .columns
            .iter()
            .any(|own| !own.table.is_empty() && same(&own.table, &entry.table) && own.schema == entry.schema);
        if twice {
            let text = format!(
                "The objects \"{0}\" and \"{0}\" in the FROM clause have the same exposed names. Use correlation names to distinguish them.",
                entry.table
            );
            return Err(SqlError::new(1013, text));
        }
    }
    let mut scope = left_scope;
    scope.columns.extend(right_scope.columns);
    let on = on.map(|expr| condition(&place.binder(&scope), expr)).transpose()?;
    let keys = on.as_ref().map(|on| equal_columns(on, left_width)).unwrap_or_default();
    for (index, entry) in scope.columns.iter_mut().enumerate() {
        let optional = match kind {
            JoinKind::Inner => false,
            JoinKind::Left => index >= left_width,
            JoinKind::Right => index < left_width,
            JoinKind::Full => true,
        };
        entry.column.nullable |= optional;
    }
    let join = Join { kind, left, left_width, right, right_width, on, keys };
    Ok((Source::Join(Box::new(join)), scope))
}

/// Pairs of columns, left and right, that the condition demands to be equal.
fn equal_columns(on: &Condition, left_width: usize) -> Vec<(usize, usize)> {
    match on {
        Condition::And(a, b) => {
            let mut keys = equal_columns(a, left_width);
            keys.extend(equal_columns(b, left_width));
            keys
        }
        Condition::Compare(Comparison::Equal, a, b) => match (own_column(a), own_column(b)) {
            (Some(a), Some(b)) if a < left_width && b >= left_width => vec![(a, b - left_width)],
            (Some(a), Some(b)) if b < left_width && a >= left_width => vec![(b, a - left_width)],
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// A column of this query whose key decides equality: floats and variants are left to the comparison.
fn own_column(node: &Node) -> Option<usize> {
    let exact = !matches!(node.ty, SqlType::Real | SqlType::Float) && family(node.ty) != Family::Variant;
    match node.op {
        Op::Column { level: 0, index } if exact => Some(index),
        _ => None,
    }
}

fn factor(place: &Place<'_>, factor: &TableFactor) -> Result<(Source, Scope), SqlError> {
    match factor {
        TableFactor::Table {
            name,
            alias,
            args,
            version: None,
            with_ordinality: false,
            partitions,
            json_path: None,
            sample: None,
            index_hints,
            ..
        } if partitions.is_empty() && index_hints.is_empty() => {
            table(place, name, alias.as_ref(), args.as_ref())
        }
        TableFactor::Derived { lateral: false, subquery, alias: Some(alias), sample: None } => {
            let plan = plan::query(place.context, subquery, None, place.named, place.depth + 1)?;
            let rows = run::plan(place.context, &plan, Some(&Env::EMPTY))?;
            let columns = renamed(plan.columns, &alias_columns(alias), &alias.name.value)?;
            Ok((Source::Rows(Arc::new(rows)), visible(columns, &alias.name.value, None)))
        }
        TableFactor::NestedJoin { table_with_joins: inner, alias: None } => table_with_joins(place, inner),
        _ => Err(SqlError::not_implemented("this kind of table in FROM")),
    }
}

fn alias_columns(alias: &sql::TableAlias) -> Vec<String> {
    alias.columns.iter().map(|column| column.name.value.clone()).collect()
}

/// The parts of a name as written.
pub(super) fn name_parts(name: &sql::ObjectName) -> Result<Vec<String>, SqlError> {
    name.0
        .iter()
        .map(|part| match part {
            sql::ObjectNamePart::Identifier(ident) => Ok(ident.value.clone()),
            sql::ObjectNamePart::Function(_) => Err(SqlError::not_implemented("this form of a name")),
        })
        .collect()
}

fn visible(columns: Vec<Column>, table: &str, schema: Option<&str>) -> Scope {
    let columns = columns.into_iter();
    Scope {
        columns: columns
            .map(|column| ScopeColumn { table: table.to_owned(), schema: schema.map(str::to_owned), column })
            .collect(),
    }
}

fn table(
    place: &Place<'_>,
    name: &sql::ObjectName,
    alias: Option<&sql::TableAlias>,
    args: Option<&sql::TableFunctionArgs>,
) -> Result<(Source, Scope), SqlError> {
    let parts = name_parts(name)?;
    let written = ObjectName::from_parts(&parts).ok_or_else(|| invalid_object(name))?;
    let (columns, rows) = rows_of(place, &written, args)?;
    let names = alias.map(alias_columns).unwrap_or_default();
    let columns = if names.is_empty() { columns } else { renamed(columns, &names, &written.name)? };
    let scope = match alias {
        Some(alias) => visible(columns, &alias.name.value, None),
        None => visible(columns, &written.name, written.schema.as_deref()),
    };
    Ok((Source::Rows(rows), scope))
}

type Rows = Arc<Vec<Vec<SqlValue>>>;

fn rows_of(
    place: &Place<'_>,
    name: &ObjectName,
    args: Option<&sql::TableFunctionArgs>,
) -> Result<(Vec<Column>, Rows), SqlError> {
    let bare = name.schema.is_none() && name.database.is_none();
    if let Some(server) = &name.server {
        let text = format!(
            "Could not find server '{server}' in sys.servers. Verify that the correct server name was specified. If necessary, execute the stored procedure sp_addlinkedserver to add the server to sys.servers."
        );
        return Err(SqlError::new(7202, text).with_state(2).with_class(11));
    }
    if let Some(named) = place.named.iter().rev().find(|named| bare && same(&named.name, &name.name)) {
        return Ok((named.rows.columns.clone(), Arc::new(named.rows.rows.clone())));
    }
    if name.name.starts_with(['#', '@']) {
        let local = place.context.local_table(&name.name).ok_or_else(|| {
            if name.name.starts_with('@') {
                let text = format!("Must declare the table variable \"{}\".", name.name);
                SqlError::new(1087, text).with_state(2).with_class(15)
            } else {
                invalid_object(name)
            }
        })?;
        return Ok((local.columns.clone(), Arc::new(local.rows.clone())));
    }
    let full = TableName {
        database: name.database.clone().unwrap_or_else(|| place.context.session.database.clone()),
        schema: name.schema.clone(),
        name: name.name.clone(),
    };
    let found = match args {
        None => place.context.view.table(&full)?,
        Some(args) => place.context.view.table_function(&full, &arguments(place, args)?)?,
    };
    let table = found.ok_or_else(|| invalid_object(name))?;
    Ok((table.columns, table.rows))
}

fn arguments(place: &Place<'_>, args: &sql::TableFunctionArgs) -> Result<Vec<SqlValue>, SqlError> {
    let scope = Scope::default();
    let binder = place.binder(&scope);
    let nodes = args
        .args
        .iter()
        .map(|arg| match arg {
            sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Expr(expr)) => binder.value(expr),
            _ => Err(SqlError::not_implemented("this argument of a table function")),
        })
        .collect::<Result<Vec<_>, _>>()?;
    values(place.context, &nodes, &Env::EMPTY)
}
