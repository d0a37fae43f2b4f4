//! TYPE_INFO: how a type is declared on the wire, both ways (MS-TDS 2.2.5.6).

use super::bytes::{Put, Reader};
use super::error::WireError;
use crate::value::{Length, SqlType};

/// `SQL_Latin1_General_CP1_CI_AS`: language 0x0409, ignore case, kana and width; sort order 52.
pub(super) const COLLATION: [u8; 5] = [0x09, 0x04, 0xD0, 0x00, 0x34];

/// The size word of `max` types.
const MAX: u16 = 0xFFFF;
/// Bytes that a `sql_variant` may take.
const VARIANT_SIZE: u32 = 8009;

/// Type bytes, MS-TDS 2.2.5.4.
pub(super) mod byte {
    pub(crate) const NULL: u8 = 0x1F;
    pub(crate) const INT1: u8 = 0x30;
    pub(crate) const BIT: u8 = 0x32;
    pub(crate) const INT2: u8 = 0x34;
    pub(crate) const INT4: u8 = 0x38;
    pub(crate) const DATETIME4: u8 = 0x3A;
    pub(crate) const FLOAT4: u8 = 0x3B;
    pub(crate) const MONEY: u8 = 0x3C;
    pub(crate) const DATETIME: u8 = 0x3D;
    pub(crate) const FLOAT8: u8 = 0x3E;
    pub(crate) const MONEY4: u8 = 0x7A;
    pub(crate) const INT8: u8 = 0x7F;
    pub(crate) const GUID: u8 = 0x24;
    pub(crate) const INT_N: u8 = 0x26;
    pub(crate) const BIT_N: u8 = 0x68;
    pub(crate) const DECIMAL_N: u8 = 0x6A;
    pub(crate) const NUMERIC_N: u8 = 0x6C;
    pub(crate) const FLOAT_N: u8 = 0x6D;
    pub(crate) const MONEY_N: u8 = 0x6E;
    pub(crate) const DATETIME_N: u8 = 0x6F;
    pub(crate) const DATE_N: u8 = 0x28;
    pub(crate) const TIME_N: u8 = 0x29;
    pub(crate) const DATETIME2_N: u8 = 0x2A;
    pub(crate) const DATETIMEOFFSET_N: u8 = 0x2B;
    pub(crate) const VARIANT: u8 = 0x62;
    pub(crate) const BINARY: u8 = 0xAD;
    pub(crate) const VARBINARY: u8 = 0xA5;
    pub(crate) const CHAR: u8 = 0xAF;
    pub(crate) const VARCHAR: u8 = 0xA7;
    pub(crate) const NCHAR: u8 = 0xEF;
    pub(crate) const NVARCHAR: u8 = 0xE7;
}

/// How a value of the type is measured on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// Always the same size, no NULL.
    Fixed(usize),
    /// A length byte; 0 is NULL.
    Byte,
    /// A length word; 0xFFFF is NULL.
    Word,
    /// A length double word; 0 is NULL.
    Long,
    /// Chunks.
    Partial,
}

/// Writes the declaration of `ty`; a column that cannot be NULL gets the fixed-length form, where there is one.
pub(super) fn encode(ty: SqlType, nullable: bool, out: &mut Vec<u8>) -> Framing {
    if !nullable && let Some((code, size)) = fixed(ty) {
        out.put_u8(code);
        return Framing::Fixed(size);
    }
    match ty {
        SqlType::Bit => sized(out, byte::BIT_N, 1),
        SqlType::TinyInt => sized(out, byte::INT_N, 1),
        SqlType::SmallInt => sized(out, byte::INT_N, 2),
        SqlType::Int => sized(out, byte::INT_N, 4),
        SqlType::BigInt => sized(out, byte::INT_N, 8),
        SqlType::Real => sized(out, byte::FLOAT_N, 4),
        SqlType::Float => sized(out, byte::FLOAT_N, 8),
        SqlType::Money => sized(out, byte::MONEY_N, 8),
        SqlType::SmallMoney => sized(out, byte::MONEY_N, 4),
        SqlType::UniqueIdentifier => sized(out, byte::GUID, 16),
        SqlType::DateTime => sized(out, byte::DATETIME_N, 8),
        SqlType::SmallDateTime => sized(out, byte::DATETIME_N, 4),
        SqlType::Decimal { precision, scale } => {
            out.put_bytes(&[byte::DECIMAL_N, decimal_size(precision), precision, scale]);
            Framing::Byte
        }
        SqlType::Date => {
            out.put_u8(byte::DATE_N);
            Framing::Byte
        }
        SqlType::Time(scale) => sized(out, byte::TIME_N, scale),
        SqlType::DateTime2(scale) => sized(out, byte::DATETIME2_N, scale),
        SqlType::DateTimeOffset(scale) => sized(out, byte::DATETIMEOFFSET_N, scale),
        SqlType::NVarChar(length) => text(out, byte::NVARCHAR, length, 2),
        SqlType::NChar(count) => text(out, byte::NCHAR, Length::Limited(count), 2),
        SqlType::VarChar(length) => text(out, byte::VARCHAR, length, 1),
        SqlType::Char(count) => text(out, byte::CHAR, Length::Limited(count), 1),
        SqlType::VarBinary(length) => measured(out, byte::VARBINARY, length, 1),
        SqlType::Binary(count) => measured(out, byte::BINARY, Length::Limited(count), 1),
        SqlType::Variant => {
            out.put_u8(byte::VARIANT);
            out.put_u32(VARIANT_SIZE);
            Framing::Long
        }
    }
}

/// Reads the declaration of a parameter. `None` is the NULL without a type.
pub(super) fn decode(input: &mut Reader<'_>) -> Result<Option<(SqlType, Framing)>, WireError> {
    let code = input.u8()?;
    let with = |ty, framing| Ok(Some((ty, framing)));
    match code {
        byte::NULL => Ok(None),
        byte::INT1 => with(SqlType::TinyInt, Framing::Fixed(1)),
        byte::BIT => with(SqlType::Bit, Framing::Fixed(1)),
        byte::INT2 => with(SqlType::SmallInt, Framing::Fixed(2)),
        byte::INT4 => with(SqlType::Int, Framing::Fixed(4)),
        byte::INT8 => with(SqlType::BigInt, Framing::Fixed(8)),
        byte::FLOAT4 => with(SqlType::Real, Framing::Fixed(4)),
        byte::FLOAT8 => with(SqlType::Float, Framing::Fixed(8)),
        byte::MONEY => with(SqlType::Money, Framing::Fixed(8)),
        byte::MONEY4 => with(SqlType::SmallMoney, Framing::Fixed(4)),
        byte::DATETIME => with(SqlType::DateTime, Framing::Fixed(8)),
        byte::DATETIME4 => with(SqlType::SmallDateTime, Framing::Fixed(4)),
        byte::DATE_N => with(SqlType::Date, Framing::Byte),
        byte::DECIMAL_N | byte::NUMERIC_N => {
            let [_, precision, scale] = input.array()?;
            if precision == 0 || precision > 38 || scale > precision {
                return Err(WireError::Malformed("decimal with an impossible precision"));
            }
            with(SqlType::Decimal { precision, scale }, Framing::Byte)
        }
        byte::TIME_N | byte::DATETIME2_N | byte::DATETIMEOFFSET_N => {
            let scale = input.u8()?;
            if scale > 7 {
                return Err(WireError::Malformed("time with a scale above 7"));
            }
            let ty = match code {
                byte::TIME_N => SqlType::Time(scale),
                byte::DATETIME2_N => SqlType::DateTime2(scale),
                _ => SqlType::DateTimeOffset(scale),
            };
            with(ty, Framing::Byte)
        }
        byte::INT_N | byte::BIT_N | byte::FLOAT_N | byte::MONEY_N | byte::DATETIME_N | byte::GUID => {
            with(decode_sized(code, input.u8()?)?, Framing::Byte)
        }
        byte::NVARCHAR | byte::NCHAR | byte::VARCHAR | byte::CHAR | byte::VARBINARY | byte::BINARY => {
            decode_measured(code, input).map(Some)
        }
        other => Err(WireError::UnsupportedType(other)),
    }
}

fn decode_sized(code: u8, size: u8) -> Result<SqlType, WireError> {
    Ok(match (code, size) {
        (byte::INT_N, 1) => SqlType::TinyInt,
        (byte::INT_N, 2) => SqlType::SmallInt,
        (byte::INT_N, 4) => SqlType::Int,
        (byte::INT_N, 8) => SqlType::BigInt,
        (byte::BIT_N, 1) => SqlType::Bit,
        (byte::FLOAT_N, 4) => SqlType::Real,
        (byte::FLOAT_N, 8) => SqlType::Float,
        (byte::MONEY_N, 4) => SqlType::SmallMoney,
        (byte::MONEY_N, 8) => SqlType::Money,
        (byte::DATETIME_N, 4) => SqlType::SmallDateTime,
        (byte::DATETIME_N, 8) => SqlType::DateTime,
        (byte::GUID, 16) => SqlType::UniqueIdentifier,
        _ => return Err(WireError::Malformed("size that the type does not have")),
    })
}

fn decode_measured(code: u8, input: &mut Reader<'_>) -> Result<(SqlType, Framing), WireError> {
    let size = input.u16()?;
    let is_text = !matches!(code, byte::VARBINARY | byte::BINARY);
    if is_text {
        // The collation: code page 1252 is assumed for all.
        input.take(COLLATION.len())?;
    }
    let (length, framing) =
        if size == MAX { (Length::Max, Framing::Partial) } else { (Length::Limited(size), Framing::Word) };
    let units = match length {
        Length::Limited(bytes) => Length::Limited((bytes / 2).max(1)),
        Length::Max => Length::Max,
    };
    let ty = match (code, length, units) {
        (byte::NVARCHAR, _, units) => SqlType::NVarChar(units),
        (byte::VARCHAR, length, _) => SqlType::VarChar(length),
        (byte::VARBINARY, length, _) => SqlType::VarBinary(length),
        (byte::NCHAR, _, Length::Limited(count)) => SqlType::NChar(count),
        (byte::CHAR, Length::Limited(count), _) => SqlType::Char(count),
        (byte::BINARY, Length::Limited(count), _) => SqlType::Binary(count),
        _ => return Err(WireError::Malformed("a fixed-length type cannot be max")),
    };
    Ok((ty, framing))
}

/// The form of a type that cannot be NULL, and its size.
fn fixed(ty: SqlType) -> Option<(u8, usize)> {
    Some(match ty {
        SqlType::Bit => (byte::BIT, 1),
        SqlType::TinyInt => (byte::INT1, 1),
        SqlType::SmallInt => (byte::INT2, 2),
        SqlType::Int => (byte::INT4, 4),
        SqlType::BigInt => (byte::INT8, 8),
        SqlType::Real => (byte::FLOAT4, 4),
        SqlType::Float => (byte::FLOAT8, 8),
        SqlType::Money => (byte::MONEY, 8),
        SqlType::SmallMoney => (byte::MONEY4, 4),
        SqlType::DateTime => (byte::DATETIME, 8),
        SqlType::SmallDateTime => (byte::DATETIME4, 4),
        _ => return None,
    })
}

/// Bytes of a decimal's sign and digits.
pub(super) fn decimal_size(precision: u8) -> u8 {
    match precision {
        0..=9 => 5,
        10..=19 => 9,
        20..=28 => 13,
        _ => 17,
    }
}

fn sized(out: &mut Vec<u8>, code: u8, size: u8) -> Framing {
    out.put_bytes(&[code, size]);
    Framing::Byte
}

fn text(out: &mut Vec<u8>, code: u8, length: Length, unit: u16) -> Framing {
    let framing = measured(out, code, length, unit);
    out.put_bytes(&COLLATION);
    framing
}

fn measured(out: &mut Vec<u8>, code: u8, length: Length, unit: u16) -> Framing {
    out.put_u8(code);
    match length {
        Length::Limited(count) => {
            out.put_u16(count.saturating_mul(unit).min(8000));
            Framing::Word
        }
        Length::Max => {
            out.put_u16(MAX);
            Framing::Partial
        }
    }
}
