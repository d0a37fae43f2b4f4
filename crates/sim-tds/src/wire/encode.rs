//! Values out: rows and output parameters (MS-TDS 2.2.5.5).

use super::bytes::Put;
use super::codepage;
use super::type_info::{self, Framing, byte, decimal_size};
use crate::value::{Date, DateTime, Decimal, Length, SqlType, SqlValue, Time};

/// Days from 0001-01-01 to 1900-01-01, where `datetime` counts from.
pub(super) const DAYS_TO_1900: u32 = 693_595;
/// 100 ns units of one day.
pub(super) const TICKS_PER_DAY: u64 = 864_000_000_000;
/// NULL of a `max` type.
const PARTIAL_NULL: u64 = u64::MAX;
/// Bytes of one chunk of a `max` value.
const CHUNK: usize = 8000;

/// The value does not fit its column: a fault of the backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the value does not fit the column's type")]
pub(super) struct Unfit;

/// Writes `value` as `ty`, measured as `framing`.
pub(super) fn encode(
    ty: SqlType,
    framing: Framing,
    value: &SqlValue,
    out: &mut Vec<u8>,
) -> Result<(), Unfit> {
    if value.is_null() {
        return encode_null(framing, out);
    }
    let bytes = if ty == SqlType::Variant { variant(value)? } else { payload(ty, value)? };
    match framing {
        Framing::Fixed(size) if bytes.len() == size => {}
        Framing::Fixed(_) => return Err(Unfit),
        Framing::Byte => out.put_u8(u8::try_from(bytes.len()).map_err(|_| Unfit)?),
        Framing::Word => {
            out.put_u16(u16::try_from(bytes.len()).ok().filter(|size| *size <= 8000).ok_or(Unfit)?);
        }
        Framing::Long => out.put_u32(u32::try_from(bytes.len()).map_err(|_| Unfit)?),
        Framing::Partial => return encode_partial(&bytes, out),
    }
    out.put_bytes(&bytes);
    Ok(())
}

fn encode_null(framing: Framing, out: &mut Vec<u8>) -> Result<(), Unfit> {
    match framing {
        Framing::Fixed(_) => return Err(Unfit),
        Framing::Byte => out.put_u8(0),
        Framing::Word => out.put_u16(u16::MAX),
        Framing::Long => out.put_u32(0),
        Framing::Partial => out.put_u64(PARTIAL_NULL),
    }
    Ok(())
}

fn encode_partial(bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Unfit> {
    out.put_u64(u64::try_from(bytes.len()).map_err(|_| Unfit)?);
    for chunk in bytes.chunks(CHUNK) {
        out.put_u32(u32::try_from(chunk.len()).map_err(|_| Unfit)?);
        out.put_bytes(chunk);
    }
    out.put_u32(0);
    Ok(())
}

/// The bytes of a value without their length.
fn payload(ty: SqlType, value: &SqlValue) -> Result<Vec<u8>, Unfit> {
    Ok(match (ty, value) {
        (SqlType::Bit, SqlValue::Bit(bit)) => vec![u8::from(*bit)],
        (SqlType::TinyInt, value) => u8::try_from(integer(value)?).map_err(|_| Unfit)?.to_le_bytes().to_vec(),
        (SqlType::SmallInt, value) => {
            i16::try_from(integer(value)?).map_err(|_| Unfit)?.to_le_bytes().to_vec()
        }
        (SqlType::Int, value) => i32::try_from(integer(value)?).map_err(|_| Unfit)?.to_le_bytes().to_vec(),
        (SqlType::BigInt, value) => integer(value)?.to_le_bytes().to_vec(),
        (SqlType::Real, SqlValue::Real(number)) => number.to_le_bytes().to_vec(),
        (SqlType::Float, SqlValue::Real(number)) => f64::from(*number).to_le_bytes().to_vec(),
        (SqlType::Float, SqlValue::Float(number)) => number.to_le_bytes().to_vec(),
        (SqlType::Decimal { precision, scale }, SqlValue::Decimal(number)) => {
            decimal(*number, precision, scale)?
        }
        // The high half comes first.
        (SqlType::Money, SqlValue::Money(amount)) => amount.rotate_left(32).to_le_bytes().to_vec(),
        (SqlType::SmallMoney, SqlValue::Money(amount)) => {
            i32::try_from(*amount).map_err(|_| Unfit)?.to_le_bytes().to_vec()
        }
        (SqlType::UniqueIdentifier, SqlValue::Guid(guid)) => reorder_guid(*guid).to_vec(),
        (SqlType::NVarChar(length), SqlValue::Text(text)) => limited(utf16(text), length, 2)?,
        (SqlType::NChar(count), SqlValue::Text(text)) => padded(utf16(text), count, &[b' ', 0])?,
        (SqlType::VarChar(length), SqlValue::Text(text)) => limited(codepage::encode(text), length, 1)?,
        (SqlType::Char(count), SqlValue::Text(text)) => padded(codepage::encode(text), count, b" ")?,
        (SqlType::VarBinary(length), SqlValue::Binary(bytes)) => limited(bytes.clone(), length, 1)?,
        (SqlType::Binary(count), SqlValue::Binary(bytes)) => padded(bytes.clone(), count, &[0])?,
        (SqlType::Date, SqlValue::Date(date)) => days(*date)?,
        (SqlType::Time(scale), SqlValue::Time(time)) => clock(*time, scale)?,
        (SqlType::DateTime, SqlValue::DateTime(moment)) => datetime(*moment)?,
        (SqlType::SmallDateTime, SqlValue::DateTime(moment)) => smalldatetime(*moment)?,
        (SqlType::DateTime2(scale), SqlValue::DateTime(moment)) => datetime2(*moment, scale)?,
        (SqlType::DateTimeOffset(scale), SqlValue::DateTimeOffset(moment)) => {
            let mut bytes = datetime2(moment.utc, scale)?;
            bytes.put_bytes(&moment.offset_minutes.to_le_bytes());
            bytes
        }
        _ => return Err(Unfit),
    })
}

/// A `sql_variant`: base type, its properties, value (MS-TDS 2.2.5.5.4).
fn variant(value: &SqlValue) -> Result<Vec<u8>, Unfit> {
    let size = |bytes: usize| u16::try_from(bytes).ok().filter(|size| *size <= 8000).ok_or(Unfit);
    let (code, properties, ty): (u8, Vec<u8>, SqlType) = match value {
        SqlValue::Bit(_) => (byte::BIT, vec![], SqlType::Bit),
        SqlValue::TinyInt(_) => (byte::INT1, vec![], SqlType::TinyInt),
        SqlValue::SmallInt(_) => (byte::INT2, vec![], SqlType::SmallInt),
        SqlValue::Int(_) => (byte::INT4, vec![], SqlType::Int),
        SqlValue::BigInt(_) => (byte::INT8, vec![], SqlType::BigInt),
        SqlValue::Real(_) => (byte::FLOAT4, vec![], SqlType::Real),
        SqlValue::Float(_) => (byte::FLOAT8, vec![], SqlType::Float),
        SqlValue::Money(_) => (byte::MONEY, vec![], SqlType::Money),
        SqlValue::Guid(_) => (byte::GUID, vec![], SqlType::UniqueIdentifier),
        SqlValue::Date(_) => (byte::DATE_N, vec![], SqlType::Date),
        SqlValue::Time(_) => (byte::TIME_N, vec![7], SqlType::Time(7)),
        SqlValue::DateTime(_) => (byte::DATETIME2_N, vec![7], SqlType::DateTime2(7)),
        SqlValue::DateTimeOffset(_) => (byte::DATETIMEOFFSET_N, vec![7], SqlType::DateTimeOffset(7)),
        SqlValue::Decimal(number) => {
            let ty = SqlType::Decimal { precision: 38, scale: number.scale };
            (byte::DECIMAL_N, vec![38, number.scale], ty)
        }
        SqlValue::Text(text) => {
            let mut properties = type_info::COLLATION.to_vec();
            properties.put_u16(size(text.encode_utf16().count() * 2)?);
            (byte::NVARCHAR, properties, SqlType::NVARCHAR_MAX)
        }
        SqlValue::Binary(bytes) => {
            (byte::VARBINARY, size(bytes.len())?.to_le_bytes().to_vec(), SqlType::VarBinary(Length::Max))
        }
        SqlValue::Null => return Err(Unfit),
    };
    let mut out = vec![code, u8::try_from(properties.len()).map_err(|_| Unfit)?];
    out.extend(properties);
    out.extend(payload(ty, value)?);
    Ok(out)
}

/// Any of the integers: a smaller one fits a larger column.
fn integer(value: &SqlValue) -> Result<i64, Unfit> {
    match value {
        SqlValue::TinyInt(number) => Ok(i64::from(*number)),
        SqlValue::SmallInt(number) => Ok(i64::from(*number)),
        SqlValue::Int(number) => Ok(i64::from(*number)),
        SqlValue::BigInt(number) => Ok(*number),
        _ => Err(Unfit),
    }
}

fn decimal(number: Decimal, precision: u8, scale: u8) -> Result<Vec<u8>, Unfit> {
    let zeros = scale.checked_sub(number.scale).ok_or(Unfit)?;
    let factor = 10_u128.checked_pow(u32::from(zeros)).ok_or(Unfit)?;
    let digits = number.unscaled.unsigned_abs().checked_mul(factor).ok_or(Unfit)?;
    if digits >= 10_u128.checked_pow(u32::from(precision)).ok_or(Unfit)? {
        return Err(Unfit);
    }
    let magnitude = usize::from(decimal_size(precision)) - 1;
    let mut bytes = vec![u8::from(number.unscaled >= 0)];
    bytes.extend(digits.to_le_bytes().into_iter().take(magnitude));
    Ok(bytes)
}

/// The first three groups of a GUID travel little-endian. The change is its own inverse.
pub(super) fn reorder_guid(mut bytes: [u8; 16]) -> [u8; 16] {
    let (first, rest) = bytes.split_at_mut(4);
    let (second, rest) = rest.split_at_mut(2);
    let (third, _) = rest.split_at_mut(2);
    first.reverse();
    second.reverse();
    third.reverse();
    bytes
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn limited(bytes: Vec<u8>, length: Length, unit: usize) -> Result<Vec<u8>, Unfit> {
    match length {
        Length::Limited(count) if bytes.len() > usize::from(count) * unit => Err(Unfit),
        _ => Ok(bytes),
    }
}

fn padded(mut bytes: Vec<u8>, count: u16, pad: &[u8]) -> Result<Vec<u8>, Unfit> {
    let size = usize::from(count) * pad.len();
    if bytes.len() > size {
        return Err(Unfit);
    }
    while bytes.len() < size {
        bytes.put_bytes(pad);
    }
    Ok(bytes)
}

fn days(date: Date) -> Result<Vec<u8>, Unfit> {
    let [a, b, c, top] = date.days.to_le_bytes();
    if top == 0 { Ok(vec![a, b, c]) } else { Err(Unfit) }
}

/// Cuts the fraction to `scale` digits; rounding is the backend's.
fn clock(time: Time, scale: u8) -> Result<Vec<u8>, Unfit> {
    let divisor = 10_u64.pow(u32::from(7_u8.checked_sub(scale).ok_or(Unfit)?));
    if time.ticks >= TICKS_PER_DAY {
        return Err(Unfit);
    }
    let units = time.ticks / divisor;
    Ok(units.to_le_bytes().into_iter().take(time_size(scale)).collect())
}

/// Bytes of a `time(scale)`.
pub(super) fn time_size(scale: u8) -> usize {
    match scale {
        0..=2 => 3,
        3..=4 => 4,
        _ => 5,
    }
}

fn datetime2(moment: DateTime, scale: u8) -> Result<Vec<u8>, Unfit> {
    let mut bytes = clock(moment.time, scale)?;
    bytes.extend(days(moment.date)?);
    Ok(bytes)
}

/// Days since 1900 and three-hundredths of a second, rounded.
fn datetime(moment: DateTime) -> Result<Vec<u8>, Unfit> {
    let units = (moment.time.ticks * 3 + 50_000) / 100_000;
    let (carry, units) = if units >= 25_920_000 { (1, 0) } else { (0, units) };
    let day =
        i32::try_from(i64::from(moment.date.days) - i64::from(DAYS_TO_1900) + carry).map_err(|_| Unfit)?;
    let mut bytes = day.to_le_bytes().to_vec();
    bytes.put_u32(u32::try_from(units).map_err(|_| Unfit)?);
    Ok(bytes)
}

fn smalldatetime(moment: DateTime) -> Result<Vec<u8>, Unfit> {
    let day = moment.date.days.checked_sub(DAYS_TO_1900).ok_or(Unfit)?;
    let mut bytes = u16::try_from(day).map_err(|_| Unfit)?.to_le_bytes().to_vec();
    bytes.put_u16(u16::try_from(moment.time.ticks / 600_000_000).map_err(|_| Unfit)?);
    Ok(bytes)
}
