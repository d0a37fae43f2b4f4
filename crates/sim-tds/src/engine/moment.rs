//! Conversions between date and time types.

use super::datetime::{self, Parsed};
use crate::value::{Date, DateTime, SqlType, SqlValue, Time};

/// A parsed text as a value of `to`; None where it does not fit.
pub(super) fn from_parsed(parsed: Parsed, to: SqlType) -> Option<SqlValue> {
    match (to, parsed.offset_minutes) {
        (SqlType::DateTimeOffset(scale), offset) => {
            let value = datetime::round(parsed.value, scale);
            datetime::with_offset(value, offset.unwrap_or(0)).map(SqlValue::DateTimeOffset)
        }
        // The old types take no offset.
        (SqlType::DateTime | SqlType::SmallDateTime, Some(_)) => None,
        _ => wall_clock(parsed.value, to),
    }
}

/// A date or time value as a value of `to`; None for date to time and back.
pub(super) fn convert(value: &SqlValue, to: SqlType) -> Option<SqlValue> {
    let midnight = Time { ticks: 0 };
    let local = match value {
        SqlValue::Date(date) if !matches!(to, SqlType::Time(_)) => DateTime { date: *date, time: midnight },
        SqlValue::Time(time) if !matches!(to, SqlType::Date) => {
            DateTime { date: datetime::date(1900, 1, 1)?, time: *time }
        }
        SqlValue::DateTime(value) => *value,
        SqlValue::DateTimeOffset(value) => {
            if let SqlType::DateTimeOffset(scale) = to {
                let mut rounded = *value;
                rounded.utc = datetime::round(value.utc, scale);
                return Some(SqlValue::DateTimeOffset(rounded));
            }
            datetime::local(*value)
        }
        _ => return None,
    };
    wall_clock(local, to)
}

/// A wall clock without offset as a value of `to`.
fn wall_clock(value: DateTime, to: SqlType) -> Option<SqlValue> {
    Some(match to {
        SqlType::Date => SqlValue::Date(value.date),
        SqlType::Time(scale) => {
            let anchored = DateTime { date: Date { days: 0 }, ..value };
            SqlValue::Time(datetime::round(anchored, scale).time)
        }
        SqlType::DateTime => {
            // `datetime` begins in 1753.
            if value.date < datetime::date(1753, 1, 1)? {
                return None;
            }
            SqlValue::DateTime(datetime::round_legacy(value))
        }
        SqlType::SmallDateTime => {
            let minute = 60 * i128::from(datetime::SECOND);
            let ticks = (datetime::ticks(value) + minute / 2) / minute * minute;
            SqlValue::DateTime(datetime::from_ticks(ticks)?)
        }
        SqlType::DateTime2(scale) => SqlValue::DateTime(datetime::round(value, scale)),
        SqlType::DateTimeOffset(scale) => {
            SqlValue::DateTimeOffset(datetime::with_offset(datetime::round(value, scale), 0)?)
        }
        _ => return None,
    })
}
