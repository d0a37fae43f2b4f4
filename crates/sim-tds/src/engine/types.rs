//! Names, families and precedence of types.

use crate::value::{Length, SqlType, SqlValue};

/// What kind of value a type holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Number,
    Text,
    Binary,
    Guid,
    Moment,
    Variant,
}

pub(super) fn family(ty: SqlType) -> Family {
    match ty {
        SqlType::Bit
        | SqlType::TinyInt
        | SqlType::SmallInt
        | SqlType::Int
        | SqlType::BigInt
        | SqlType::Real
        | SqlType::Float
        | SqlType::Decimal { .. }
        | SqlType::Money
        | SqlType::SmallMoney => Family::Number,
        SqlType::VarChar(_) | SqlType::NVarChar(_) | SqlType::Char(_) | SqlType::NChar(_) => Family::Text,
        SqlType::VarBinary(_) | SqlType::Binary(_) => Family::Binary,
        SqlType::UniqueIdentifier => Family::Guid,
        SqlType::Variant => Family::Variant,
        _ => Family::Moment,
    }
}

pub(super) fn is_unicode(ty: SqlType) -> bool {
    matches!(ty, SqlType::NVarChar(_) | SqlType::NChar(_))
}

/// "Data type precedence (Transact-SQL)": the type with the higher number wins.
pub(super) fn precedence(ty: SqlType) -> u8 {
    match ty {
        SqlType::Binary(_) => 0,
        SqlType::VarBinary(_) => 1,
        SqlType::Char(_) => 2,
        SqlType::VarChar(_) => 3,
        SqlType::NChar(_) => 4,
        SqlType::NVarChar(_) => 5,
        SqlType::UniqueIdentifier => 6,
        SqlType::Bit => 7,
        SqlType::TinyInt => 8,
        SqlType::SmallInt => 9,
        SqlType::Int => 10,
        SqlType::BigInt => 11,
        SqlType::SmallMoney => 12,
        SqlType::Money => 13,
        SqlType::Decimal { .. } => 14,
        SqlType::Real => 15,
        SqlType::Float => 16,
        SqlType::Time(_) => 17,
        SqlType::Date => 18,
        SqlType::SmallDateTime => 19,
        SqlType::DateTime => 20,
        SqlType::DateTime2(_) => 21,
        SqlType::DateTimeOffset(_) => 22,
        SqlType::Variant => 23,
    }
}

/// The type of a CASE, COALESCE or UNION over two types.
pub(super) fn common(left: SqlType, right: SqlType) -> SqlType {
    let (low, high) = if precedence(left) < precedence(right) { (left, right) } else { (right, left) };
    match (family(low), family(high)) {
        (Family::Text, Family::Text) | (Family::Binary, Family::Binary) => widest(low, high),
        _ => match (as_decimal(low), high) {
            (Some((p1, s1)), SqlType::Decimal { precision: p2, scale: s2 }) => {
                let scale = s1.max(s2);
                let precision = (p1 - s1).max(p2 - s2).saturating_add(scale).min(38);
                SqlType::Decimal { precision, scale }
            }
            _ => match (low, high) {
                (SqlType::DateTime2(a), SqlType::DateTime2(b)) => SqlType::DateTime2(a.max(b)),
                (SqlType::DateTimeOffset(a), SqlType::DateTimeOffset(b)) => SqlType::DateTimeOffset(a.max(b)),
                (SqlType::Time(a), SqlType::Time(b)) => SqlType::Time(a.max(b)),
                _ => high,
            },
        },
    }
}

/// Two text types or two binary types: the higher kind with the greater length.
fn widest(low: SqlType, high: SqlType) -> SqlType {
    let length = match (length(low), length(high)) {
        (Length::Limited(a), Length::Limited(b)) => Length::Limited(a.max(b)),
        _ => Length::Max,
    };
    with_length(high, length)
}

/// The same kind of text or bytes with another length, always of variable length.
pub(super) fn with_length(ty: SqlType, length: Length) -> SqlType {
    let at_most = |most: u16| match length {
        Length::Limited(n) => Length::Limited(n.clamp(1, most)),
        Length::Max => Length::Max,
    };
    match ty {
        SqlType::NVarChar(_) | SqlType::NChar(_) => SqlType::NVarChar(at_most(4000)),
        SqlType::VarChar(_) | SqlType::Char(_) => SqlType::VarChar(at_most(8000)),
        SqlType::VarBinary(_) | SqlType::Binary(_) => SqlType::VarBinary(at_most(8000)),
        other => other,
    }
}

/// The length of a text or binary type; for others the length of their text.
pub(super) fn length(ty: SqlType) -> Length {
    match ty {
        SqlType::NVarChar(n) | SqlType::VarChar(n) | SqlType::VarBinary(n) => n,
        SqlType::NChar(n) | SqlType::Char(n) | SqlType::Binary(n) => Length::Limited(n),
        SqlType::UniqueIdentifier => Length::Limited(36),
        SqlType::Bit => Length::Limited(1),
        SqlType::TinyInt => Length::Limited(3),
        SqlType::SmallInt => Length::Limited(6),
        SqlType::Int => Length::Limited(12),
        SqlType::Decimal { .. } => Length::Limited(41),
        _ => Length::Limited(40),
    }
}

/// Precision and scale of an exact number's type.
pub(super) fn as_decimal(ty: SqlType) -> Option<(u8, u8)> {
    Some(match ty {
        SqlType::Bit => (1, 0),
        SqlType::TinyInt => (3, 0),
        SqlType::SmallInt => (5, 0),
        SqlType::Int => (10, 0),
        SqlType::BigInt => (19, 0),
        SqlType::SmallMoney => (10, 4),
        SqlType::Money => (19, 4),
        SqlType::Decimal { precision, scale } => (precision, scale),
        _ => return None,
    })
}

/// The name without length, as messages write it.
pub(super) fn type_name(ty: SqlType) -> &'static str {
    match ty {
        SqlType::Bit => "bit",
        SqlType::TinyInt => "tinyint",
        SqlType::SmallInt => "smallint",
        SqlType::Int => "int",
        SqlType::BigInt => "bigint",
        SqlType::Real => "real",
        SqlType::Float => "float",
        SqlType::Decimal { .. } => "numeric",
        SqlType::Money => "money",
        SqlType::SmallMoney => "smallmoney",
        SqlType::UniqueIdentifier => "uniqueidentifier",
        SqlType::VarChar(_) => "varchar",
        SqlType::NVarChar(_) => "nvarchar",
        SqlType::Char(_) => "char",
        SqlType::NChar(_) => "nchar",
        SqlType::VarBinary(_) => "varbinary",
        SqlType::Binary(_) => "binary",
        SqlType::Date => "date",
        SqlType::Time(_) => "time",
        SqlType::DateTime => "datetime",
        SqlType::SmallDateTime => "smalldatetime",
        SqlType::DateTime2(_) => "datetime2",
        SqlType::DateTimeOffset(_) => "datetimeoffset",
        SqlType::Variant => "sql_variant",
    }
}

/// The type that a value has by itself, as in a `sql_variant`.
pub(super) fn natural(value: &SqlValue) -> SqlType {
    match value {
        SqlValue::Bit(_) => SqlType::Bit,
        SqlValue::TinyInt(_) => SqlType::TinyInt,
        SqlValue::SmallInt(_) => SqlType::SmallInt,
        SqlValue::Null | SqlValue::Int(_) => SqlType::Int,
        SqlValue::BigInt(_) => SqlType::BigInt,
        SqlValue::Real(_) => SqlType::Real,
        SqlValue::Float(_) => SqlType::Float,
        SqlValue::Decimal(v) => SqlType::Decimal { precision: 38, scale: v.scale },
        SqlValue::Money(_) => SqlType::Money,
        SqlValue::Guid(_) => SqlType::UniqueIdentifier,
        SqlValue::Text(_) => SqlType::NVarChar(Length::Max),
        SqlValue::Binary(_) => SqlType::VarBinary(Length::Max),
        SqlValue::Date(_) => SqlType::Date,
        SqlValue::Time(_) => SqlType::Time(7),
        SqlValue::DateTime(_) => SqlType::DateTime2(7),
        SqlValue::DateTimeOffset(_) => SqlType::DateTimeOffset(7),
    }
}
