//! Dates and times: calendar, text forms, rounding.

use crate::value::{Date, DateTime, DateTimeOffset, Time};

/// 100 ns units in a second.
pub(super) const SECOND: u64 = 10_000_000;
/// 100 ns units in a day.
pub(super) const DAY: u64 = 86_400 * SECOND;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Year, month (1 to 12) and day (1 to 31) of a date (the algorithm of "days from civil", proleptic Gregorian).
pub(super) fn civil(date: Date) -> (i64, u8, u8) {
    // 306 days lie between 0000-03-01 and 0001-01-01.
    let z = i64::from(date.days) + 306;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    (year, u8::try_from(month).unwrap_or(1), u8::try_from(day).unwrap_or(1))
}

/// The date of a year (1 to 9999), month and day; None if there is no such day.
pub(super) fn date(year: i64, month: i64, day: i64) -> Option<Date> {
    if !(1..=9999).contains(&year) || !(1..=12).contains(&month) || day < 1 || day > month_length(year, month)
    {
        return None;
    }
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let mp = if month > 2 { month - 3 } else { month + 9 };
    let doy = (153 * mp + 2) / 5 + day - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    u32::try_from(era * 146_097 + doe - 306).ok().map(|days| Date { days })
}

/// Days of a month.
pub(super) fn month_length(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// 100 ns units since 0001-01-01.
pub(super) fn ticks(value: DateTime) -> i128 {
    i128::from(value.date.days) * i128::from(DAY) + i128::from(value.time.ticks)
}

/// The inverse of [`ticks`]; None outside of the years 1 to 9999.
pub(super) fn from_ticks(ticks: i128) -> Option<DateTime> {
    let day = i128::from(DAY);
    let days = u32::try_from(ticks.div_euclid(day)).ok().filter(|days| *days <= 3_652_058)?;
    let rest = u64::try_from(ticks.rem_euclid(day)).ok()?;
    Some(DateTime { date: Date { days }, time: Time { ticks: rest } })
}

/// The wall clock of a `datetimeoffset`.
pub(super) fn local(value: DateTimeOffset) -> DateTime {
    from_ticks(ticks(value.utc) + i128::from(value.offset_minutes) * 60 * i128::from(SECOND))
        .unwrap_or(value.utc)
}

/// A wall clock with its offset.
pub(super) fn with_offset(local: DateTime, offset_minutes: i16) -> Option<DateTimeOffset> {
    let utc = from_ticks(ticks(local) - i128::from(offset_minutes) * 60 * i128::from(SECOND))?;
    Some(DateTimeOffset { utc, offset_minutes })
}

/// Rounded to `scale` digits of a second.
pub(super) fn round(value: DateTime, scale: u8) -> DateTime {
    let unit = 10_i128.pow(u32::from(7_u8.saturating_sub(scale)));
    from_ticks((ticks(value) + unit / 2) / unit * unit).unwrap_or(value)
}

/// Rounded to 1/300 s, as `datetime` is.
pub(super) fn round_legacy(value: DateTime) -> DateTime {
    let thirds = (ticks(value) * 300 + i128::from(SECOND) / 2) / i128::from(SECOND);
    from_ticks((thirds * i128::from(SECOND) + 150) / 300).unwrap_or(value)
}

/// `yyyy-mm-dd`.
pub(super) fn date_text(value: Date) -> String {
    let (year, month, day) = civil(value);
    format!("{year:04}-{month:02}-{day:02}")
}

/// `hh:mm:ss[.f…]` with `scale` digits.
pub(super) fn time_text(value: Time, scale: u8) -> String {
    let seconds = value.ticks / SECOND;
    let whole = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if scale == 0 {
        return whole;
    }
    let fraction = format!("{:07}", value.ticks % SECOND);
    format!("{whole}.{}", fraction.get(..usize::from(scale)).unwrap_or(&fraction))
}

/// `+hh:mm`.
pub(super) fn offset_text(minutes: i16) -> String {
    let sign = if minutes < 0 { '-' } else { '+' };
    let minutes = minutes.unsigned_abs();
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

/// `Mon dd yyyy hh:miAM`, style 0.
pub(super) fn default_text(value: DateTime) -> String {
    let (year, month, day) = civil(value.date);
    let minutes = value.time.ticks / SECOND / 60;
    let (hour, minute) = (minutes / 60, minutes % 60);
    let half = if hour < 12 { "AM" } else { "PM" };
    let shown = if hour % 12 == 0 { 12 } else { hour % 12 };
    let name = MONTHS.get(usize::from(month) - 1).copied().unwrap_or_default();
    format!("{name} {day:>2} {year:04} {shown:>2}:{minute:02}{half}")
}

/// A date, time or both, with an offset if one is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parsed {
    pub(super) value: DateTime,
    pub(super) offset_minutes: Option<i16>,
}

/// Reads ISO forms: `yyyy-mm-dd`, `yyyymmdd`, `hh:mm[:ss[.f]]`, both joined by a blank or `T`, then `Z` or `±hh:mm`.
pub(super) fn parse(text: &str) -> Option<Parsed> {
    let text = text.trim();
    let (text, offset_minutes) = split_offset(text)?;
    let (day, clock) = match text.split_once([' ', 'T']) {
        Some((day, clock)) => (Some(day), Some(clock.trim())),
        None if text.contains(':') => (None, Some(text)),
        None => (Some(text), None),
    };
    // Without a date it is 1900-01-01.
    let date = day.map_or_else(|| date(1900, 1, 1), parse_date)?;
    let time = clock.map_or(Some(Time { ticks: 0 }), parse_time)?;
    Some(Parsed { value: DateTime { date, time }, offset_minutes })
}

fn split_offset(text: &str) -> Option<(&str, Option<i16>)> {
    if let Some(rest) = text.strip_suffix(['Z', 'z']) {
        return Some((rest, Some(0)));
    }
    let Some(clock) = text.find(':') else { return Some((text, None)) };
    let Some(sign) = text.get(clock..).and_then(|rest| rest.find(['+', '-'])).map(|at| at + clock) else {
        return Some((text, None));
    };
    let (rest, offset) = text.split_at_checked(sign)?;
    let (hours, minutes) = offset.get(1..)?.split_once(':')?;
    let total = hours.parse::<i16>().ok().filter(|h| (0..15).contains(h))? * 60
        + minutes.parse::<i16>().ok().filter(|m| (0..60).contains(m))?;
    if total > 840 {
        return None;
    }
    Some((rest.trim_end(), Some(if offset.starts_with('-') { -total } else { total })))
}

fn parse_date(text: &str) -> Option<Date> {
    let number = |part: &str| part.parse::<u16>().ok().map(i64::from);
    if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        return date(number(text.get(..4)?)?, number(text.get(4..6)?)?, number(text.get(6..)?)?);
    }
    let parts: Vec<&str> = text.split('-').collect();
    match parts.as_slice() {
        [year, month, day] if year.len() == 4 => date(number(year)?, number(month)?, number(day)?),
        _ => None,
    }
}

fn parse_time(text: &str) -> Option<Time> {
    let parts: Vec<&str> = text.split(':').collect();
    let (hour, minute, second) = match parts.as_slice() {
        [hour, minute] => (*hour, *minute, "0"),
        [hour, minute, second] => (*hour, *minute, *second),
        _ => return None,
    };
    let (whole, fraction) = second.split_once('.').unwrap_or((second, ""));
    let number = |part: &str, most: u64| part.parse::<u64>().ok().filter(|value| *value < most);
    if fraction.len() > 7 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let ticks: u64 = format!("{fraction:0<7}").parse().ok()?;
    let seconds = number(hour, 24)? * 3600 + number(minute, 60)? * 60 + number(whole, 60)?;
    Some(Time { ticks: seconds * SECOND + ticks })
}
