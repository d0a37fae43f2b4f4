//! Tables with each column's name, type and value in one place.

use crate::value::{Date, DateTime, DateTimeOffset, Decimal, Length, SqlType, SqlValue, Time};
use scaleout_sim_site::state::Sid;

pub(super) const BIT: SqlType = SqlType::Bit;
pub(super) const TINY: SqlType = SqlType::TinyInt;
pub(super) const SMALL: SqlType = SqlType::SmallInt;
pub(super) const INT: SqlType = SqlType::Int;
pub(super) const BIG: SqlType = SqlType::BigInt;
pub(super) const GUID: SqlType = SqlType::UniqueIdentifier;
pub(super) const DATE: SqlType = SqlType::DateTime;
pub(super) const DATE2: SqlType = SqlType::DateTime2(7);
pub(super) const OFFSET: SqlType = SqlType::DateTimeOffset(7);
pub(super) const NAME: SqlType = SqlType::SYSNAME;
pub(super) const LONG: SqlType = SqlType::NVARCHAR_MAX;
pub(super) const VARIANT: SqlType = SqlType::Variant;
pub(super) const SID: SqlType = SqlType::VarBinary(Length::Limited(85));
pub(super) const BYTES: SqlType = SqlType::VarBinary(Length::Max);
/// Log sequence numbers.
pub(super) const LSN: SqlType = SqlType::Decimal { precision: 25, scale: 0 };

/// `nvarchar(n)`.
pub(super) const fn text(length: u16) -> SqlType {
    SqlType::NVarChar(Length::Limited(length))
}

/// `char(n)`.
pub(super) const fn code(length: u16) -> SqlType {
    SqlType::Char(length)
}

/// `varbinary(n)`.
pub(super) const fn binary(length: u16) -> SqlType {
    SqlType::VarBinary(Length::Limited(length))
}

/// A table from rows: `sheet!(rows, row => { name: TYPE => value, … })`.
macro_rules! sheet {
    ($rows:expr, $row:pat => { $($name:ident : $ty:expr => $value:expr),+ $(,)? }) => {{
        let columns = vec![$($crate::value::Column::nullable(stringify!($name), $ty)),+];
        let rows = $rows.into_iter().map(|$row| vec![$($crate::world::sheet::padded($crate::world::sheet::Cell::cell($value), $ty)),+]).collect();
        $crate::engine::Table { columns, rows: std::sync::Arc::new(rows) }
    }};
}
pub(super) use sheet;

/// `char(n)` keeps its length.
pub(super) fn padded(value: SqlValue, ty: SqlType) -> SqlValue {
    match (value, ty) {
        (SqlValue::Text(text), SqlType::Char(length)) => {
            SqlValue::Text(format!("{text:<0$}", usize::from(length)))
        }
        (value, _) => value,
    }
}

/// What can stand in a row.
pub(super) trait Cell {
    fn cell(self) -> SqlValue;
}

/// A GUID's text.
pub(super) struct Guid<'a>(pub(super) &'a str);
/// Unix ms as a `datetime`.
pub(super) struct Moment(pub(super) i64);
/// Unix ms as a `datetime2(7)`.
pub(super) struct Moment2(pub(super) i64);
/// Unix ms as a `datetimeoffset` in UTC.
pub(super) struct Offset(pub(super) i64);
/// A log sequence number.
pub(super) struct Lsn(pub(super) u64);

macro_rules! cells {
    ($($ty:ty => $variant:ident),+ $(,)?) => {
        $(impl Cell for $ty {
            fn cell(self) -> SqlValue {
                SqlValue::$variant(self.into())
            }
        })+
    };
}
cells!(bool => Bit, u8 => TinyInt, i16 => SmallInt, i32 => Int, i64 => BigInt, &str => Text, String => Text, &String => Text, Vec<u8> => Binary);

impl Cell for SqlValue {
    fn cell(self) -> SqlValue {
        self
    }
}

impl Cell for u32 {
    fn cell(self) -> SqlValue {
        SqlValue::Int(i32::try_from(self).unwrap_or(i32::MAX))
    }
}

impl Cell for u16 {
    fn cell(self) -> SqlValue {
        SqlValue::Int(self.into())
    }
}

impl Cell for &Sid {
    fn cell(self) -> SqlValue {
        SqlValue::Binary(self.to_bytes())
    }
}

impl<T: Cell> Cell for Option<T> {
    fn cell(self) -> SqlValue {
        self.map_or(SqlValue::Null, Cell::cell)
    }
}

impl Cell for Guid<'_> {
    fn cell(self) -> SqlValue {
        guid(self.0).map_or(SqlValue::Null, SqlValue::Guid)
    }
}

impl Cell for Moment {
    /// In steps of 1/300 s, as `datetime` keeps it.
    fn cell(self) -> SqlValue {
        let mut value = moment(self.0);
        let thirds = (value.time.ticks * 3 + 50_000) / 100_000;
        value.time.ticks = (thirds * 100_000).div_ceil(3);
        SqlValue::DateTime(value)
    }
}

impl Cell for Moment2 {
    fn cell(self) -> SqlValue {
        SqlValue::DateTime(moment(self.0))
    }
}

impl Cell for Offset {
    fn cell(self) -> SqlValue {
        SqlValue::DateTimeOffset(offset(self.0))
    }
}

impl Cell for Lsn {
    fn cell(self) -> SqlValue {
        SqlValue::Decimal(Decimal { unscaled: self.0.into(), scale: 0 })
    }
}

/// The 16 bytes of a GUID's text, in the order of the text.
pub(super) fn guid(text: &str) -> Option<[u8; 16]> {
    let bytes = hex::decode(text.replace('-', "")).ok()?;
    bytes.try_into().ok()
}

/// The text of a GUID, lower-case.
pub(super) fn guid_text(bytes: [u8; 16]) -> String {
    let hex = hex::encode(bytes);
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

/// Days from 0001-01-01 to 1970-01-01.
const EPOCH_DAYS: i64 = 719_162;
const DAY_MS: i64 = 86_400_000;

/// Unix ms as date and time in UTC; what is before year 1 or after 9999 is held at 1970.
pub(super) fn moment(unix_ms: i64) -> DateTime {
    let days = u32::try_from(unix_ms.div_euclid(DAY_MS) + EPOCH_DAYS).unwrap_or(719_162);
    let ticks = u64::try_from(unix_ms.rem_euclid(DAY_MS)).unwrap_or_default() * 10_000;
    DateTime { date: Date { days }, time: Time { ticks } }
}

/// The same with the offset of UTC.
pub(super) fn offset(unix_ms: i64) -> DateTimeOffset {
    DateTimeOffset { utc: moment(unix_ms), offset_minutes: 0 }
}
