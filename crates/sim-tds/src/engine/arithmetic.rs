//! Operators on numbers, text and bytes: result types and values.

use super::coerce::coerce;
use super::compare::{approximate, exact};
use super::convert::{cast, integer};
use super::messages::{divide_by_zero, incompatible, overflow};
use super::node::{Node, Op, Operator};
use super::types::{Family, as_decimal, common, family, length, precedence, with_length};
use crate::value::{Decimal, Length, SqlError, SqlType, SqlValue};

/// A typed operator.
pub(super) fn bind(operator: Operator, left: Node, right: Node) -> Result<Node, SqlError> {
    let (left, right) = match (left.is_bare_null(), right.is_bare_null()) {
        (true, false) => (coerce(left, right.ty), right),
        (false, true) => {
            let ty = left.ty;
            (left, coerce(right, ty))
        }
        _ => (left, right),
    };
    match (family(left.ty), family(right.ty)) {
        (Family::Text, Family::Text) | (Family::Binary, Family::Binary) if operator == Operator::Add => {
            Ok(concat(left, right))
        }
        (Family::Number, Family::Number) => numbers(operator, left, right),
        // Text becomes the number's type.
        (Family::Number, Family::Text) => {
            let ty = left.ty;
            numbers(operator, left, coerce(right, ty))
        }
        (Family::Text, Family::Number) => {
            let ty = right.ty;
            numbers(operator, coerce(left, ty), right)
        }
        (Family::Moment, Family::Number) | (Family::Number, Family::Moment) => {
            Err(SqlError::not_implemented("arithmetic on dates; use DATEADD"))
        }
        _ => Err(incompatible(left.ty, right.ty, name(operator))),
    }
}

fn name(operator: Operator) -> &'static str {
    match operator {
        Operator::Add => "add",
        Operator::Subtract => "subtract",
        Operator::Multiply => "multiply",
        Operator::Divide => "divide",
        Operator::Modulo => "modulo",
        Operator::And => "'&'",
        Operator::Or => "'|'",
        Operator::Xor => "'^'",
    }
}

fn concat(left: Node, right: Node) -> Node {
    let total = match (length(left.ty), length(right.ty)) {
        (Length::Limited(a), Length::Limited(b)) => Length::Limited(a.saturating_add(b)),
        _ => Length::Max,
    };
    let ty = with_length(common(left.ty, right.ty), total);
    let nullable = left.nullable || right.nullable;
    Node { ty, nullable, op: Op::Concat(Box::new(left), Box::new(right)) }
}

fn numbers(operator: Operator, left: Node, right: Node) -> Result<Node, SqlError> {
    let ty = result_type(operator, left.ty, right.ty)
        .ok_or_else(|| incompatible(left.ty, right.ty, name(operator)))?;
    let nullable = left.nullable || right.nullable;
    Ok(Node { ty, nullable, op: Op::Arithmetic(operator, Box::new(left), Box::new(right)) })
}

/// "Precision, scale, and length (Transact-SQL)".
fn result_type(operator: Operator, left: SqlType, right: SqlType) -> Option<SqlType> {
    let high = if precedence(left) < precedence(right) { right } else { left };
    if matches!(operator, Operator::And | Operator::Or | Operator::Xor) {
        return is_integer(left).then_some(high).filter(|_| is_integer(right));
    }
    match high {
        SqlType::Bit => Some(SqlType::TinyInt),
        SqlType::Decimal { .. } => {
            let ((p1, s1), (p2, s2)) = (as_decimal(left)?, as_decimal(right)?);
            let (p1, s1, p2, s2) = (i16::from(p1), i16::from(s1), i16::from(p2), i16::from(s2));
            let (precision, scale) = match operator {
                Operator::Multiply => (p1 + p2 + 1, s1 + s2),
                Operator::Divide => (p1 - s1 + s2 + 6.max(s1 + p2 + 1), 6.max(s1 + p2 + 1)),
                Operator::Modulo => ((p1 - s1).min(p2 - s2) + s1.max(s2), s1.max(s2)),
                _ => (s1.max(s2) + (p1 - s1).max(p2 - s2) + 1, s1.max(s2)),
            };
            // Beyond 38 digits the scale gives way, but keeps 6.
            let lost = (precision - 38).max(0);
            let scale = if lost > 0 { (scale - lost).max(scale.min(6)) } else { scale };
            let scale = u8::try_from(scale).ok()?;
            Some(SqlType::Decimal { precision: u8::try_from(precision.min(38)).ok()?, scale })
        }
        other => Some(other),
    }
}

fn is_integer(ty: SqlType) -> bool {
    matches!(ty, SqlType::Bit | SqlType::TinyInt | SqlType::SmallInt | SqlType::Int | SqlType::BigInt)
}

/// The value of an operator on two numbers; NULL if one is.
pub(super) fn apply(
    operator: Operator,
    left: &SqlValue,
    right: &SqlValue,
    ty: SqlType,
) -> Result<SqlValue, SqlError> {
    if left.is_null() || right.is_null() {
        return Ok(SqlValue::Null);
    }
    let failed = || overflow(ty);
    if matches!(ty, SqlType::Float | SqlType::Real) {
        let (a, b) = (approximate(left).ok_or_else(failed)?, approximate(right).ok_or_else(failed)?);
        let value = match operator {
            Operator::Add => a + b,
            Operator::Subtract => a - b,
            Operator::Multiply => a * b,
            Operator::Divide | Operator::Modulo if b == 0.0 => return Err(divide_by_zero()),
            Operator::Divide => a / b,
            Operator::Modulo => a % b,
            _ => return Err(failed()),
        };
        return if value.is_finite() {
            cast(&SqlValue::Float(value), SqlType::Float, ty, 0)
        } else {
            Err(failed())
        };
    }
    let (a, b) = (exact(left).ok_or_else(failed)?, exact(right).ok_or_else(failed)?);
    if matches!(operator, Operator::Divide | Operator::Modulo) && b.unscaled == 0 {
        return Err(divide_by_zero());
    }
    let value = exact_result(operator, a, b, ty).ok_or_else(failed)?;
    if is_integer(ty) {
        return integer(value.unscaled, ty).ok_or_else(failed);
    }
    cast(&SqlValue::Decimal(value), SqlType::Decimal { precision: 38, scale: value.scale }, ty, 0)
}

fn exact_result(operator: Operator, a: Decimal, b: Decimal, ty: SqlType) -> Option<Decimal> {
    let scale = a.scale.max(b.scale);
    let aligned = || Some((super::compare::rescaled(a, scale)?, super::compare::rescaled(b, scale)?));
    let (unscaled, scale) = match operator {
        Operator::Add => aligned().and_then(|(a, b)| Some((a.checked_add(b)?, scale)))?,
        Operator::Subtract => aligned().and_then(|(a, b)| Some((a.checked_sub(b)?, scale)))?,
        Operator::Multiply => (a.unscaled.checked_mul(b.unscaled)?, a.scale + b.scale),
        Operator::Modulo => aligned().and_then(|(a, b)| Some((a.checked_rem(b)?, scale)))?,
        Operator::Divide => {
            let wanted = match ty {
                SqlType::Decimal { scale, .. } => scale,
                SqlType::Money | SqlType::SmallMoney => 4,
                _ => 0,
            };
            let shift = wanted + b.scale;
            let up = 10_i128.checked_pow(u32::from(shift.saturating_sub(a.scale)))?;
            let down = 10_i128.checked_pow(u32::from(a.scale.saturating_sub(shift)))?;
            (a.unscaled.checked_mul(up)?.checked_div(b.unscaled)?.checked_div(down)?, wanted)
        }
        Operator::And => (a.unscaled & b.unscaled, 0),
        Operator::Or => (a.unscaled | b.unscaled, 0),
        Operator::Xor => (a.unscaled ^ b.unscaled, 0),
    };
    Some(Decimal { unscaled, scale })
}

/// The value with the other sign.
pub(super) fn negate(value: &SqlValue, ty: SqlType) -> Result<SqlValue, SqlError> {
    match value {
        SqlValue::Null => Ok(SqlValue::Null),
        SqlValue::Decimal(v) => Ok(SqlValue::Decimal(Decimal { unscaled: -v.unscaled, scale: v.scale })),
        SqlValue::Float(v) => Ok(SqlValue::Float(-v)),
        SqlValue::Real(v) => Ok(SqlValue::Real(-v)),
        other => apply(Operator::Subtract, &SqlValue::Int(0), other, ty),
    }
}

/// Text or bytes one after the other; NULL if one is.
pub(super) fn join(left: SqlValue, right: SqlValue) -> SqlValue {
    match (left, right) {
        (SqlValue::Text(mut a), SqlValue::Text(b)) => {
            a.push_str(&b);
            SqlValue::Text(a)
        }
        (SqlValue::Binary(mut a), SqlValue::Binary(b)) => {
            a.extend(b);
            SqlValue::Binary(a)
        }
        _ => SqlValue::Null,
    }
}
