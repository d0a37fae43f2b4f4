//! Order and equality of values: numbers by value, text by SQL_Latin1_General_CP1_CI_AS (without regard to case and to
//! trailing blanks), `uniqueidentifier` in SQL Server's own byte order.

use std::cmp::Ordering;

use super::datetime;
use crate::value::{Decimal, SqlValue};

/// Text as it is compared.
pub(super) fn fold(text: &str) -> String {
    text.trim_end_matches(' ').chars().flat_map(char::to_lowercase).collect()
}

/// The order of two values that are not NULL; None if they are of kinds that have no common order.
pub(super) fn order(left: &SqlValue, right: &SqlValue) -> Option<Ordering> {
    use SqlValue::{Binary, Date, DateTime, DateTimeOffset, Guid, Text, Time};
    match (left, right) {
        (Text(a), Text(b)) => Some(fold(a).cmp(&fold(b))),
        (Binary(a), Binary(b)) => Some(trim_zeros(a).cmp(trim_zeros(b))),
        (Guid(a), Guid(b)) => Some(guid_key(a).cmp(&guid_key(b))),
        (Date(a), Date(b)) => Some(a.cmp(b)),
        (Time(a), Time(b)) => Some(a.cmp(b)),
        (DateTime(a), DateTime(b)) => Some(a.cmp(b)),
        (DateTimeOffset(a), DateTimeOffset(b)) => Some(datetime::ticks(a.utc).cmp(&datetime::ticks(b.utc))),
        _ => numeric_order(left, right),
    }
}

fn numeric_order(left: &SqlValue, right: &SqlValue) -> Option<Ordering> {
    if let (Some(a), Some(b)) = (exact(left), exact(right)) {
        let scale = a.scale.max(b.scale);
        if let (Some(a), Some(b)) = (rescaled(a, scale), rescaled(b, scale)) {
            return Some(a.cmp(&b));
        }
    }
    approximate(left)?.partial_cmp(&approximate(right)?)
}

/// The digits of a number at a larger scale.
pub(super) fn rescaled(value: Decimal, scale: u8) -> Option<i128> {
    value.unscaled.checked_mul(10_i128.checked_pow(u32::from(scale.checked_sub(value.scale)?))?)
}

/// An exact number.
pub(super) fn exact(value: &SqlValue) -> Option<Decimal> {
    let whole = |unscaled: i128| Some(Decimal { unscaled, scale: 0 });
    match value {
        SqlValue::Bit(v) => whole(i128::from(*v)),
        SqlValue::TinyInt(v) => whole(i128::from(*v)),
        SqlValue::SmallInt(v) => whole(i128::from(*v)),
        SqlValue::Int(v) => whole(i128::from(*v)),
        SqlValue::BigInt(v) => whole(i128::from(*v)),
        SqlValue::Decimal(v) => Some(*v),
        SqlValue::Money(v) => Some(Decimal { unscaled: i128::from(*v), scale: 4 }),
        _ => None,
    }
}

/// Any number as a float.
#[expect(clippy::cast_precision_loss, reason = "a float holds 53 bits; that is what the conversion means")]
pub(super) fn approximate(value: &SqlValue) -> Option<f64> {
    match value {
        SqlValue::Real(v) => Some(f64::from(*v)),
        SqlValue::Float(v) => Some(*v),
        other => exact(other).map(|v| v.unscaled as f64 / 10_f64.powi(i32::from(v.scale))),
    }
}

fn trim_zeros(bytes: &[u8]) -> &[u8] {
    let length = bytes.iter().rposition(|b| *b != 0).map_or(0, |at| at + 1);
    bytes.get(..length).unwrap_or_default()
}

/// Bytes 10–15, 8–9, 6–7, 4–5, 0–3 of the text form, in that order of weight.
fn guid_key(guid: &[u8; 16]) -> [u8; 16] {
    const WEIGHT: [usize; 16] = [10, 11, 12, 13, 14, 15, 8, 9, 7, 6, 5, 4, 3, 2, 1, 0];
    WEIGHT.map(|at| guid.get(at).copied().unwrap_or_default())
}

/// What makes two values equal, for grouping, DISTINCT and joins. NULLs are one key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Null,
    Exact(i128, u8),
    Approximate(u64),
    Text(String),
    Bytes(Vec<u8>),
    Guid([u8; 16]),
    Moment(u8, i128),
}

/// The key of a value.
pub(super) fn key(value: &SqlValue) -> Key {
    match value {
        SqlValue::Null => Key::Null,
        SqlValue::Text(text) => Key::Text(fold(text)),
        SqlValue::Binary(bytes) => Key::Bytes(trim_zeros(bytes).to_vec()),
        SqlValue::Guid(guid) => Key::Guid(*guid),
        SqlValue::Date(date) => Key::Moment(0, i128::from(date.days)),
        SqlValue::Time(time) => Key::Moment(1, i128::from(time.ticks)),
        SqlValue::DateTime(value) => Key::Moment(2, datetime::ticks(*value)),
        SqlValue::DateTimeOffset(value) => Key::Moment(3, datetime::ticks(value.utc)),
        SqlValue::Real(value) => Key::Approximate(f64::from(*value).to_bits()),
        SqlValue::Float(value) => Key::Approximate(value.to_bits()),
        number => exact(number).map_or(Key::Null, |mut v| {
            while v.scale > 0 && v.unscaled % 10 == 0 {
                v.unscaled /= 10;
                v.scale -= 1;
            }
            Key::Exact(v.unscaled, v.scale)
        }),
    }
}

/// LIKE with `%`, `_`, `[set]`, `[^set]` and an escape character, without regard to case.
pub(super) fn like(text: &str, pattern: &str, escape: Option<char>) -> bool {
    let lower = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<Vec<char>>();
    let escape = escape.and_then(|c| c.to_lowercase().next());
    let pattern = compile(&lower(pattern), escape);
    let mut text = lower(text);
    if matches(&text, &pattern) {
        return true;
    }
    // Trailing blanks of the text do not count.
    while text.last() == Some(&' ') {
        text.pop();
        if matches(&text, &pattern) {
            return true;
        }
    }
    false
}

enum Piece {
    Any,
    One,
    Char(char),
    Set { negated: bool, ranges: Vec<(char, char)> },
}

fn compile(pattern: &[char], escape: Option<char>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = pattern;
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (*first, tail) {
            (c, [next, after @ ..]) if Some(c) == escape => {
                pieces.push(Piece::Char(*next));
                rest = after;
            }
            ('%', _) => pieces.push(Piece::Any),
            ('_', _) => pieces.push(Piece::One),
            ('[', _) => match tail.iter().position(|c| *c == ']') {
                Some(end) => {
                    pieces.push(set(tail.get(..end).unwrap_or_default()));
                    rest = tail.get(end + 1..).unwrap_or_default();
                }
                None => pieces.push(Piece::Char('[')),
            },
            (c, _) => pieces.push(Piece::Char(c)),
        }
    }
    pieces
}

fn set(content: &[char]) -> Piece {
    let (negated, mut rest) = match content {
        ['^', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let mut ranges = Vec::new();
    loop {
        match rest {
            [from, '-', to, tail @ ..] => {
                ranges.push((*from, *to));
                rest = tail;
            }
            [one, tail @ ..] => {
                ranges.push((*one, *one));
                rest = tail;
            }
            [] => return Piece::Set { negated, ranges },
        }
    }
}

/// Greedy match with one point of return, at most length of text × length of pattern steps.
fn matches(text: &[char], pattern: &[Piece]) -> bool {
    let (mut t, mut p) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() || p < pattern.len() {
        match (pattern.get(p), text.get(t)) {
            (Some(Piece::Any), _) => {
                retry = Some((p + 1, t));
                p += 1;
                continue;
            }
            (Some(piece), Some(c)) if piece.accepts(*c) => {
                p += 1;
                t += 1;
                continue;
            }
            _ => {}
        }
        match retry {
            Some((piece, from)) if from < text.len() => {
                retry = Some((piece, from + 1));
                p = piece;
                t = from + 1;
            }
            _ => return false,
        }
    }
    true
}

impl Piece {
    fn accepts(&self, c: char) -> bool {
        match self {
            Self::Any | Self::One => true,
            Self::Char(own) => *own == c,
            Self::Set { negated, ranges } => {
                ranges.iter().any(|(from, to)| (*from..=*to).contains(&c)) != *negated
            }
        }
    }
}
