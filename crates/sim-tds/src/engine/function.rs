//! Built-in functions that the language answers by itself: names, argument counts, result types.

use super::bind::common_type;
use super::bind_condition::as_text;
use super::coerce::coerce;
use super::node::{Node, Op};
use super::types::{Family, family, is_unicode, length, with_length};
use crate::value::{Length, SqlError, SqlType};

/// A part of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DatePart {
    Year,
    Quarter,
    Month,
    DayOfYear,
    Day,
    Hour,
    Minute,
    Second,
    Millisecond,
    Microsecond,
    Nanosecond,
}

impl DatePart {
    /// By the names and abbreviations of DATEADD.
    pub(super) fn find(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "year" | "yy" | "yyyy" => Self::Year,
            "quarter" | "qq" | "q" => Self::Quarter,
            "month" | "mm" | "m" => Self::Month,
            "dayofyear" | "dy" | "y" => Self::DayOfYear,
            "day" | "dd" | "d" => Self::Day,
            "hour" | "hh" => Self::Hour,
            "minute" | "mi" | "n" => Self::Minute,
            "second" | "ss" | "s" => Self::Second,
            "millisecond" | "ms" => Self::Millisecond,
            "microsecond" | "mcs" => Self::Microsecond,
            "nanosecond" | "ns" => Self::Nanosecond,
            _ => return None,
        })
    }
}

/// A built-in function or global variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Builtin {
    Len,
    DataLength,
    Upper,
    Lower,
    LTrim,
    RTrim,
    Trim,
    Replace,
    Left,
    Right,
    Substring,
    CharIndex,
    Concat,
    ConcatWithSeparator,
    Replicate,
    Space,
    Stuff,
    Reverse,
    Ascii,
    Unicode,
    Char,
    NChar,
    QuoteName,
    ParseName,
    Abs,
    Ceiling,
    Floor,
    Round,
    Sign,
    HashBytes,
    NewId,
    GetDate,
    GetUtcDate,
    SysDateTime,
    SysUtcDateTime,
    SysDateTimeOffset,
    SwitchOffset,
    ToDateTimeOffset,
    DateAdd(DatePart),
    DateDiff(DatePart),
    DateDiffBig(DatePart),
    DatePart(DatePart),
    AppName,
    HostName,
    Spid,
    RowCount,
    RowCountBig,
    Error,
    TranCount,
    NestLevel,
    XactState,
    ErrorNumber,
    ErrorMessage,
    ErrorSeverity,
    ErrorState,
    ErrorLine,
    ErrorProcedure,
}

/// Name in capitals, fewest and most arguments.
const TABLE: &[(&str, usize, usize, Builtin)] = &[
    ("LEN", 1, 1, Builtin::Len),
    ("DATALENGTH", 1, 1, Builtin::DataLength),
    ("UPPER", 1, 1, Builtin::Upper),
    ("LOWER", 1, 1, Builtin::Lower),
    ("LTRIM", 1, 1, Builtin::LTrim),
    ("RTRIM", 1, 1, Builtin::RTrim),
    ("TRIM", 1, 1, Builtin::Trim),
    ("REPLACE", 3, 3, Builtin::Replace),
    ("LEFT", 2, 2, Builtin::Left),
    ("RIGHT", 2, 2, Builtin::Right),
    ("SUBSTRING", 3, 3, Builtin::Substring),
    ("CHARINDEX", 2, 3, Builtin::CharIndex),
    ("CONCAT", 2, 254, Builtin::Concat),
    ("CONCAT_WS", 3, 254, Builtin::ConcatWithSeparator),
    ("REPLICATE", 2, 2, Builtin::Replicate),
    ("SPACE", 1, 1, Builtin::Space),
    ("STUFF", 4, 4, Builtin::Stuff),
    ("REVERSE", 1, 1, Builtin::Reverse),
    ("ASCII", 1, 1, Builtin::Ascii),
    ("UNICODE", 1, 1, Builtin::Unicode),
    ("CHAR", 1, 1, Builtin::Char),
    ("NCHAR", 1, 1, Builtin::NChar),
    ("QUOTENAME", 1, 2, Builtin::QuoteName),
    ("PARSENAME", 2, 2, Builtin::ParseName),
    ("ABS", 1, 1, Builtin::Abs),
    ("CEILING", 1, 1, Builtin::Ceiling),
    ("FLOOR", 1, 1, Builtin::Floor),
    ("ROUND", 2, 2, Builtin::Round),
    ("SIGN", 1, 1, Builtin::Sign),
    ("HASHBYTES", 2, 2, Builtin::HashBytes),
    ("NEWID", 0, 0, Builtin::NewId),
    ("GETDATE", 0, 0, Builtin::GetDate),
    ("CURRENT_TIMESTAMP", 0, 0, Builtin::GetDate),
    ("GETUTCDATE", 0, 0, Builtin::GetUtcDate),
    ("SYSDATETIME", 0, 0, Builtin::SysDateTime),
    ("SYSUTCDATETIME", 0, 0, Builtin::SysUtcDateTime),
    ("SYSDATETIMEOFFSET", 0, 0, Builtin::SysDateTimeOffset),
    ("SWITCHOFFSET", 2, 2, Builtin::SwitchOffset),
    ("TODATETIMEOFFSET", 2, 2, Builtin::ToDateTimeOffset),
    ("YEAR", 1, 1, Builtin::DatePart(DatePart::Year)),
    ("MONTH", 1, 1, Builtin::DatePart(DatePart::Month)),
    ("DAY", 1, 1, Builtin::DatePart(DatePart::Day)),
    ("APP_NAME", 0, 0, Builtin::AppName),
    ("HOST_NAME", 0, 0, Builtin::HostName),
    ("@@SPID", 0, 0, Builtin::Spid),
    ("@@ROWCOUNT", 0, 0, Builtin::RowCount),
    ("ROWCOUNT_BIG", 0, 0, Builtin::RowCountBig),
    ("@@ERROR", 0, 0, Builtin::Error),
    ("@@TRANCOUNT", 0, 0, Builtin::TranCount),
    ("@@NESTLEVEL", 0, 0, Builtin::NestLevel),
    ("XACT_STATE", 0, 0, Builtin::XactState),
    ("ERROR_NUMBER", 0, 0, Builtin::ErrorNumber),
    ("ERROR_MESSAGE", 0, 0, Builtin::ErrorMessage),
    ("ERROR_SEVERITY", 0, 0, Builtin::ErrorSeverity),
    ("ERROR_STATE", 0, 0, Builtin::ErrorState),
    ("ERROR_LINE", 0, 0, Builtin::ErrorLine),
    ("ERROR_PROCEDURE", 0, 0, Builtin::ErrorProcedure),
];

/// A function by its name in capitals, with its argument counts.
pub(super) fn find(name: &str) -> Option<(Builtin, usize, usize)> {
    TABLE.iter().find(|(own, ..)| *own == name).map(|(_, least, most, builtin)| (*builtin, *least, *most))
}

/// The typed call: arguments converted, type decided.
pub(super) fn bind(builtin: Builtin, arguments: Vec<Node>) -> Result<Node, SqlError> {
    let arguments = converted(builtin, arguments)?;
    let ty = result_type(builtin, &arguments);
    let nullable = match builtin {
        Builtin::Concat | Builtin::ConcatWithSeparator => false,
        _ => arguments.is_empty() || arguments.iter().any(|argument| argument.nullable),
    };
    Ok(Node { ty, nullable, op: Op::Call(builtin, arguments) })
}

/// Which argument positions (by bit) are text and which are numbers; the rest stays as it is.
fn converted(builtin: Builtin, arguments: Vec<Node>) -> Result<Vec<Node>, SqlError> {
    use Builtin as B;
    let (text, int) = match builtin {
        B::Len
        | B::Upper
        | B::Lower
        | B::LTrim
        | B::RTrim
        | B::Trim
        | B::Reverse
        | B::Ascii
        | B::Unicode
        | B::HashBytes => (1, 0),
        B::QuoteName => (0b11, 0),
        B::Replace => (0b111, 0),
        B::CharIndex => (0b011, 0b100),
        B::Left | B::Right | B::Replicate | B::ParseName => (0b01, 0b10),
        B::Stuff => (0b1001, 0b0110),
        B::Substring => (0, 0b110),
        B::Space | B::Char | B::NChar => (0, 1),
        B::Concat | B::ConcatWithSeparator => (usize::MAX, 0),
        B::Round | B::DateAdd(_) => (0, 0b10 >> usize::from(matches!(builtin, B::DateAdd(_)))),
        _ => (0, 0),
    };
    let mut converted = Vec::with_capacity(arguments.len());
    for (position, argument) in arguments.into_iter().enumerate() {
        let bit = 1_usize.checked_shl(u32::try_from(position).unwrap_or(u32::MAX)).unwrap_or(0);
        let all = text == usize::MAX;
        converted.push(if all || text & bit != 0 {
            as_text(argument)?
        } else if int & bit != 0 {
            coerce(argument, SqlType::Int)
        } else {
            as_moment(builtin, argument)
        });
    }
    Ok(converted)
}

/// Text where a date is wanted is read as one.
fn as_moment(builtin: Builtin, argument: Node) -> Node {
    let wanted = match builtin {
        Builtin::DateAdd(_) => SqlType::DateTime,
        Builtin::DateDiff(_) | Builtin::DateDiffBig(_) | Builtin::DatePart(_) | Builtin::ToDateTimeOffset => {
            SqlType::DateTime2(7)
        }
        Builtin::SwitchOffset => SqlType::DateTimeOffset(7),
        _ => return argument,
    };
    if family(argument.ty) == Family::Text
        && !(matches!(builtin, Builtin::ToDateTimeOffset | Builtin::SwitchOffset)
            && length(argument.ty) != Length::Max
            && is_offset(&argument))
    {
        let wanted = if matches!(builtin, Builtin::DateDiff(_) | Builtin::DateDiffBig(_)) {
            SqlType::DateTimeOffset(7)
        } else {
            wanted
        };
        return coerce(argument, wanted);
    }
    argument
}

/// A literal such as `'+02:00'`.
fn is_offset(node: &Node) -> bool {
    matches!(&node.op, Op::Constant(crate::value::SqlValue::Text(text)) if text.starts_with(['+', '-']))
}

fn result_type(builtin: Builtin, arguments: &[Node]) -> SqlType {
    use Builtin as B;
    let first = arguments.first().map_or(SqlType::Int, |node| node.ty);
    let longest = |ty: SqlType| {
        with_length(ty, if length(ty) == Length::Max { Length::Max } else { Length::Limited(8000) })
    };
    let name = SqlType::NVarChar(Length::Limited(128));
    match builtin {
        B::Upper
        | B::Lower
        | B::LTrim
        | B::RTrim
        | B::Trim
        | B::Left
        | B::Right
        | B::Substring
        | B::Reverse => with_length(first, length(first)),
        B::Replace | B::Replicate | B::Stuff => longest(first),
        B::Space | B::Char => SqlType::VarChar(Length::Limited(8000)),
        B::NChar => SqlType::NVarChar(Length::Limited(1)),
        B::Concat | B::ConcatWithSeparator => {
            let total = arguments.iter().try_fold(0_u16, |total, node| match length(node.ty) {
                Length::Limited(n) => Some(total.saturating_add(n)),
                Length::Max => None,
            });
            let unicode = arguments.iter().any(|node| is_unicode(node.ty));
            let kind = if unicode { SqlType::NVarChar(Length::Max) } else { SqlType::VarChar(Length::Max) };
            with_length(kind, total.map_or(Length::Max, Length::Limited))
        }
        B::QuoteName => SqlType::NVarChar(Length::Limited(258)),
        B::ParseName | B::AppName | B::HostName | B::ErrorProcedure => name,
        B::ErrorMessage => SqlType::NVarChar(Length::Limited(4000)),
        B::Ceiling | B::Floor if matches!(first, SqlType::Decimal { .. }) => match first {
            SqlType::Decimal { precision, .. } => SqlType::Decimal { precision, scale: 0 },
            other => other,
        },
        B::Abs | B::Ceiling | B::Floor | B::Round | B::Sign if !arguments.is_empty() => match first {
            SqlType::Bit | SqlType::TinyInt | SqlType::SmallInt => SqlType::Int,
            ty if family(ty) == Family::Number => ty,
            _ => SqlType::Float,
        },
        B::HashBytes => SqlType::VarBinary(Length::Limited(8000)),
        B::NewId => SqlType::UniqueIdentifier,
        B::GetDate | B::GetUtcDate => SqlType::DateTime,
        B::SysDateTime | B::SysUtcDateTime => SqlType::DateTime2(7),
        B::SysDateTimeOffset | B::ToDateTimeOffset => SqlType::DateTimeOffset(7),
        B::SwitchOffset => first,
        B::DateAdd(_) => common_type(arguments.iter().skip(1)),
        B::RowCountBig | B::DateDiffBig(_) => SqlType::BigInt,
        B::Spid | B::XactState => SqlType::SmallInt,
        _ => SqlType::Int,
    }
}
