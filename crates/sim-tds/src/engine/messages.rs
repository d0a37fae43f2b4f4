//! SQL Server's own messages (texts of `sys.messages`).

use std::fmt::Display;

use super::types::type_name;
use crate::value::{SqlError, SqlType};

pub(super) fn invalid_column(name: &str) -> SqlError {
    SqlError::new(207, format!("Invalid column name '{name}'."))
}

pub(super) fn ambiguous_column(name: &str) -> SqlError {
    SqlError::new(209, format!("Ambiguous column name '{name}'."))
}

pub(super) fn unbound_identifier(name: &str) -> SqlError {
    SqlError::new(4104, format!("The multi-part identifier \"{name}\" could not be bound."))
}

pub(super) fn invalid_object(name: impl Display) -> SqlError {
    SqlError::new(208, format!("Invalid object name '{name}'."))
}

pub(super) fn unknown_procedure(name: impl Display) -> SqlError {
    SqlError::new(2812, format!("Could not find stored procedure '{name}'.")).with_state(62)
}

pub(super) fn unknown_function(name: &str) -> SqlError {
    SqlError::new(195, format!("'{name}' is not a recognized built-in function name."))
        .with_state(10)
        .with_class(15)
}

pub(super) fn undeclared_variable(name: &str) -> SqlError {
    SqlError::new(137, format!("Must declare the scalar variable \"{name}\".")).with_state(2).with_class(15)
}

pub(super) fn argument_count(name: &str, least: usize, most: usize) -> SqlError {
    let text = if least == most {
        format!("The {} function requires {least} argument(s).", name.to_lowercase())
    } else {
        format!("The {} function requires {least} to {most} arguments.", name.to_lowercase())
    };
    SqlError::new(if least == most { 174 } else { 189 }, text).with_class(15)
}

pub(super) fn subquery_rows() -> SqlError {
    let text = "Subquery returned more than 1 value. This is not permitted when the subquery follows =, !=, <, <= , >, >= or when the subquery is used as an expression.";
    SqlError::new(512, text)
}

pub(super) fn subquery_columns() -> SqlError {
    let text = "Only one expression can be specified in the select list when the subquery is not introduced with EXISTS.";
    SqlError::new(116, text)
}

pub(super) fn divide_by_zero() -> SqlError {
    SqlError::new(8134, "Divide by zero error encountered.")
}

pub(super) fn overflow(ty: SqlType) -> SqlError {
    let text = format!("Arithmetic overflow error converting expression to data type {}.", type_name(ty));
    SqlError::new(8115, text).with_state(2)
}

pub(super) fn not_a_condition(near: impl Display) -> SqlError {
    let text = format!(
        "An expression of non-boolean type specified in a context where a condition is expected, near '{near}'."
    );
    SqlError::new(4145, text).with_class(15)
}

/// 245 and its relatives: text that does not read as a value of the type.
pub(super) fn conversion(text: &str, from: SqlType, to: SqlType) -> SqlError {
    let from_name = type_name(from);
    let to_name = type_name(to);
    match to {
        SqlType::Bit | SqlType::TinyInt | SqlType::SmallInt | SqlType::Int => SqlError::new(
            245,
            format!(
                "Conversion failed when converting the {from_name} value '{text}' to data type {to_name}."
            ),
        ),
        SqlType::UniqueIdentifier => {
            let text = "Conversion failed when converting from a character string to uniqueidentifier.";
            SqlError::new(8169, text).with_state(2)
        }
        SqlType::Date
        | SqlType::Time(_)
        | SqlType::DateTime
        | SqlType::SmallDateTime
        | SqlType::DateTime2(_)
        | SqlType::DateTimeOffset(_) => {
            SqlError::new(241, "Conversion failed when converting date and/or time from character string.")
        }
        _ => {
            SqlError::new(8114, format!("Error converting data type {from_name} to {to_name}.")).with_state(5)
        }
    }
}

/// 529: no conversion between these types, not even an explicit one.
pub(super) fn no_conversion(from: SqlType, to: SqlType) -> SqlError {
    let text = format!(
        "Explicit conversion from data type {} to {} is not allowed.",
        type_name(from),
        type_name(to)
    );
    SqlError::new(529, text).with_state(2)
}

/// 206: the operator does not take these types together.
pub(super) fn operand_clash(left: SqlType, right: SqlType) -> SqlError {
    let text = format!("Operand type clash: {} is incompatible with {}", type_name(left), type_name(right));
    SqlError::new(206, text).with_state(2)
}

/// 402: the types cannot be combined by the operator.
pub(super) fn incompatible(left: SqlType, right: SqlType, operator: &str) -> SqlError {
    let text = format!(
        "The data types {} and {} are incompatible in the {operator} operator.",
        type_name(left),
        type_name(right)
    );
    SqlError::new(402, text)
}
