//! From parsed conditions to typed ones.

use sqlparser::ast::{BinaryOperator, Expr, UnaryOperator};

use super::bind::{Binder, short};
use super::coerce::{coerce, comparable};
use super::messages::{not_a_condition, subquery_columns};
use super::node::{Comparison, Condition, Node, Op};
use super::types::{Family, family};
use crate::value::{Length, SqlError, SqlType, SqlValue};

/// A condition.
pub(super) fn condition(binder: &Binder<'_>, expr: &Expr) -> Result<Condition, SqlError> {
    binder.deeper(|| any_condition(binder, expr))
}

fn any_condition(binder: &Binder<'_>, expr: &Expr) -> Result<Condition, SqlError> {
    match expr {
        Expr::Nested(inner) => condition(binder, inner),
        Expr::UnaryOp { op: UnaryOperator::Not, expr } => {
            condition(binder, expr).map(|inner| Condition::Not(Box::new(inner)))
        }
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            Ok(Condition::And(Box::new(condition(binder, left)?), Box::new(condition(binder, right)?)))
        }
        Expr::BinaryOp { left, op: BinaryOperator::Or, right } => {
            Ok(Condition::Or(Box::new(condition(binder, left)?), Box::new(condition(binder, right)?)))
        }
        Expr::BinaryOp { left, op, right } => match comparison(op) {
            Some(op) => compare(op, binder.value(left)?, binder.value(right)?),
            None => Err(not_a_condition(short(expr))),
        },
        Expr::IsNull(inner) => binder.value(inner).map(Condition::IsNull),
        Expr::IsNotNull(inner) => {
            binder.value(inner).map(|node| Condition::Not(Box::new(Condition::IsNull(node))))
        }
        Expr::Between { expr, negated, low, high } => {
            let value = binder.value(expr)?;
            let low = compare(Comparison::GreaterOrEqual, value.clone(), binder.value(low)?)?;
            let high = compare(Comparison::LessOrEqual, value, binder.value(high)?)?;
            Ok(negate_if(*negated, Condition::And(Box::new(low), Box::new(high))))
        }
        Expr::InList { expr, list, negated } => in_list(binder, expr, list).map(|c| negate_if(*negated, c)),
        Expr::InSubquery { expr, subquery, negated } => {
            let plan = binder.subquery(subquery)?;
            let [column] = plan.columns.as_slice() else { return Err(subquery_columns()) };
            let item = Node::new(column.ty, Op::Column { level: 0, index: 0 });
            let (value, item) = comparable(binder.value(expr)?, item)?;
            Ok(negate_if(*negated, Condition::InQuery(value, item, Box::new(plan))))
        }
        Expr::Exists { subquery, negated } => {
            let plan = binder.subquery(subquery)?;
            Ok(negate_if(*negated, Condition::Exists(Box::new(plan))))
        }
        Expr::Like { negated, any: false, expr, pattern, escape_char } => {
            let text = as_text(binder.value(expr)?)?;
            let pattern = as_text(binder.value(pattern)?)?;
            let escape =
                escape_char.as_deref().map(|escape| binder.value(escape).and_then(as_text)).transpose()?;
            Ok(negate_if(*negated, Condition::Like { text, pattern, escape }))
        }
        other => Err(not_a_condition(short(other))),
    }
}

fn negate_if(negated: bool, condition: Condition) -> Condition {
    if negated { Condition::Not(Box::new(condition)) } else { condition }
}

fn comparison(op: &BinaryOperator) -> Option<Comparison> {
    Some(match op {
        BinaryOperator::Eq => Comparison::Equal,
        BinaryOperator::NotEq => Comparison::NotEqual,
        BinaryOperator::Lt => Comparison::Less,
        BinaryOperator::LtEq => Comparison::LessOrEqual,
        BinaryOperator::Gt => Comparison::Greater,
        BinaryOperator::GtEq => Comparison::GreaterOrEqual,
        _ => return None,
    })
}

fn compare(op: Comparison, left: Node, right: Node) -> Result<Condition, SqlError> {
    let (left, right) = comparable(left, right)?;
    Ok(Condition::Compare(op, left, right))
}

fn in_list(binder: &Binder<'_>, expr: &Expr, list: &[Expr]) -> Result<Condition, SqlError> {
    let value = binder.value(expr)?;
    let pairs = list
        .iter()
        .map(|item| comparable(value.clone(), binder.value(item)?))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Condition::InList(value, pairs))
}

/// A value as text, as LIKE and the text functions read it.
pub(super) fn as_text(node: Node) -> Result<Node, SqlError> {
    match family(node.ty) {
        Family::Text => Ok(node),
        Family::Variant => {
            let text = "Argument data type sql_variant is invalid for a text argument.";
            Err(SqlError::new(8116, text))
        }
        _ if matches!(node.op, Op::Constant(SqlValue::Null)) => {
            Ok(coerce(node, SqlType::VarChar(Length::Limited(1))))
        }
        _ => {
            let length = super::types::length(node.ty);
            Ok(coerce(node, SqlType::VarChar(length)))
        }
    }
}
