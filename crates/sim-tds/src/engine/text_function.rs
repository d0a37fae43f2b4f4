//! Values of the text functions. Positions count UTF-16 units from 1; the simulator refuses none, cuts at characters.

use super::compare::fold;
use super::function::Builtin;
use super::function_eval::text_of;
use super::node::Node;
use super::text::{cut, text_bytes};
use super::types::{is_unicode, length};
use crate::tsql::quote_name;
use crate::value::{Length, SqlError, SqlType, SqlValue};

/// Bytes of the longest text that is not of a `max` type.
const LONGEST_LIMITED: usize = 8_000;
/// Bytes of the longest text that the simulator repeats; SQL Server's limit is 2 GB.
const LONGEST_MAX: usize = 64 << 20;

/// The value of a call whose arguments are not NULL.
pub(super) fn call(builtin: Builtin, nodes: &[Node], values: &[SqlValue]) -> Result<SqlValue, SqlError> {
    use Builtin as B;
    let first = values.first().cloned().unwrap_or(SqlValue::Null);
    let text = text_of(&first);
    let ty = nodes.first().map_or(SqlType::NVARCHAR_MAX, |node| node.ty);
    let number = |at: usize| match values.get(at) {
        Some(SqlValue::Int(value)) => i64::from(*value),
        _ => 0,
    };
    let word = |at: usize| values.get(at).map(text_of).unwrap_or_default();
    Ok(match builtin {
        B::Len => int(text.trim_end_matches(' ').encode_utf16().count()),
        B::DataLength => int(byte_length(&first, ty)),
        B::Upper => SqlValue::Text(text.to_uppercase()),
        B::Lower => SqlValue::Text(text.to_lowercase()),
        B::LTrim => SqlValue::text(text.trim_start_matches(' ')),
        B::RTrim => SqlValue::text(text.trim_end_matches(' ')),
        B::Trim => SqlValue::text(text.trim_matches(' ')),
        B::Reverse => SqlValue::Text(text.chars().rev().collect()),
        B::Replace => SqlValue::Text(replace(&text, &word(1), &word(2))),
        B::Left => slice(&first, 1, checked_length(number(1), "left")?),
        B::Right => {
            let total = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
            let count = checked_length(number(1), "right")?.min(total);
            slice(&first, total - count + 1, count)
        }
        B::Substring => slice(&first, number(1), checked_length(number(2), "substring")?),
        B::CharIndex => SqlValue::Int(char_index(&text, &word(1), number(2))),
        B::Replicate => repeat(&text, number(1), ty)?,
        B::Space => repeat(" ", number(0), SqlType::VarChar(Length::Limited(8_000)))?,
        B::Stuff => stuff(&text, number(1), number(2), &word(3)),
        B::Ascii | B::Unicode => text
            .chars()
            .next()
            .map_or(SqlValue::Null, |c| SqlValue::Int(i32::try_from(u32::from(c)).unwrap_or(0))),
        B::Char => u8::try_from(number(0)).map_or(SqlValue::Null, |code| SqlValue::text(char::from(code))),
        B::NChar => {
            u32::try_from(number(0)).ok().and_then(char::from_u32).map_or(SqlValue::Null, SqlValue::text)
        }
        B::QuoteName => quote(&text, if values.len() > 1 { word(1) } else { "[".to_owned() }.as_str()),
        other => return Err(SqlError::not_implemented(format!("{other:?}"))),
    })
}

fn int(count: usize) -> SqlValue {
    SqlValue::Int(i32::try_from(count).unwrap_or(i32::MAX))
}

fn checked_length(count: i64, function: &str) -> Result<i64, SqlError> {
    if count < 0 {
        let text = format!("Invalid length parameter passed to the {function} function.");
        return Err(SqlError::new(537, text));
    }
    Ok(count)
}

fn byte_length(value: &SqlValue, ty: SqlType) -> usize {
    match value {
        SqlValue::Text(text) => text_bytes(text, ty).len(),
        SqlValue::Binary(bytes) => bytes.len(),
        SqlValue::Bit(_) | SqlValue::TinyInt(_) => 1,
        SqlValue::SmallInt(_) => 2,
        SqlValue::Int(_) | SqlValue::Real(_) => 4,
        SqlValue::Date(_) => 3,
        SqlValue::Guid(_) => 16,
        SqlValue::DateTimeOffset(_) => 10,
        _ => 8,
    }
}

/// `count` characters or bytes from position `start`, which may lie before the first.
fn slice(value: &SqlValue, start: i64, count: i64) -> SqlValue {
    let end = start.saturating_add(count).max(1);
    let from = usize::try_from(start.max(1) - 1).unwrap_or(0);
    let taken = usize::try_from(end - start.max(1)).unwrap_or(0);
    match value {
        SqlValue::Text(text) => SqlValue::Text(text.chars().skip(from).take(taken).collect()),
        SqlValue::Binary(bytes) => SqlValue::Binary(bytes.iter().copied().skip(from).take(taken).collect()),
        _ => SqlValue::Null,
    }
}

/// Without regard to case, as the collation compares.
fn replace(text: &str, search: &str, with: &str) -> String {
    if search.is_empty() {
        return text.to_owned();
    }
    let lower = |c: char| c.to_lowercase().next().unwrap_or(c);
    let wanted: Vec<char> = search.chars().map(lower).collect();
    let characters: Vec<char> = text.chars().collect();
    let mut result = String::new();
    let mut at = 0;
    while let Some(c) = characters.get(at) {
        let window = characters.get(at..at + wanted.len()).unwrap_or_default();
        if window.len() == wanted.len() && window.iter().zip(&wanted).all(|(a, b)| lower(*a) == *b) {
            result.push_str(with);
            at += wanted.len();
        } else {
            result.push(*c);
            at += 1;
        }
    }
    result
}

fn char_index(search: &str, text: &str, start: i64) -> i32 {
    let skipped = usize::try_from(start.max(1) - 1).unwrap_or(0);
    let lower = |text: &str| text.chars().map(|c| c.to_lowercase().next().unwrap_or(c)).collect::<Vec<_>>();
    let (wanted, text) = (lower(search), lower(text));
    if wanted.is_empty() {
        return 0;
    }
    let found =
        text.windows(wanted.len()).enumerate().skip(skipped).find(|(_, window)| *window == wanted.as_slice());
    found.and_then(|(at, _)| i32::try_from(at + 1).ok()).unwrap_or(0)
}

/// "REPLICATE (Transact-SQL)": cut at 8,000 bytes unless the text's type is a `max` type, NULL for a negative count.
fn repeat(text: &str, count: i64, ty: SqlType) -> Result<SqlValue, SqlError> {
    let Ok(count) = usize::try_from(count) else { return Ok(SqlValue::Null) };
    let bytes = text_bytes(text, ty).len().max(1);
    if length(ty) != Length::Max {
        let whole = text.repeat(count.min(LONGEST_LIMITED / bytes + 1));
        return Ok(SqlValue::Text(cut(&whole, LONGEST_LIMITED / if is_unicode(ty) { 2 } else { 1 })));
    }
    if bytes.saturating_mul(count) > LONGEST_MAX {
        return Err(SqlError::not_implemented(format!("REPLICATE beyond {LONGEST_MAX} bytes")));
    }
    Ok(SqlValue::Text(text.repeat(count)))
}

fn stuff(text: &str, start: i64, count: i64, with: &str) -> SqlValue {
    let characters: Vec<char> = text.chars().collect();
    let (Ok(from), Ok(count)) = (usize::try_from(start - 1), usize::try_from(count)) else {
        return SqlValue::Null;
    };
    if from >= characters.len() {
        return SqlValue::Null;
    }
    let head = characters.iter().take(from);
    let tail = characters.iter().skip(from.saturating_add(count));
    let middle: Vec<char> = with.chars().collect();
    SqlValue::Text(head.chain(&middle).chain(tail).collect())
}

fn quote(text: &str, mark: &str) -> SqlValue {
    if text.encode_utf16().count() > 128 {
        return SqlValue::Null;
    }
    let doubled = |mark: char| text.replace(mark, &format!("{mark}{mark}"));
    match fold(mark).as_str() {
        "[" | "]" => SqlValue::Text(quote_name(text)),
        "'" => SqlValue::Text(format!("'{}'", doubled('\''))),
        "\"" => SqlValue::Text(format!("\"{}\"", doubled('"'))),
        _ => SqlValue::Null,
    }
}
