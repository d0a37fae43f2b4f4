//! Values as text and as bytes.

use super::convert::swap_guid;
use super::datetime;
use super::messages::{conversion, no_conversion};
use super::types::{Family, family, is_unicode};
use crate::value::{DateTime, Decimal, Length, SqlError, SqlType, SqlValue};

/// A value as text of type `to`.
pub(super) fn from_value(
    value: &SqlValue,
    from: SqlType,
    to: SqlType,
    style: i32,
) -> Result<SqlValue, SqlError> {
    let text = match value {
        SqlValue::Text(text) => text.clone(),
        SqlValue::Binary(bytes) => binary_text(bytes, to, style)?,
        other => shown(other, from, style)?,
    };
    fit_text(text, from, to).map(SqlValue::Text)
}

/// Cut or padded to the type. A number that does not fit is an error, text is cut.
fn fit_text(text: String, from: SqlType, to: SqlType) -> Result<String, SqlError> {
    let (limit, padded) = match to {
        SqlType::VarChar(Length::Limited(n)) | SqlType::NVarChar(Length::Limited(n)) => {
            (usize::from(n), false)
        }
        SqlType::Char(n) | SqlType::NChar(n) => (usize::from(n), true),
        _ => return Ok(text),
    };
    let units = text.encode_utf16().count();
    if units > limit && matches!(family(from), Family::Number | Family::Guid) {
        return match from {
            SqlType::TinyInt | SqlType::SmallInt | SqlType::Int if !is_unicode(to) => Ok("*".to_owned()),
            SqlType::UniqueIdentifier => Err(SqlError::new(
                8170,
                "Insufficient result space to convert uniqueidentifier value to char.",
            )),
            _ => Err(super::messages::overflow(to)),
        };
    }
    let mut text = cut(&text, limit);
    if padded {
        let used = text.encode_utf16().count();
        text.extend(std::iter::repeat_n(' ', limit.saturating_sub(used)));
    }
    Ok(text)
}

/// The first `limit` UTF-16 units, never half a character.
pub(super) fn cut(text: &str, limit: usize) -> String {
    let mut units = 0;
    text.chars()
        .take_while(|c| {
            units += c.len_utf16();
            units <= limit
        })
        .collect()
}

/// How a value reads as text.
pub(super) fn shown(value: &SqlValue, from: SqlType, style: i32) -> Result<String, SqlError> {
    Ok(match value {
        SqlValue::Null => String::new(),
        SqlValue::Text(text) => text.clone(),
        SqlValue::Bit(v) => u8::from(*v).to_string(),
        SqlValue::TinyInt(v) => v.to_string(),
        SqlValue::SmallInt(v) => v.to_string(),
        SqlValue::Int(v) => v.to_string(),
        SqlValue::BigInt(v) => v.to_string(),
        SqlValue::Real(v) => float_text(f64::from(*v)),
        SqlValue::Float(v) => float_text(*v),
        SqlValue::Decimal(v) => decimal_text(*v),
        SqlValue::Money(v) => {
            decimal_text(Decimal { unscaled: i128::from(v.saturating_add(v.signum() * 50) / 100), scale: 2 })
        }
        SqlValue::Guid(guid) => guid_text(guid),
        SqlValue::Binary(bytes) => hex_text(bytes),
        SqlValue::Date(date) => match style {
            112 => datetime::date_text(*date).replace('-', ""),
            0 | 20 | 21 | 23 | 25 | 120 | 121 | 126 | 127 => datetime::date_text(*date),
            _ => return Err(unknown_style(style)),
        },
        SqlValue::Time(time) => match (style, from) {
            (8 | 24 | 108, _) => datetime::time_text(*time, 0),
            (0 | 20 | 21 | 25 | 114 | 120 | 121 | 126 | 127, SqlType::Time(scale)) => {
                datetime::time_text(*time, scale)
            }
            _ => return Err(unknown_style(style)),
        },
        SqlValue::DateTime(value) => moment_text(*value, from, style)?,
        SqlValue::DateTimeOffset(value) => {
            let text = moment_text(datetime::local(*value), from, if style == 0 { 121 } else { style })?;
            match style {
                0 | 20 | 21 | 25 | 120 | 121 => {
                    format!("{text} {}", datetime::offset_text(value.offset_minutes))
                }
                126 => format!("{text}{}", datetime::offset_text(value.offset_minutes)),
                127 => {
                    let utc = moment_text(value.utc, from, 126)?;
                    format!("{utc}Z")
                }
                _ => text,
            }
        }
    })
}

fn unknown_style(style: i32) -> SqlError {
    SqlError::not_implemented(format!("CONVERT style {style} for this type"))
}

fn moment_text(value: DateTime, from: SqlType, style: i32) -> Result<String, SqlError> {
    let scale = match from {
        SqlType::DateTime2(scale) | SqlType::DateTimeOffset(scale) => scale,
        SqlType::SmallDateTime => 0,
        _ => 3,
    };
    let date = datetime::date_text(value.date);
    let legacy = matches!(from, SqlType::DateTime | SqlType::SmallDateTime);
    Ok(match style {
        0 | 100 if legacy => datetime::default_text(value),
        20 | 120 => format!("{date} {}", datetime::time_text(value.time, if legacy { 0 } else { scale })),
        0 | 21 | 25 | 121 => {
            format!("{date} {}", datetime::time_text(value.time, if legacy { 3 } else { scale }))
        }
        23 => date,
        108 | 8 | 24 => datetime::time_text(value.time, 0),
        112 => date.replace('-', ""),
        126 | 127 => {
            // `datetime` leaves out a fraction that is zero.
            let scale = if legacy && value.time.ticks.is_multiple_of(datetime::SECOND) { 0 } else { scale };
            format!("{date}T{}", datetime::time_text(value.time, scale))
        }
        _ => return Err(unknown_style(style)),
    })
}

/// Six significant digits, as `float` reads by default.
fn float_text(value: f64) -> String {
    let magnitude = value.abs();
    if value == 0.0 || (1e-4..1e6).contains(&magnitude) {
        // Digits before the point of 1 to 6, zeros behind it below 1.
        let places = (0_i32..10).find(|places| magnitude * 10_f64.powi(*places) >= 1e5).unwrap_or(9);
        let places = usize::try_from(places).unwrap_or(0);
        let text = format!("{value:.places$}");
        return if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text
        };
    }
    let text = format!("{value:.5e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let mantissa = mantissa.trim_end_matches('0').trim_end_matches('.');
    let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
    format!("{mantissa}e{sign}{digits:0>3}")
}

/// All digits, with the point where it belongs.
pub(super) fn decimal_text(value: Decimal) -> String {
    let sign = if value.unscaled < 0 { "-" } else { "" };
    let scale = usize::from(value.scale);
    let digits = format!("{:0>width$}", value.unscaled.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// `8-4-4-4-12`, capitals.
pub(super) fn guid_text(guid: &[u8; 16]) -> String {
    let hex = hex_text(guid);
    let parts = [hex.get(..8), hex.get(8..12), hex.get(12..16), hex.get(16..20), hex.get(20..)];
    parts.map(Option::unwrap_or_default).join("-")
}

pub(super) fn hex_text(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| DIGITS.get(usize::from(digit)))
        .collect()
}

/// Style 0 reads the bytes as characters, 1 writes `0x` and digits, 2 digits only.
fn binary_text(bytes: &[u8], to: SqlType, style: i32) -> Result<String, SqlError> {
    match style {
        0 if is_unicode(to) => {
            let units: Vec<u16> = bytes
                .chunks(2)
                .map(|pair| match pair {
                    [low, high] => u16::from_le_bytes([*low, *high]),
                    [low] => u16::from(*low),
                    _ => 0,
                })
                .collect();
            Ok(String::from_utf16_lossy(&units))
        }
        0 => Ok(bytes.iter().map(|byte| char::from(*byte)).collect()),
        1 => Ok(format!("0x{}", hex_text(bytes))),
        2 => Ok(hex_text(bytes)),
        _ => Err(unknown_style(style)),
    }
}

/// A value as bytes of type `to`.
pub(super) fn to_binary(
    value: &SqlValue,
    from: SqlType,
    to: SqlType,
    style: i32,
) -> Result<SqlValue, SqlError> {
    let mut left_padded = false;
    let bytes = match value {
        SqlValue::Binary(bytes) => bytes.clone(),
        SqlValue::Guid(guid) => swap_guid(*guid).to_vec(),
        SqlValue::Text(text) if style == 1 || style == 2 => {
            let digits = if style == 1 { text.strip_prefix("0x") } else { Some(text.as_str()) };
            digits.and_then(parse_hex).ok_or_else(|| conversion(text, from, to))?
        }
        SqlValue::Text(text) => text_bytes(text, from),
        SqlValue::Bit(v) => vec![u8::from(*v)],
        SqlValue::TinyInt(v) => vec![*v],
        SqlValue::SmallInt(v) => v.to_be_bytes().to_vec(),
        SqlValue::Int(v) => v.to_be_bytes().to_vec(),
        SqlValue::BigInt(v) => v.to_be_bytes().to_vec(),
        _ => return Err(no_conversion(from, to)),
    };
    left_padded |= family(from) == Family::Number;
    Ok(SqlValue::Binary(fit_bytes(bytes, to, left_padded)))
}

/// Numbers keep their last bytes and are padded on the left, the rest keeps its first bytes.
fn fit_bytes(mut bytes: Vec<u8>, to: SqlType, number: bool) -> Vec<u8> {
    let (limit, padded) = match to {
        SqlType::VarBinary(Length::Limited(n)) => (usize::from(n), false),
        SqlType::Binary(n) => (usize::from(n), true),
        _ => return bytes,
    };
    if number {
        let mut fitted = bytes.split_off(bytes.len().saturating_sub(limit));
        if padded {
            let mut zeros = vec![0; limit.saturating_sub(fitted.len())];
            zeros.append(&mut fitted);
            return zeros;
        }
        return fitted;
    }
    bytes.truncate(limit);
    if padded {
        bytes.resize(limit, 0);
    }
    bytes
}

/// The bytes of text: UTF-16LE for `nvarchar`, code page 1252 (Latin-1 here, `?` beyond) for `varchar`.
pub(super) fn text_bytes(text: &str, ty: SqlType) -> Vec<u8> {
    if is_unicode(ty) {
        return text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    }
    text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect()
}

/// Pairs of hexadecimal digits.
pub(super) fn parse_hex(digits: &str) -> Option<Vec<u8>> {
    if !digits.len().is_multiple_of(2) || !digits.is_ascii() {
        return None;
    }
    let digits: Vec<u8> =
        digits.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect::<Option<_>>()?;
    Some(digits.chunks(2).map(|pair| pair.iter().fold(0, |value, digit| value << 4 | digit)).collect())
}
