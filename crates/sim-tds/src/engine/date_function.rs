//! Values of the date functions.

use super::compare::rescaled;
use super::context::Context;
use super::convert::cast;
use super::datetime::{self, DAY, SECOND, civil, date, from_ticks, month_length, ticks};
use super::function::{Builtin, DatePart};
use super::node::Node;
use crate::value::{DateTime, Decimal, SqlError, SqlType, SqlValue, Time};

/// The value of a call whose arguments are not NULL.
pub(super) fn call(
    context: &Context<'_>,
    builtin: Builtin,
    nodes: &[Node],
    values: &[SqlValue],
    ty: SqlType,
) -> Result<SqlValue, SqlError> {
    let now = context.view.now();
    let first = values.first().unwrap_or(&SqlValue::Null);
    let second = values.get(1).unwrap_or(&SqlValue::Null);
    match builtin {
        Builtin::GetDate => Ok(SqlValue::DateTime(datetime::round_legacy(datetime::local(now)))),
        Builtin::GetUtcDate => Ok(SqlValue::DateTime(datetime::round_legacy(now.utc))),
        Builtin::SysDateTime => Ok(SqlValue::DateTime(datetime::local(now))),
        Builtin::SysUtcDateTime => Ok(SqlValue::DateTime(now.utc)),
        Builtin::SysDateTimeOffset => Ok(SqlValue::DateTimeOffset(now)),
        Builtin::SwitchOffset | Builtin::ToDateTimeOffset => shift_offset(builtin, first, second),
        Builtin::DateAdd(part) => {
            let from = nodes.get(1).map_or(ty, |node| node.ty);
            date_add(part, first, second, from, ty)
        }
        Builtin::DateDiff(part) => {
            let difference = date_diff(part, first, second)?;
            i32::try_from(difference).map(SqlValue::Int).map_err(|_| date_diff_overflow())
        }
        Builtin::DateDiffBig(part) => {
            let difference = date_diff(part, first, second)?;
            i64::try_from(difference).map(SqlValue::BigInt).map_err(|_| date_diff_overflow())
        }
        Builtin::DatePart(part) => date_part(part, first),
        _ => Err(SqlError::not_implemented("this date function")),
    }
}

/// The wall clock of a value; a time is on 1900-01-01.
fn wall_clock(value: &SqlValue) -> Option<DateTime> {
    match value {
        SqlValue::Date(date) => Some(DateTime { date: *date, time: Time { ticks: 0 } }),
        SqlValue::Time(time) => Some(DateTime { date: date(1900, 1, 1)?, time: *time }),
        SqlValue::DateTime(value) => Some(*value),
        SqlValue::DateTimeOffset(value) => Some(datetime::local(*value)),
        _ => None,
    }
}

fn invalid() -> SqlError {
    SqlError::new(8116, "Argument data type is invalid for this argument of the date function.")
}

fn shift_offset(builtin: Builtin, value: &SqlValue, offset: &SqlValue) -> Result<SqlValue, SqlError> {
    let minutes = match offset {
        SqlValue::Int(minutes) => i16::try_from(*minutes).ok(),
        SqlValue::Text(text) => {
            datetime::parse(&format!("00:00{text}")).and_then(|parsed| parsed.offset_minutes)
        }
        _ => None,
    };
    let minutes = minutes
        .filter(|minutes| (-840..=840).contains(minutes))
        .ok_or_else(|| SqlError::new(9812, "The timezone provided to builtin function is invalid."))?;
    let shifted = match (builtin, value) {
        (Builtin::SwitchOffset, SqlValue::DateTimeOffset(value)) => {
            Some(crate::value::DateTimeOffset { utc: value.utc, offset_minutes: minutes })
        }
        (_, value) => wall_clock(value).and_then(|local| datetime::with_offset(local, minutes)),
    };
    shifted.map(SqlValue::DateTimeOffset).ok_or_else(invalid)
}

/// 100 ns units of the parts that always have the same length.
fn unit(part: DatePart) -> Option<i128> {
    Some(match part {
        DatePart::DayOfYear | DatePart::Day => i128::from(DAY),
        DatePart::Hour => 3600 * i128::from(SECOND),
        DatePart::Minute => 60 * i128::from(SECOND),
        DatePart::Second => i128::from(SECOND),
        DatePart::Millisecond => 10_000,
        DatePart::Microsecond => 10,
        _ => return None,
    })
}

fn date_add(
    part: DatePart,
    count: &SqlValue,
    value: &SqlValue,
    from: SqlType,
    ty: SqlType,
) -> Result<SqlValue, SqlError> {
    let SqlValue::Int(count) = count else { return Err(invalid()) };
    let count = i128::from(*count);
    let local = wall_clock(value).ok_or_else(invalid)?;
    let moved = match (unit(part), part) {
        (Some(unit), _) => from_ticks(ticks(local) + count * unit),
        (None, DatePart::Nanosecond) => from_ticks(ticks(local) + count / 100),
        (None, DatePart::Year) => add_months(local, count * 12),
        (None, DatePart::Quarter) => add_months(local, count * 3),
        (None, _) => add_months(local, count),
    };
    let overflow =
        || SqlError::new(517, "Adding a value to a 'datetime' column caused an overflow.").with_class(16);
    let moved = moved.ok_or_else(overflow)?;
    if let SqlValue::DateTimeOffset(original) = value {
        return datetime::with_offset(moved, original.offset_minutes)
            .map(SqlValue::DateTimeOffset)
            .ok_or_else(overflow);
    }
    let from = if matches!(from, SqlType::Date | SqlType::Time(_)) { SqlType::DateTime2(7) } else { from };
    cast(&SqlValue::DateTime(moved), from, ty, 0)
}

/// Months are added to the month; a day beyond the month's end becomes its last day.
fn add_months(value: DateTime, count: i128) -> Option<DateTime> {
    let (year, month, day) = civil(value.date);
    let months = i128::from(year) * 12 + i128::from(month) - 1 + count;
    let year = i64::try_from(months.div_euclid(12)).ok()?;
    let month = i64::try_from(months.rem_euclid(12)).ok()? + 1;
    let date = date(year, month, i64::from(day).min(month_length(year, month)))?;
    Some(DateTime { date, time: value.time })
}

/// Boundaries crossed, in UTC where offsets are given.
fn date_diff(part: DatePart, start: &SqlValue, end: &SqlValue) -> Result<i128, SqlError> {
    let utc = |value: &SqlValue| match value {
        SqlValue::DateTimeOffset(value) => Some(value.utc),
        other => wall_clock(other),
    };
    let (start, end) = (utc(start).ok_or_else(invalid)?, utc(end).ok_or_else(invalid)?);
    let months = |value: DateTime| {
        let (year, month, _) = civil(value.date);
        i128::from(year) * 12 + i128::from(month) - 1
    };
    Ok(match (unit(part), part) {
        (Some(unit), _) => ticks(end).div_euclid(unit) - ticks(start).div_euclid(unit),
        (None, DatePart::Nanosecond) => (ticks(end) - ticks(start)) * 100,
        (None, DatePart::Year) => months(end).div_euclid(12) - months(start).div_euclid(12),
        (None, DatePart::Quarter) => months(end).div_euclid(3) - months(start).div_euclid(3),
        (None, _) => months(end) - months(start),
    })
}

fn date_diff_overflow() -> SqlError {
    SqlError::new(
        535,
        "The datediff function resulted in an overflow. The number of dateparts separating two date/time instances is too large. Try to use datediff with a less precise datepart.",
    )
}

fn date_part(part: DatePart, value: &SqlValue) -> Result<SqlValue, SqlError> {
    let value = wall_clock(value).ok_or_else(invalid)?;
    let (year, month, day) = civil(value.date);
    let seconds = value.time.ticks / SECOND;
    let number = match part {
        DatePart::Year => year,
        DatePart::Quarter => i64::from((month - 1) / 3 + 1),
        DatePart::Month => i64::from(month),
        DatePart::Day => i64::from(day),
        DatePart::DayOfYear => {
            let first = date(year, 1, 1).map_or(0, |first| first.days);
            i64::from(value.date.days - first) + 1
        }
        DatePart::Hour => i64::try_from(seconds / 3600).unwrap_or(0),
        DatePart::Minute => i64::try_from(seconds / 60 % 60).unwrap_or(0),
        DatePart::Second => i64::try_from(seconds % 60).unwrap_or(0),
        DatePart::Millisecond => i64::try_from(value.time.ticks % SECOND / 10_000).unwrap_or(0),
        DatePart::Microsecond => i64::try_from(value.time.ticks % SECOND / 10).unwrap_or(0),
        DatePart::Nanosecond => {
            let fraction = Decimal { unscaled: i128::from(value.time.ticks % SECOND), scale: 0 };
            rescaled(fraction, 2).and_then(|v| i64::try_from(v).ok()).unwrap_or(0)
        }
    };
    Ok(SqlValue::Int(i32::try_from(number).unwrap_or(0)))
}
