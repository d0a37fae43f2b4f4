//! CAST and CONVERT between types.

use super::compare::{approximate, exact, rescaled};
use super::messages::{conversion, no_conversion, overflow};
use super::text;
use super::types::{Family, family, natural};
use super::{datetime, moment};
use crate::value::{Decimal, SqlError, SqlType, SqlValue};

/// Converts a value of type `from` to `to` with a CONVERT style (0 where none is given).
pub(super) fn cast(value: &SqlValue, from: SqlType, to: SqlType, style: i32) -> Result<SqlValue, SqlError> {
    if value.is_null() {
        return Ok(SqlValue::Null);
    }
    if to == SqlType::Variant {
        return Ok(value.clone());
    }
    let from = if from == SqlType::Variant { natural(value) } else { from };
    match family(to) {
        Family::Number => number(value, from, to),
        Family::Text => text::from_value(value, from, to, style),
        Family::Binary => text::to_binary(value, from, to, style),
        Family::Guid => guid(value, from, to),
        Family::Moment => moment(value, from, to),
        Family::Variant => Ok(value.clone()),
    }
}

fn number(value: &SqlValue, from: SqlType, to: SqlType) -> Result<SqlValue, SqlError> {
    match value {
        SqlValue::Text(written) => from_text(written, from, to),
        SqlValue::Binary(bytes)
            if matches!(to, SqlType::Int | SqlType::BigInt | SqlType::SmallInt | SqlType::TinyInt) =>
        {
            let tail = bytes.get(bytes.len().saturating_sub(8)..).unwrap_or_default();
            let bits = tail.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
            Ok(integer_bits(bits, to))
        }
        other if exact(other).is_some() || approximate(other).is_some() => from_number(other, to),
        _ => Err(no_conversion(from, to)),
    }
}

/// The low bits as a signed integer, as SQL Server reads binary values.
fn integer_bits(bits: u64, to: SqlType) -> SqlValue {
    let [.., c, d] = bits.to_be_bytes();
    match to {
        SqlType::TinyInt => SqlValue::TinyInt(d),
        SqlType::SmallInt => SqlValue::SmallInt(i16::from_be_bytes([c, d])),
        SqlType::Int => {
            let [_, _, _, _, a, b, c, d] = bits.to_be_bytes();
            SqlValue::Int(i32::from_be_bytes([a, b, c, d]))
        }
        _ => SqlValue::BigInt(i64::from_be_bytes(bits.to_be_bytes())),
    }
}

fn from_text(written: &str, from: SqlType, to: SqlType) -> Result<SqlValue, SqlError> {
    let trimmed = written.trim();
    let failed = || conversion(written, from, to);
    match to {
        SqlType::Bit => match trimmed.to_ascii_lowercase().as_str() {
            "true" => Ok(SqlValue::Bit(true)),
            "false" => Ok(SqlValue::Bit(false)),
            digits => digits.parse::<i64>().map(|v| SqlValue::Bit(v != 0)).map_err(|_| failed()),
        },
        SqlType::Real | SqlType::Float => {
            let value: f64 = trimmed.parse().map_err(|_| failed())?;
            if value.is_finite() { from_number(&SqlValue::Float(value), to) } else { Err(failed()) }
        }
        SqlType::Decimal { .. } | SqlType::Money | SqlType::SmallMoney => {
            let value = parse_decimal(trimmed).ok_or_else(failed)?;
            from_number(&SqlValue::Decimal(value), to)
        }
        _ if trimmed.is_empty() => from_number(&SqlValue::Int(0), to),
        _ => {
            let value: i128 = trimmed.parse().map_err(|_| failed())?;
            from_number(&SqlValue::Decimal(Decimal { unscaled: value, scale: 0 }), to)
        }
    }
}

/// `[-+]digits[.digits]`, at most 38 digits.
pub(super) fn parse_decimal(text: &str) -> Option<Decimal> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if !fraction.bytes().all(|b| b.is_ascii_digit()) || fraction.len() > 37 {
        return None;
    }
    let digits = format!("{whole}{fraction}");
    if digits.trim_start_matches(['-', '+', '0']).len() > 38 {
        return None;
    }
    let unscaled = digits.parse().ok()?;
    Some(Decimal { unscaled, scale: u8::try_from(fraction.len()).ok()? })
}

fn from_number(value: &SqlValue, to: SqlType) -> Result<SqlValue, SqlError> {
    let failed = || overflow(to);
    #[expect(clippy::cast_possible_truncation, reason = "rounding to real is what the conversion means")]
    match to {
        SqlType::Float => return approximate(value).map(SqlValue::Float).ok_or_else(failed),
        SqlType::Real => {
            let wide = approximate(value).ok_or_else(failed)?;
            let narrow = wide as f32;
            return if narrow.is_finite() { Ok(SqlValue::Real(narrow)) } else { Err(failed()) };
        }
        SqlType::Bit => return Ok(SqlValue::Bit(approximate(value).is_some_and(|v| v != 0.0))),
        _ => {}
    }
    match to {
        SqlType::Decimal { precision, scale } => {
            let unscaled = at_scale(value, scale, true).ok_or_else(failed)?;
            let limit = 10_i128.checked_pow(u32::from(precision)).ok_or_else(failed)?;
            if unscaled.abs() >= limit {
                return Err(failed());
            }
            Ok(SqlValue::Decimal(Decimal { unscaled, scale }))
        }
        SqlType::Money | SqlType::SmallMoney => {
            let unscaled = at_scale(value, 4, true).and_then(|v| i64::try_from(v).ok()).ok_or_else(failed)?;
            if to == SqlType::SmallMoney && i32::try_from(unscaled).is_err() {
                return Err(failed());
            }
            Ok(SqlValue::Money(unscaled))
        }
        _ => {
            // Fractions are cut off, except from money, which is rounded.
            let whole = at_scale(value, 0, matches!(value, SqlValue::Money(_))).ok_or_else(failed)?;
            integer(whole, to).ok_or_else(failed)
        }
    }
}

/// An integer of a type, None if it does not fit.
pub(super) fn integer(value: i128, to: SqlType) -> Option<SqlValue> {
    match to {
        SqlType::TinyInt => u8::try_from(value).ok().map(SqlValue::TinyInt),
        SqlType::SmallInt => i16::try_from(value).ok().map(SqlValue::SmallInt),
        SqlType::Int => i32::try_from(value).ok().map(SqlValue::Int),
        SqlType::BigInt => i64::try_from(value).ok().map(SqlValue::BigInt),
        _ => None,
    }
}

/// The digits of a number with `scale` digits after the point, rounded half away from zero or cut off.
fn at_scale(value: &SqlValue, scale: u8, rounded: bool) -> Option<i128> {
    let Some(value) = exact(value) else {
        let scaled = approximate(value)? * 10_f64.powi(i32::from(scale));
        let whole = if rounded { scaled.round() } else { scaled.trunc() };
        #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
        return (whole.abs() < 1e38).then_some(whole as i128);
    };
    if value.scale <= scale {
        return rescaled(value, scale);
    }
    let unit = 10_i128.checked_pow(u32::from(value.scale - scale))?;
    let quotient = value.unscaled / unit;
    let remainder = value.unscaled % unit;
    Some(if rounded && remainder.abs() >= unit - remainder.abs() {
        quotient + remainder.signum()
    } else {
        quotient
    })
}

fn guid(value: &SqlValue, from: SqlType, to: SqlType) -> Result<SqlValue, SqlError> {
    match value {
        SqlValue::Guid(_) => Ok(value.clone()),
        SqlValue::Text(written) => {
            parse_guid(written).map(SqlValue::Guid).ok_or_else(|| conversion(written, from, to))
        }
        SqlValue::Binary(bytes) => {
            let mut storage = [0; 16];
            for (slot, byte) in storage.iter_mut().zip(bytes) {
                *slot = *byte;
            }
            Ok(SqlValue::Guid(swap_guid(storage)))
        }
        _ => Err(no_conversion(from, to)),
    }
}

/// Text order to storage order and back: the first three groups are little-endian in storage.
pub(super) fn swap_guid(guid: [u8; 16]) -> [u8; 16] {
    const PLACES: [usize; 16] = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
    PLACES.map(|at| guid.get(at).copied().unwrap_or_default())
}

/// `8-4-4-4-12` hexadecimal digits, in braces or not; what follows is ignored, as SQL Server does.
fn parse_guid(written: &str) -> Option<[u8; 16]> {
    let text = written.trim_start().trim_start_matches('{').get(..36)?;
    let dashes = text.char_indices().filter(|(_, c)| *c == '-').map(|(at, _)| at).collect::<Vec<_>>();
    if dashes != [8, 13, 18, 23] {
        return None;
    }
    let digits: Vec<u32> =
        text.chars().filter(|c| *c != '-').map(|c| c.to_digit(16)).collect::<Option<_>>()?;
    let mut guid = [0; 16];
    for (slot, pair) in guid.iter_mut().zip(digits.chunks(2)) {
        *slot = u8::try_from(pair.iter().fold(0, |value, digit| value * 16 + digit)).ok()?;
    }
    Some(guid)
}

fn moment(value: &SqlValue, from: SqlType, to: SqlType) -> Result<SqlValue, SqlError> {
    match value {
        SqlValue::Text(written) => {
            let parsed = datetime::parse(written).ok_or_else(|| conversion(written, from, to))?;
            moment::from_parsed(parsed, to).ok_or_else(|| conversion(written, from, to))
        }
        SqlValue::Date(_) | SqlValue::Time(_) | SqlValue::DateTime(_) | SqlValue::DateTimeOffset(_) => {
            moment::convert(value, to).ok_or_else(|| no_conversion(from, to))
        }
        _ => Err(no_conversion(from, to)),
    }
}
