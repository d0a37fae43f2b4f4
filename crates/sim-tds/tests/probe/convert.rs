//! Types by name and the conversions that the judges use.

use scaleout_sim_tds::value::{
    Date, DateTime, DateTimeOffset, Decimal, Length, SqlError, SqlType, SqlValue, Time,
};

/// `nvarchar(20)`, `decimal(10, 2)`, …
pub(super) fn parse_type(text: &str) -> Result<SqlType, SqlError> {
    let text = text.to_ascii_lowercase();
    let (name, arguments) = text.trim_end_matches(')').split_once('(').unwrap_or((&text, ""));
    let numbers: Vec<u16> = arguments.split(',').filter_map(|one| one.trim().parse().ok()).collect();
    let first = numbers.first().copied();
    let length = || match (arguments, first) {
        ("max", _) => Length::Max,
        (_, first) => Length::Limited(first.unwrap_or(30)),
    };
    let scale = || first.and_then(|scale| u8::try_from(scale).ok()).unwrap_or(7);
    Ok(match name.trim() {
        "bit" => SqlType::Bit,
        "tinyint" => SqlType::TinyInt,
        "smallint" => SqlType::SmallInt,
        "int" | "integer" => SqlType::Int,
        "bigint" => SqlType::BigInt,
        "real" => SqlType::Real,
        "float" if first == Some(24) => SqlType::Real,
        "float" => SqlType::Float,
        "decimal" | "numeric" => SqlType::Decimal {
            precision: first.and_then(|precision| u8::try_from(precision).ok()).unwrap_or(18),
            scale: numbers.get(1).and_then(|scale| u8::try_from(*scale).ok()).unwrap_or(0),
        },
        "money" => SqlType::Money,
        "smallmoney" => SqlType::SmallMoney,
        "uniqueidentifier" => SqlType::UniqueIdentifier,
        "nvarchar" => SqlType::NVarChar(length()),
        "sysname" => SqlType::SYSNAME,
        "varchar" => SqlType::VarChar(length()),
        "varbinary" => SqlType::VarBinary(length()),
        "nchar" => SqlType::NChar(first.unwrap_or(1)),
        "char" => SqlType::Char(first.unwrap_or(1)),
        "binary" => SqlType::Binary(first.unwrap_or(30)),
        "date" => SqlType::Date,
        "time" => SqlType::Time(scale()),
        "datetime" => SqlType::DateTime,
        "smalldatetime" => SqlType::SmallDateTime,
        "datetime2" => SqlType::DateTime2(scale()),
        "datetimeoffset" => SqlType::DateTimeOffset(scale()),
        "sql_variant" => SqlType::Variant,
        other => return Err(SqlError::new(243, format!("Type {other} is not a defined system type."))),
    })
}

/// The value as another type.
pub(super) fn convert(value: SqlValue, ty: SqlType) -> Result<SqlValue, SqlError> {
    let text = match (&value, ty) {
        (SqlValue::Null, _) | (_, SqlType::Variant) => return Ok(value),
        (SqlValue::Text(text), _) => text.clone(),
        (SqlValue::Bit(bit), _) => u8::from(*bit).to_string(),
        (SqlValue::TinyInt(number), _) => number.to_string(),
        (SqlValue::SmallInt(number), _) => number.to_string(),
        (SqlValue::Int(number), _) => number.to_string(),
        (SqlValue::BigInt(number), _) => number.to_string(),
        (SqlValue::Float(number), _) => number.to_string(),
        (SqlValue::Decimal(number), _) => show(*number),
        _ => return Ok(value),
    };
    from_text(&text, ty)
}

/// The value that a text shows.
pub(super) fn from_text(text: &str, ty: SqlType) -> Result<SqlValue, SqlError> {
    let fails = || SqlError::new(245, format!("Conversion failed when converting '{text}'."));
    let overflow = || SqlError::new(8115, "Arithmetic overflow error.").with_state(2);
    Ok(match ty {
        SqlType::Bit => SqlValue::Bit(text != "0" && !text.eq_ignore_ascii_case("false")),
        SqlType::TinyInt => SqlValue::TinyInt(text.parse().map_err(|_| overflow())?),
        SqlType::SmallInt => SqlValue::SmallInt(text.parse().map_err(|_| overflow())?),
        SqlType::Int => SqlValue::Int(text.parse().map_err(|_| fails())?),
        SqlType::BigInt => SqlValue::BigInt(text.parse().map_err(|_| fails())?),
        SqlType::Real => SqlValue::Real(text.parse().map_err(|_| fails())?),
        SqlType::Float => SqlValue::Float(text.parse().map_err(|_| fails())?),
        SqlType::Decimal { scale, .. } => SqlValue::Decimal(decimal(text, scale).ok_or_else(fails)?),
        SqlType::Money | SqlType::SmallMoney => {
            let amount = decimal(text, 4).ok_or_else(fails)?;
            SqlValue::Money(i64::try_from(amount.unscaled).map_err(|_| overflow())?)
        }
        SqlType::UniqueIdentifier => match from_hex(&text.replace('-', ""))? {
            SqlValue::Binary(bytes) => SqlValue::Guid(bytes.try_into().map_err(|_| fails())?),
            _ => return Err(fails()),
        },
        SqlType::NVarChar(_) | SqlType::NChar(_) | SqlType::VarChar(_) | SqlType::Char(_) => {
            SqlValue::text(text)
        }
        SqlType::Date => SqlValue::Date(date(text).ok_or_else(fails)?),
        SqlType::Time(_) => SqlValue::Time(time(text).ok_or_else(fails)?),
        SqlType::DateTime | SqlType::SmallDateTime | SqlType::DateTime2(_) => {
            SqlValue::DateTime(moment(text).ok_or_else(fails)?)
        }
        SqlType::DateTimeOffset(_) => SqlValue::DateTimeOffset(offset(text).ok_or_else(fails)?),
        SqlType::VarBinary(_) | SqlType::Binary(_) | SqlType::Variant => return Err(fails()),
    })
}

/// The number with the other sign.
pub(super) fn negate(value: SqlValue) -> SqlValue {
    match value {
        SqlValue::Int(number) => SqlValue::Int(-number),
        SqlValue::BigInt(number) => SqlValue::BigInt(-number),
        SqlValue::Float(number) => SqlValue::Float(-number),
        SqlValue::Decimal(number) => SqlValue::Decimal(Decimal { unscaled: -number.unscaled, ..number }),
        other => other,
    }
}

/// Bytes from hexadecimal digits.
pub(super) fn from_hex(digits: &str) -> Result<SqlValue, SqlError> {
    let fails = || SqlError::new(102, "Incorrect syntax near the binary literal.");
    let pairs = digits.as_bytes().chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair).map_err(|_| fails())?;
        u8::from_str_radix(pair, 16).map_err(|_| fails())
    });
    Ok(SqlValue::Binary(pairs.collect::<Result<_, _>>()?))
}

fn show(number: Decimal) -> String {
    let scale = usize::from(number.scale);
    let digits = format!("{:0>width$}", number.unscaled.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let sign = if number.unscaled < 0 { "-" } else { "" };
    if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// Digits that the scale has no room for are refused.
fn decimal(text: &str, scale: u8) -> Option<Decimal> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let width = usize::from(scale);
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > width {
        return None;
    }
    Some(Decimal { unscaled: format!("{whole}{fraction:0<width$}").parse().ok()?, scale })
}

fn date(text: &str) -> Option<Date> {
    let mut parts = text.splitn(3, '-').map(|part| part.parse::<u32>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let leap = |year: u32| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let lengths = [31, if leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let before: u32 = lengths.iter().take(usize::try_from(month.checked_sub(1)?).ok()?).sum();
    let past = year.checked_sub(1)?;
    Some(Date { days: past * 365 + past / 4 - past / 100 + past / 400 + before + day - 1 })
}

fn time(text: &str) -> Option<Time> {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut parts = clock.split(':').map(|part| part.parse::<u64>().ok());
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next().unwrap_or(Some(0))?);
    let fraction: u64 = format!("{fraction:0<7}").get(..7)?.parse().ok()?;
    Some(Time { ticks: ((hours * 60 + minutes) * 60 + seconds) * 10_000_000 + fraction })
}

fn moment(text: &str) -> Option<DateTime> {
    let (day, clock) = text.split_once([' ', 'T'])?;
    Some(DateTime { date: date(day)?, time: time(clock)? })
}

fn offset(text: &str) -> Option<DateTimeOffset> {
    let (local, zone) = text.rsplit_once(' ')?;
    let local = moment(local)?;
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    let minutes = hours.parse::<i16>().ok()? * 60 + minutes.parse::<i16>().ok()?;
    let offset_minutes = if zone.starts_with('-') { -minutes } else { minutes };
    let day = 864_000_000_000_i64;
    let ticks = i64::try_from(local.time.ticks).ok()? - i64::from(offset_minutes) * 600_000_000;
    let days = i64::from(local.date.days) + ticks.div_euclid(day);
    let utc = DateTime {
        date: Date { days: u32::try_from(days).ok()? },
        time: Time { ticks: u64::try_from(ticks.rem_euclid(day)).ok()? },
    };
    Some(DateTimeOffset { utc, offset_minutes })
}
