//! Implicit conversions.

use super::messages::operand_clash;
use super::node::{Node, Op};
use super::types::{Family, common, family, precedence, type_name};
use crate::value::{SqlError, SqlType};

/// Whether a value of one type may be assigned to another without CONVERT (257 if not, 206 if never).
pub(super) fn implicit(from: SqlType, to: SqlType) -> Result<(), SqlError> {
    let explicit_only = match (family(from), family(to)) {
        (Family::Variant, other) => other != Family::Variant,
        (Family::Text, Family::Binary) | (Family::Moment, Family::Number | Family::Binary) => true,
        (Family::Number, Family::Guid | Family::Moment)
        | (Family::Guid, Family::Number | Family::Moment)
        | (Family::Moment, Family::Guid)
        | (Family::Binary, Family::Moment) => {
            return Err(operand_clash(from, to));
        }
        _ => false,
    };
    if explicit_only {
        let text = format!(
            "Implicit conversion from data type {} to {} is not allowed. Use the CONVERT function to run this query.",
            type_name(from),
            type_name(to)
        );
        return Err(SqlError::new(257, text).with_state(3));
    }
    Ok(())
}

/// The node converted to a type; a bare NULL just takes it.
pub(super) fn coerce(node: Node, ty: SqlType) -> Node {
    if node.ty == ty {
        return node;
    }
    if node.is_bare_null() {
        return Node { ty, ..node };
    }
    let nullable = node.nullable;
    Node { ty, nullable, op: Op::Convert { inner: Box::new(node), style: None, attempt: false } }
}

/// Two sides of a comparison brought to kinds that have an order.
pub(super) fn comparable(left: Node, right: Node) -> Result<(Node, Node), SqlError> {
    if left.is_bare_null() || right.is_bare_null() {
        return Ok((left, right));
    }
    match (family(left.ty), family(right.ty)) {
        (Family::Variant, _) | (_, Family::Variant) => Ok((left, right)),
        (Family::Moment, Family::Moment) => {
            let ty = common(left.ty, right.ty);
            let clash = |ty: SqlType| matches!(ty, SqlType::Date | SqlType::Time(_));
            if clash(left.ty) && clash(right.ty) && type_name(left.ty) != type_name(right.ty) {
                return Err(super::messages::incompatible(left.ty, right.ty, "comparison"));
            }
            Ok((coerce(left, ty), coerce(right, ty)))
        }
        (a, b) if a == b => Ok((left, right)),
        _ => {
            let (low, high) = if precedence(left.ty) < precedence(right.ty) {
                (left.ty, right.ty)
            } else {
                (right.ty, left.ty)
            };
            // A binary value compared with text is allowed, bytes as characters.
            implicit(low, high)?;
            Ok(if left.ty == low { (coerce(left, high), right) } else { (left, coerce(right, high)) })
        }
    }
}
