//! Values of typed expressions and conditions.

use std::cmp::Ordering;

use super::arithmetic;
use super::bind::{RED_ZONE, STACK};
use super::compare::{like, order};
use super::context::Context;
use super::convert::cast;
use super::function_eval::{call, text_of};
use super::messages::subquery_rows;
use super::node::{Comparison, Condition, Node, Op};
use super::run;
use super::types::{family, natural};
use crate::value::{SqlError, SqlType, SqlValue};

/// The row that columns refer to, with the rows of the enclosing queries.
#[derive(Clone, Copy)]
pub(super) struct Env<'a> {
    pub(super) row: &'a [SqlValue],
    /// Values of the group's aggregates.
    pub(super) aggregates: &'a [SqlValue],
    pub(super) outer: Option<&'a Env<'a>>,
}

impl Env<'_> {
    /// No row at all.
    pub(super) const EMPTY: Env<'static> = Env { row: &[], aggregates: &[], outer: None };

    fn column(&self, level: usize, index: usize) -> SqlValue {
        let mut env = self;
        for _ in 0..level {
            match env.outer {
                Some(outer) => env = outer,
                None => return SqlValue::Null,
            }
        }
        env.row.get(index).cloned().unwrap_or(SqlValue::Null)
    }
}

/// The value of an expression.
pub(super) fn value(context: &Context<'_>, node: &Node, env: &Env<'_>) -> Result<SqlValue, SqlError> {
    stacker::maybe_grow(RED_ZONE, STACK, || any_value(context, node, env))
}

fn any_value(context: &Context<'_>, node: &Node, env: &Env<'_>) -> Result<SqlValue, SqlError> {
    match &node.op {
        Op::Constant(constant) => Ok(constant.clone()),
        Op::Column { level, index } => Ok(env.column(*level, *index)),
        Op::Variable(name) => Ok(context.variables.get(name).map_or(SqlValue::Null, |v| v.value.clone())),
        Op::Aggregate(slot) => Ok(env.aggregates.get(*slot).cloned().unwrap_or(SqlValue::Null)),
        Op::Convert { inner, style, attempt } => {
            let style = match style.as_deref().map(|style| value(context, style, env)).transpose()? {
                Some(SqlValue::Int(style)) => style,
                _ => 0,
            };
            match cast(&value(context, inner, env)?, inner.ty, node.ty, style) {
                Err(error) if *attempt && error.number != 529 && error.number < 50000 => Ok(SqlValue::Null),
                other => other,
            }
        }
        Op::Negate(inner) => arithmetic::negate(&value(context, inner, env)?, node.ty),
        Op::Arithmetic(operator, left, right) => {
            arithmetic::apply(*operator, &value(context, left, env)?, &value(context, right, env)?, node.ty)
        }
        Op::Concat(left, right) => {
            Ok(arithmetic::join(value(context, left, env)?, value(context, right, env)?))
        }
        Op::Case(branches, otherwise) => {
            for (condition, result) in branches {
                if test(context, condition, env)? == Some(true) {
                    return value(context, result, env);
                }
            }
            otherwise.as_deref().map_or(Ok(SqlValue::Null), |node| value(context, node, env))
        }
        Op::Coalesce(nodes) => {
            for node in nodes {
                let candidate = value(context, node, env)?;
                if !candidate.is_null() {
                    return Ok(candidate);
                }
            }
            Ok(SqlValue::Null)
        }
        Op::Call(builtin, nodes) => call(context, *builtin, nodes, &values(context, nodes, env)?, node.ty),
        Op::Site(function, nodes) => {
            let answer = context.view.scalar(*function, &values(context, nodes, env)?)?;
            cast(&answer, natural(&answer), node.ty, 0)
        }
        Op::Subquery(plan) => {
            let mut rows = run::plan(context, plan, Some(env))?;
            if rows.len() > 1 {
                return Err(subquery_rows());
            }
            Ok(rows.pop().and_then(|mut row| row.pop()).unwrap_or(SqlValue::Null))
        }
    }
}

/// The values of several expressions.
pub(super) fn values(
    context: &Context<'_>,
    nodes: &[Node],
    env: &Env<'_>,
) -> Result<Vec<SqlValue>, SqlError> {
    nodes.iter().map(|node| value(context, node, env)).collect()
}

/// A condition: true, false or unknown.
pub(super) fn test(
    context: &Context<'_>,
    condition: &Condition,
    env: &Env<'_>,
) -> Result<Option<bool>, SqlError> {
    match condition {
        Condition::And(left, right) => match test(context, left, env)? {
            Some(false) => Ok(Some(false)),
            left => Ok(match test(context, right, env)? {
                Some(false) => Some(false),
                Some(true) => left,
                None => None,
            }),
        },
        Condition::Or(left, right) => match test(context, left, env)? {
            Some(true) => Ok(Some(true)),
            left => Ok(match test(context, right, env)? {
                Some(true) => Some(true),
                Some(false) => left,
                None => None,
            }),
        },
        Condition::Not(inner) => Ok(test(context, inner, env)?.map(|truth| !truth)),
        Condition::Compare(op, left, right) => {
            let (left, right) = (value(context, left, env)?, value(context, right, env)?);
            compared(&left, &right).map(|ordering| ordering.map(|ordering| op.accepts(ordering)))
        }
        Condition::IsNull(node) => Ok(Some(value(context, node, env)?.is_null())),
        Condition::InList(_, pairs) => any(pairs
            .iter()
            .map(|(left, right)| compared(&value(context, left, env)?, &value(context, right, env)?))),
        Condition::InQuery(wanted, item, plan) => {
            let wanted = value(context, wanted, env)?;
            let rows = run::plan(context, plan, Some(env))?;
            any(rows.iter().map(|row| {
                let inner = Env { row, aggregates: &[], outer: Some(env) };
                compared(&wanted, &value(context, item, &inner)?)
            }))
        }
        Condition::Like { text, pattern, escape } => {
            let (text, pattern) = (value(context, text, env)?, value(context, pattern, env)?);
            let escape = escape.as_ref().map(|node| value(context, node, env)).transpose()?;
            if text.is_null() || pattern.is_null() {
                return Ok(None);
            }
            let escape = escape.as_ref().map(text_of).and_then(|text| text.chars().next());
            Ok(Some(like(&text_of(&text), &text_of(&pattern), escape)))
        }
        Condition::Exists(plan) => Ok(Some(!run::plan(context, plan, Some(env))?.is_empty())),
    }
}

/// The order of two values; unknown if one is NULL.
pub(super) fn compared(left: &SqlValue, right: &SqlValue) -> Result<Option<Ordering>, SqlError> {
    if left.is_null() || right.is_null() {
        return Ok(None);
    }
    match order(left, right) {
        Some(ordering) => Ok(Some(ordering)),
        // Base types of different families are never equal ("sql_variant (Transact-SQL)").
        None if family(natural(left)) != family(natural(right)) => Ok(Some(Ordering::Less)),
        None => Err(SqlError::not_implemented("comparing these values")),
    }
}

/// True if one is equal, else unknown if one is unknown, else false.
fn any(
    comparisons: impl Iterator<Item = Result<Option<Ordering>, SqlError>>,
) -> Result<Option<bool>, SqlError> {
    let mut unknown = false;
    for comparison in comparisons {
        match comparison? {
            Some(Ordering::Equal) => return Ok(Some(true)),
            Some(_) => {}
            None => unknown = true,
        }
    }
    Ok(if unknown { None } else { Some(false) })
}

impl Comparison {
    fn accepts(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering == Ordering::Equal,
            Self::NotEqual => ordering != Ordering::Equal,
            Self::Less => ordering == Ordering::Less,
            Self::LessOrEqual => ordering != Ordering::Greater,
            Self::Greater => ordering == Ordering::Greater,
            Self::GreaterOrEqual => ordering != Ordering::Less,
        }
    }
}

/// A count from TOP, OFFSET or FETCH.
pub(super) fn count(context: &Context<'_>, node: &Node, env: &Env<'_>) -> Result<usize, SqlError> {
    match cast(&value(context, node, env)?, node.ty, SqlType::BigInt, 0)? {
        SqlValue::BigInt(count) => usize::try_from(count).map_err(|_| {
            SqlError::new(127, "A TOP N or FETCH rowcount value may not be negative.").with_class(15)
        }),
        _ => Err(SqlError::new(
            1060,
            "The number of rows provided for a TOP or FETCH clauses row count parameter must be an integer.",
        )
        .with_class(15)),
    }
}
