//! Values of the built-in functions.

use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::context::Context;
use super::convert::cast;
use super::function::Builtin;
use super::node::Node;
use super::types::{Family, family};
use super::{date_function, text, text_function};
use crate::tsql::ObjectName;
use crate::value::{SqlError, SqlType, SqlValue};

/// The value of a call; `nodes` are the arguments' expressions, `values` their values.
pub(super) fn call(
    context: &Context<'_>,
    builtin: Builtin,
    nodes: &[Node],
    values: &[SqlValue],
    ty: SqlType,
) -> Result<SqlValue, SqlError> {
    use Builtin as B;
    match builtin {
        B::Concat => return Ok(SqlValue::Text(values.iter().map(text_of).collect())),
        B::ConcatWithSeparator => {
            let separator = values.first().map(text_of).unwrap_or_default();
            let parts =
                values.iter().skip(1).filter(|value| !value.is_null()).map(text_of).collect::<Vec<_>>();
            return Ok(SqlValue::Text(parts.join(&separator)));
        }
        _ => {}
    }
    if values.iter().any(SqlValue::is_null) {
        return Ok(SqlValue::Null);
    }
    match builtin {
        B::NewId => Ok(SqlValue::Guid(uuid::Uuid::new_v4().into_bytes())),
        B::HashBytes => hash(nodes, values),
        B::ParseName => Ok(parse_name(values)),
        B::Abs | B::Ceiling | B::Floor | B::Round | B::Sign => number(builtin, nodes, values, ty),
        B::GetDate
        | B::GetUtcDate
        | B::SysDateTime
        | B::SysUtcDateTime
        | B::SysDateTimeOffset
        | B::SwitchOffset
        | B::ToDateTimeOffset
        | B::DateAdd(_)
        | B::DateDiff(_)
        | B::DateDiffBig(_)
        | B::DatePart(_) => date_function::call(context, builtin, nodes, values, ty),
        B::AppName => Ok(SqlValue::text(&context.session.program)),
        B::HostName => Ok(SqlValue::text(&context.session.host)),
        B::Spid => Ok(SqlValue::SmallInt(i16::try_from(context.session.spid).unwrap_or(i16::MAX))),
        B::RowCount => Ok(SqlValue::Int(i32::try_from(context.state.row_count).unwrap_or(i32::MAX))),
        B::RowCountBig => Ok(SqlValue::BigInt(context.state.row_count)),
        B::Error => Ok(SqlValue::Int(context.state.last_error)),
        B::TranCount => Ok(SqlValue::Int(context.state.transactions)),
        B::NestLevel => Ok(SqlValue::Int(context.state.nesting)),
        B::XactState => Ok(SqlValue::SmallInt(match (context.state.transactions, context.state.doomed) {
            (0, _) => 0,
            (_, true) => -1,
            _ => 1,
        })),
        B::ErrorNumber
        | B::ErrorMessage
        | B::ErrorSeverity
        | B::ErrorState
        | B::ErrorLine
        | B::ErrorProcedure => Ok(caught(context, builtin)),
        _ => text_function::call(builtin, nodes, values),
    }
}

pub(super) fn text_of(value: &SqlValue) -> String {
    match value {
        SqlValue::Text(text) => text.clone(),
        _ => String::new(),
    }
}

fn caught(context: &Context<'_>, builtin: Builtin) -> SqlValue {
    let Some(error) = context.state.caught.last() else { return SqlValue::Null };
    match builtin {
        Builtin::ErrorNumber => SqlValue::Int(error.number),
        Builtin::ErrorMessage => SqlValue::text(&error.message),
        Builtin::ErrorSeverity => SqlValue::Int(i32::from(error.class)),
        Builtin::ErrorState => SqlValue::Int(i32::from(error.state)),
        Builtin::ErrorLine => SqlValue::Int(i32::try_from(error.line).unwrap_or(0)),
        _ if error.procedure.is_empty() => SqlValue::Null,
        _ => SqlValue::text(&error.procedure),
    }
}

fn hash(nodes: &[Node], values: &[SqlValue]) -> Result<SqlValue, SqlError> {
    let (Some(SqlValue::Text(algorithm)), Some(input)) = (values.first(), values.get(1)) else {
        return Ok(SqlValue::Null);
    };
    let bytes = match input {
        SqlValue::Binary(bytes) => bytes.clone(),
        SqlValue::Text(characters) => {
            text::text_bytes(characters, nodes.get(1).map_or(SqlType::NVARCHAR_MAX, |node| node.ty))
        }
        _ => {
            return Err(SqlError::new(
                8116,
                "Argument data type is invalid for argument 2 of hashbytes function.",
            ));
        }
    };
    let digest = match algorithm.to_ascii_uppercase().as_str() {
        "SHA" | "SHA1" => Sha1::digest(&bytes).to_vec(),
        "SHA2_256" => Sha256::digest(&bytes).to_vec(),
        "SHA2_512" => Sha512::digest(&bytes).to_vec(),
        other => return Err(SqlError::not_implemented(format!("HASHBYTES {other}"))),
    };
    Ok(SqlValue::Binary(digest))
}

/// Part 1 is the object, 2 the schema, 3 the database, 4 the server.
fn parse_name(values: &[SqlValue]) -> SqlValue {
    let (Some(SqlValue::Text(name)), Some(SqlValue::Int(part))) = (values.first(), values.get(1)) else {
        return SqlValue::Null;
    };
    let Some(name) = split_name(name) else { return SqlValue::Null };
    let part = match part {
        1 => Some(name.name),
        2 => name.schema,
        3 => name.database,
        4 => name.server,
        _ => None,
    };
    part.map_or(SqlValue::Null, SqlValue::Text)
}

/// A name with up to four parts, delimited or not.
pub(super) fn split_name(text: &str) -> Option<ObjectName> {
    use crate::tsql::TokenKind;
    let mut parts = vec![String::new()];
    for token in crate::tsql::tokenize(text).ok()? {
        match token.kind {
            TokenKind::Word(word) | TokenKind::Quoted(word) => parts.last_mut()?.push_str(&word),
            TokenKind::Symbol('.') => parts.push(String::new()),
            _ => return None,
        }
    }
    ObjectName::from_parts(&parts)
}

fn number(builtin: Builtin, nodes: &[Node], values: &[SqlValue], ty: SqlType) -> Result<SqlValue, SqlError> {
    let Some(value) = values.first() else { return Ok(SqlValue::Null) };
    let from = nodes.first().map_or(ty, |node| node.ty);
    if matches!(ty, SqlType::Int | SqlType::BigInt) && matches!(builtin, Builtin::Ceiling | Builtin::Floor) {
        return cast(value, from, ty, 0);
    }
    if family(ty) != Family::Number {
        return Err(SqlError::not_implemented("this function on this type"));
    }
    let wide = super::compare::approximate(value);
    let (Some(wide), exact) = (wide, super::compare::exact(value)) else {
        return Err(SqlError::not_implemented("this function on this type"));
    };
    let negative = wide < 0.0;
    match (builtin, exact) {
        (Builtin::Abs, _) if negative => super::arithmetic::negate(value, ty),
        (Builtin::Abs, _) => cast(value, from, ty, 0),
        (Builtin::Sign, _) => {
            let sign = if wide == 0.0 {
                0
            } else if negative {
                -1
            } else {
                1
            };
            cast(&SqlValue::Int(sign), SqlType::Int, ty, 0)
        }
        (Builtin::Round, Some(exact)) => {
            let places = match values.get(1) {
                Some(SqlValue::Int(places)) => *places,
                _ => 0,
            };
            let drop = u32::try_from(i32::from(exact.scale) - places).unwrap_or(0).min(38);
            let unit = 10_i128.checked_pow(drop).unwrap_or(i128::MAX);
            let half = exact.unscaled.signum() * (unit / 2);
            let unscaled = (exact.unscaled + half) / unit * unit;
            let rounded = crate::value::Decimal { unscaled, scale: exact.scale };
            cast(&SqlValue::Decimal(rounded), SqlType::Decimal { precision: 38, scale: exact.scale }, ty, 0)
        }
        (Builtin::Floor | Builtin::Ceiling, Some(exact)) => {
            let unit = 10_i128.checked_pow(u32::from(exact.scale)).unwrap_or(1);
            let floor = exact.unscaled.div_euclid(unit);
            let up = builtin == Builtin::Ceiling && exact.unscaled.rem_euclid(unit) != 0;
            let whole = crate::value::Decimal { unscaled: floor + i128::from(up), scale: 0 };
            cast(&SqlValue::Decimal(whole), SqlType::Decimal { precision: 38, scale: 0 }, ty, 0)
        }
        (Builtin::Floor, None) => cast(&SqlValue::Float(wide.floor()), SqlType::Float, ty, 0),
        (Builtin::Ceiling, None) => cast(&SqlValue::Float(wide.ceil()), SqlType::Float, ty, 0),
        _ => Err(SqlError::not_implemented("ROUND on float")),
    }
}
