//! Values in: the parameters of a request (MS-TDS 2.2.5.5).

use super::bytes::{Reader, decode_utf16, to_usize};
use super::codepage;
use super::encode::{DAYS_TO_1900, TICKS_PER_DAY, reorder_guid, time_size};
use super::error::WireError;
use super::type_info::Framing;
use crate::value::{Date, DateTime, DateTimeOffset, Decimal, SqlType, SqlValue, Time};

const PARTIAL_NULL: u64 = u64::MAX;
/// Days from 0001-01-01 to 9999-12-31.
const LAST_DAY: u32 = 3_652_058;

/// Reads a value of `ty`, measured as `framing`.
pub(super) fn decode(ty: SqlType, framing: Framing, input: &mut Reader<'_>) -> Result<SqlValue, WireError> {
    let bytes = match framing {
        Framing::Fixed(size) => input.take(size)?,
        Framing::Byte => match input.u8()? {
            0 => return Ok(SqlValue::Null),
            size => input.take(usize::from(size))?,
        },
        Framing::Word => match input.u16()? {
            u16::MAX => return Ok(SqlValue::Null),
            size => input.take(usize::from(size))?,
        },
        Framing::Long => match input.u32()? {
            0 => return Ok(SqlValue::Null),
            size => input.take(to_usize(size))?,
        },
        Framing::Partial => {
            return decode_partial(input)?.map_or(Ok(SqlValue::Null), |bytes| value(ty, &bytes));
        }
    };
    value(ty, bytes)
}

/// Chunks until an empty one; bounded by the message that holds them.
fn decode_partial(input: &mut Reader<'_>) -> Result<Option<Vec<u8>>, WireError> {
    if input.u64()? == PARTIAL_NULL {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    loop {
        match input.u32()? {
            0 => return Ok(Some(bytes)),
            size => bytes.extend_from_slice(input.take(to_usize(size))?),
        }
    }
}

fn value(ty: SqlType, bytes: &[u8]) -> Result<SqlValue, WireError> {
    Ok(match ty {
        SqlType::Bit => SqlValue::Bit(u8::from_le_bytes(exact(bytes)?) != 0),
        SqlType::TinyInt => SqlValue::TinyInt(u8::from_le_bytes(exact(bytes)?)),
        SqlType::SmallInt => SqlValue::SmallInt(i16::from_le_bytes(exact(bytes)?)),
        SqlType::Int => SqlValue::Int(i32::from_le_bytes(exact(bytes)?)),
        SqlType::BigInt => SqlValue::BigInt(i64::from_le_bytes(exact(bytes)?)),
        SqlType::Real => SqlValue::Real(f32::from_le_bytes(exact(bytes)?)),
        SqlType::Float => SqlValue::Float(f64::from_le_bytes(exact(bytes)?)),
        SqlType::Decimal { scale, .. } => SqlValue::Decimal(decimal(scale, bytes)?),
        SqlType::Money => SqlValue::Money(i64::from_le_bytes(exact(bytes)?).rotate_left(32)),
        SqlType::SmallMoney => SqlValue::Money(i64::from(i32::from_le_bytes(exact(bytes)?))),
        SqlType::UniqueIdentifier => SqlValue::Guid(reorder_guid(exact(bytes)?)),
        SqlType::NVarChar(_) | SqlType::NChar(_) => SqlValue::Text(decode_utf16(bytes)),
        SqlType::VarChar(_) | SqlType::Char(_) => SqlValue::Text(codepage::decode(bytes)),
        SqlType::VarBinary(_) | SqlType::Binary(_) => SqlValue::Binary(bytes.to_vec()),
        SqlType::Date => SqlValue::Date(date(&mut Reader::new(bytes))?),
        SqlType::Time(scale) => SqlValue::Time(time(scale, &mut Reader::new(bytes))?),
        SqlType::DateTime => SqlValue::DateTime(datetime(&mut Reader::new(bytes))?),
        SqlType::SmallDateTime => SqlValue::DateTime(smalldatetime(&mut Reader::new(bytes))?),
        SqlType::DateTime2(scale) => SqlValue::DateTime(datetime2(scale, &mut Reader::new(bytes))?),
        SqlType::DateTimeOffset(scale) => {
            let mut input = Reader::new(bytes);
            let utc = datetime2(scale, &mut input)?;
            let offset_minutes = i16::from_le_bytes(input.array()?);
            if offset_minutes.unsigned_abs() > 840 {
                return Err(WireError::Malformed("offset of more than 14 hours"));
            }
            SqlValue::DateTimeOffset(DateTimeOffset { utc, offset_minutes })
        }
        SqlType::Variant => return Err(WireError::Malformed("sql_variant cannot be a parameter here")),
    })
}

fn exact<const N: usize>(bytes: &[u8]) -> Result<[u8; N], WireError> {
    bytes.try_into().map_err(|_| WireError::Malformed("value whose size its type does not have"))
}

fn decimal(scale: u8, bytes: &[u8]) -> Result<Decimal, WireError> {
    let mut input = Reader::new(bytes);
    let positive = input.u8()? != 0;
    let mut digits = [0; 16];
    let magnitude = bytes.get(1..).unwrap_or_default();
    digits
        .get_mut(..magnitude.len())
        .ok_or(WireError::Malformed("decimal too long"))?
        .copy_from_slice(magnitude);
    let unscaled = i128::try_from(u128::from_le_bytes(digits))
        .ok()
        .filter(|digits| *digits < 10_i128.pow(38))
        .ok_or(WireError::Malformed("decimal of more than 38 digits"))?;
    Ok(Decimal { unscaled: if positive { unscaled } else { -unscaled }, scale })
}

fn date(input: &mut Reader<'_>) -> Result<Date, WireError> {
    let [a, b, c] = input.array()?;
    day(i64::from(u32::from_le_bytes([a, b, c, 0])))
}

fn day(days: i64) -> Result<Date, WireError> {
    let days = u32::try_from(days).ok().filter(|days| *days <= LAST_DAY);
    Ok(Date { days: days.ok_or(WireError::Malformed("date outside the years 1 to 9999"))? })
}

fn time(scale: u8, input: &mut Reader<'_>) -> Result<Time, WireError> {
    let units = input.unsigned(time_size(scale))?;
    let factor = 10_u64.pow(u32::from(7_u8.saturating_sub(scale)));
    ticks(units.saturating_mul(factor))
}

fn ticks(ticks: u64) -> Result<Time, WireError> {
    if ticks < TICKS_PER_DAY {
        Ok(Time { ticks })
    } else {
        Err(WireError::Malformed("time of 24 hours or more"))
    }
}

fn datetime2(scale: u8, input: &mut Reader<'_>) -> Result<DateTime, WireError> {
    let time = time(scale, input)?;
    Ok(DateTime { date: date(input)?, time })
}

/// Three-hundredths of a second are shown as milliseconds ending in 0, 3 or 7.
fn datetime(input: &mut Reader<'_>) -> Result<DateTime, WireError> {
    let days = i64::from(i32::from_le_bytes(input.array()?)) + i64::from(DAYS_TO_1900);
    let units = u64::from(input.u32()?);
    let milliseconds = (units * 10 + 1) / 3;
    Ok(DateTime { date: day(days)?, time: ticks(milliseconds * 10_000)? })
}

fn smalldatetime(input: &mut Reader<'_>) -> Result<DateTime, WireError> {
    let days = i64::from(input.u16()?) + i64::from(DAYS_TO_1900);
    let minutes = u64::from(input.u16()?);
    Ok(DateTime { date: day(days)?, time: ticks(minutes * 600_000_000)? })
}
