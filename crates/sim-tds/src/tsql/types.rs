//! Parser of data type names.

use super::cursor::{Cursor, Parsed};
use super::lexer::{TokenKind, tokenize};
use crate::value::{Length, SqlError, SqlType};

/// A data type at the cursor; 2715 for an unknown one.
pub(super) fn data_type(cursor: &mut Cursor<'_>) -> Parsed<SqlType> {
    let line = cursor.line();
    let mut name = match cursor.kind() {
        Some(TokenKind::Word(name) | TokenKind::Quoted(name)) => name.clone(),
        _ => return cursor.refuse(),
    };
    cursor.at += 1;
    if name.eq_ignore_ascii_case("sys") && cursor.eat_symbol('.') {
        name = cursor.name()?;
    }
    if name.eq_ignore_ascii_case("national") || name.eq_ignore_ascii_case("double") {
        return Err(SqlError::not_implemented(format!("data type {name}")).at_line(line));
    }
    let varying = cursor.eat("VARYING");
    let name = name.to_ascii_lowercase();
    let name = match (name.as_str(), varying) {
        (name, false) => name,
        ("char" | "character", true) => "varchar",
        ("nchar", true) => "nvarchar",
        ("binary", true) => "varbinary",
        _ => return cursor.refuse(),
    };
    simple(name).map_or_else(|| sized(cursor, name, line), Ok)
}

/// The type that a text such as `nvarchar(10)` names.
pub fn parse_type(text: &str) -> Result<SqlType, SqlError> {
    let tokens = tokenize(text)?;
    let mut cursor = Cursor::new(text, &tokens);
    let ty = data_type(&mut cursor)?;
    if cursor.at_end() { Ok(ty) } else { cursor.refuse() }
}

fn simple(name: &str) -> Option<SqlType> {
    Some(match name {
        "bit" => SqlType::Bit,
        "tinyint" => SqlType::TinyInt,
        "smallint" => SqlType::SmallInt,
        "int" | "integer" => SqlType::Int,
        "bigint" => SqlType::BigInt,
        "real" => SqlType::Real,
        "money" => SqlType::Money,
        "smallmoney" => SqlType::SmallMoney,
        "uniqueidentifier" => SqlType::UniqueIdentifier,
        "date" => SqlType::Date,
        "datetime" => SqlType::DateTime,
        "smalldatetime" => SqlType::SmallDateTime,
        "sysname" => SqlType::NVarChar(Length::Limited(128)),
        "sql_variant" => SqlType::Variant,
        _ => return None,
    })
}

fn sized(cursor: &mut Cursor<'_>, name: &str, line: u32) -> Parsed<SqlType> {
    match name {
        "float" => {
            let bits = single(cursor, 53_u8, 1..=53)?;
            Ok(if bits <= 24 { SqlType::Real } else { SqlType::Float })
        }
        "decimal" | "numeric" | "dec" => decimal(cursor),
        "varchar" => Ok(SqlType::VarChar(length(cursor, 8000)?)),
        "nvarchar" => Ok(SqlType::NVarChar(length(cursor, 4000)?)),
        "varbinary" => Ok(SqlType::VarBinary(length(cursor, 8000)?)),
        "char" | "character" => Ok(SqlType::Char(single(cursor, 1, 1..=8000)?)),
        "nchar" => Ok(SqlType::NChar(single(cursor, 1, 1..=4000)?)),
        "binary" => Ok(SqlType::Binary(single(cursor, 1, 1..=8000)?)),
        "time" => Ok(SqlType::Time(single(cursor, 7, 0..=7)?)),
        "datetime2" => Ok(SqlType::DateTime2(single(cursor, 7, 0..=7)?)),
        "datetimeoffset" => Ok(SqlType::DateTimeOffset(single(cursor, 7, 0..=7)?)),
        "xml" | "text" | "ntext" | "image" | "geography" | "geometry" | "hierarchyid" | "rowversion"
        | "timestamp" | "cursor" | "json" | "vector" => {
            Err(SqlError::not_implemented(format!("data type {name}")).at_line(line))
        }
        _ => {
            let text = format!("Column, parameter, or variable #1: Cannot find data type {name}.");
            Err(SqlError::new(2715, text).at_line(line))
        }
    }
}

fn single<T: TryFrom<u64> + PartialOrd>(
    cursor: &mut Cursor<'_>,
    default: T,
    range: std::ops::RangeInclusive<T>,
) -> Parsed<T> {
    if !cursor.eat_symbol('(') {
        return Ok(default);
    }
    let value = cursor.integer(range)?;
    cursor.expect_symbol(')')?;
    Ok(value)
}

fn length(cursor: &mut Cursor<'_>, most: u16) -> Parsed<Length> {
    if !cursor.eat_symbol('(') {
        return Ok(Length::Limited(1));
    }
    let length = if cursor.eat("MAX") { Length::Max } else { Length::Limited(cursor.integer(1..=most)?) };
    cursor.expect_symbol(')')?;
    Ok(length)
}

fn decimal(cursor: &mut Cursor<'_>) -> Parsed<SqlType> {
    let (mut precision, mut scale) = (18, 0);
    if cursor.eat_symbol('(') {
        precision = cursor.integer(1..=38)?;
        if cursor.eat_symbol(',') {
            scale = cursor.integer(0..=precision)?;
        }
        cursor.expect_symbol(')')?;
    }
    Ok(SqlType::Decimal { precision, scale })
}
