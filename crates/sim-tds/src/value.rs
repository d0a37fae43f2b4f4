//! SQL Server's types, values and messages as plain data: shared by the wire and the language.

use std::fmt;

/// The length of a variable-length type: bytes for `varchar`/`varbinary`, UTF-16 code units for `nvarchar`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Length {
    /// `(n)`; at most 8000 bytes, or 4000 units for `nvarchar`.
    Limited(u16),
    /// `(max)`.
    Max,
}

/// A type of T-SQL that the simulator can carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SqlType {
    /// `bit`
    Bit,
    /// `tinyint`, unsigned 8 bits
    TinyInt,
    /// `smallint`
    SmallInt,
    /// `int`
    Int,
    /// `bigint`
    BigInt,
    /// `real`, 32-bit float
    Real,
    /// `float(53)`
    Float,
    /// `decimal(p,s)` and `numeric(p,s)`
    Decimal {
        /// Digits in all, 1 to 38.
        precision: u8,
        /// Digits after the point, 0 to `precision`.
        scale: u8,
    },
    /// `money`, ten-thousandths in 64 bits
    Money,
    /// `smallmoney`, ten-thousandths in 32 bits
    SmallMoney,
    /// `uniqueidentifier`
    UniqueIdentifier,
    /// `varchar(n|max)`
    VarChar(Length),
    /// `nvarchar(n|max)`; `sysname` is `nvarchar(128)` that is not nullable
    NVarChar(Length),
    /// `char(n)`
    Char(u16),
    /// `nchar(n)`
    NChar(u16),
    /// `varbinary(n|max)`
    VarBinary(Length),
    /// `binary(n)`
    Binary(u16),
    /// `date`
    Date,
    /// `time(scale)`, scale 0 to 7
    Time(u8),
    /// `datetime`, rounded to 1/300 s
    DateTime,
    /// `smalldatetime`, rounded to the minute
    SmallDateTime,
    /// `datetime2(scale)`
    DateTime2(u8),
    /// `datetimeoffset(scale)`
    DateTimeOffset(u8),
    /// `sql_variant`: the value tells its own base type (`SERVERPROPERTY`, `sys.configurations`)
    Variant,
}

impl SqlType {
    /// `nvarchar(max)`.
    pub const NVARCHAR_MAX: Self = Self::NVarChar(Length::Max);
    /// `sysname`, the type of names: `nvarchar(128)`.
    pub const SYSNAME: Self = Self::NVarChar(Length::Limited(128));
}

/// A calendar day: days since 0001-01-01 (day 0), proleptic Gregorian.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// Days since 0001-01-01.
    pub days: u32,
}

/// A time of day in units of 100 ns since midnight, below 864,000,000,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time {
    /// 100 ns units since midnight.
    pub ticks: u64,
}

/// A date and a time without zone: `datetime`, `smalldatetime` and `datetime2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DateTime {
    /// The day.
    pub date: Date,
    /// The time of that day.
    pub time: Time,
}

/// A moment in UTC with the offset in which it is shown (`datetimeoffset`; the same on the wire).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DateTimeOffset {
    /// Date and time in UTC.
    pub utc: DateTime,
    /// Minutes east of UTC, -840 to 840.
    pub offset_minutes: i16,
}

/// An exact number: `unscaled / 10^scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Decimal {
    /// All digits as one signed integer.
    pub unscaled: i128,
    /// Digits after the point.
    pub scale: u8,
}

/// A value. It fits the [`SqlType`] of its column; `Null` fits each.
#[derive(Clone, PartialEq)]
pub enum SqlValue {
    /// `NULL` of any type
    Null,
    /// `bit`
    Bit(bool),
    /// `tinyint`
    TinyInt(u8),
    /// `smallint`
    SmallInt(i16),
    /// `int`
    Int(i32),
    /// `bigint`
    BigInt(i64),
    /// `real`
    Real(f32),
    /// `float`
    Float(f64),
    /// `decimal`, `numeric`
    Decimal(Decimal),
    /// `money` and `smallmoney` in ten-thousandths
    Money(i64),
    /// `uniqueidentifier`: the 16 bytes in the order of its text form (RFC 4122 order, not SQL Server's storage order)
    Guid([u8; 16]),
    /// All character types
    Text(String),
    /// `binary` and `varbinary`
    Binary(Vec<u8>),
    /// `date`
    Date(Date),
    /// `time`
    Time(Time),
    /// `datetime`, `smalldatetime`, `datetime2`
    DateTime(DateTime),
    /// `datetimeoffset`
    DateTimeOffset(DateTimeOffset),
}

/// Values of text and bytes are shown by length only: a parameter may be a password.
impl fmt::Debug for SqlValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("Null"),
            Self::Bit(v) => write!(f, "Bit({v})"),
            Self::TinyInt(v) => write!(f, "TinyInt({v})"),
            Self::SmallInt(v) => write!(f, "SmallInt({v})"),
            Self::Int(v) => write!(f, "Int({v})"),
            Self::BigInt(v) => write!(f, "BigInt({v})"),
            Self::Real(v) => write!(f, "Real({v})"),
            Self::Float(v) => write!(f, "Float({v})"),
            Self::Decimal(v) => write!(f, "{v:?}"),
            Self::Money(v) => write!(f, "Money({v})"),
            Self::Guid(v) => write!(f, "Guid({v:02x?})"),
            Self::Text(v) => write!(f, "Text({} chars)", v.chars().count()),
            Self::Binary(v) => write!(f, "Binary({} bytes)", v.len()),
            Self::Date(v) => write!(f, "{v:?}"),
            Self::Time(v) => write!(f, "{v:?}"),
            Self::DateTime(v) => write!(f, "{v:?}"),
            Self::DateTimeOffset(v) => write!(f, "{v:?}"),
        }
    }
}

impl SqlValue {
    /// Text value of anything that is text.
    pub fn text(value: impl Into<String>) -> Self {
        Self::Text(value.into())
    }

    /// True for `NULL`.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}

/// A column of a table or of a result set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Name as the client sees it; empty where SQL Server shows "(No column name)".
    pub name: String,
    /// Type of each value.
    pub ty: SqlType,
    /// Whether `NULL` may occur.
    pub nullable: bool,
}

impl Column {
    /// A nullable column.
    pub fn nullable(name: impl Into<String>, ty: SqlType) -> Self {
        Self { name: name.into(), ty, nullable: true }
    }

    /// A column that is never `NULL`.
    pub fn required(name: impl Into<String>, ty: SqlType) -> Self {
        Self { name: name.into(), ty, nullable: false }
    }
}

/// Columns and rows; every row has one value per column.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ResultSet {
    /// The columns, in order.
    pub columns: Vec<Column>,
    /// The rows, in order.
    pub rows: Vec<Vec<SqlValue>>,
}

/// An ERROR or INFO message of SQL Server. Class (severity) 10 and below is information, 11 and above an error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Msg {number}, Level {class}, State {state}, Line {line}: {message}")]
pub struct SqlError {
    /// Message number, for example 208.
    pub number: i32,
    /// State, 1 unless the source says otherwise.
    pub state: u8,
    /// Severity, 0 to 25.
    pub class: u8,
    /// Line in the batch or procedure, from 1; 0 where it has none.
    pub line: u32,
    /// Text of the message.
    pub message: String,
    /// Procedure in which it arose; empty in a batch.
    pub procedure: String,
}

impl SqlError {
    /// An error of severity 16, state 1, line 0.
    pub fn new(number: i32, message: impl Into<String>) -> Self {
        Self { number, state: 1, class: 16, line: 0, message: message.into(), procedure: String::new() }
    }

    /// The same with another severity.
    #[must_use]
    pub fn with_class(mut self, class: u8) -> Self {
        self.class = class;
        self
    }

    /// The same with another state.
    #[must_use]
    pub fn with_state(mut self, state: u8) -> Self {
        self.state = state;
        self
    }

    /// The same at `line`, unless it has a line already.
    #[must_use]
    pub fn at_line(mut self, line: u32) -> Self {
        if self.line == 0 {
            self.line = line;
        }
        self
    }

    /// What the simulator understands but does not do: number 50000, said aloud. Its state 99 tells it from a RAISERROR
    /// of a batch.
    pub fn not_implemented(what: impl fmt::Display) -> Self {
        Self::new(50000, format!("simulator: not implemented: {what}")).with_state(99)
    }
}
