//! Rows as they came back: numbers and texts by column name, independent of the wire.

use crate::fault::Fault;
use std::collections::HashMap;
use zeroize::Zeroize as _;

/// A value. Statements cast everything to these.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    /// NULL.
    Null,
    /// `bit`, `int`, `bigint`.
    Number(i64),
    /// `nvarchar`.
    Text(String),
}

impl Drop for Value {
    fn drop(&mut self) {
        if let Self::Text(text) = self {
            text.zeroize();
        }
    }
}

/// One row.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Record(HashMap<String, Value>);

impl Record {
    /// A row from its columns.
    pub fn new(columns: impl IntoIterator<Item = (String, Value)>) -> Self {
        Self(columns.into_iter().collect())
    }

    fn value(&self, column: &str) -> Result<&Value, Fault> {
        self.0.get(column).ok_or_else(|| Fault::Garbled(format!("the answer lacks the column {column}")))
    }

    /// A number or NULL.
    pub(crate) fn number_or_null(&self, column: &str) -> Result<Option<i64>, Fault> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Number(number) => Ok(Some(*number)),
            Value::Text(_) => Err(Fault::Garbled(format!("{column} is no number"))),
        }
    }

    /// A number.
    pub(crate) fn number(&self, column: &str) -> Result<i64, Fault> {
        self.number_or_null(column)?.ok_or_else(|| Fault::Garbled(format!("{column} is NULL")))
    }

    /// A number that fits `T`.
    pub(crate) fn integer<T: TryFrom<i64>>(&self, column: &str) -> Result<T, Fault> {
        T::try_from(self.number(column)?).map_err(|_| Fault::Garbled(format!("{column} is out of range")))
    }

    /// Whether the number is 1; NULL is not.
    pub(crate) fn flag(&self, column: &str) -> Result<bool, Fault> {
        Ok(self.number_or_null(column)? == Some(1))
    }

    /// A text or NULL.
    pub(crate) fn text_or_null(&self, column: &str) -> Result<Option<&str>, Fault> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Text(text) => Ok(Some(text)),
            Value::Number(_) => Err(Fault::Garbled(format!("{column} is no text"))),
        }
    }

    /// A text.
    pub(crate) fn text(&self, column: &str) -> Result<&str, Fault> {
        self.text_or_null(column)?.ok_or_else(|| Fault::Garbled(format!("{column} is NULL")))
    }
}

/// All rows of a batch. The column `part` of each says what it is.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Rows(Vec<Record>);

impl Rows {
    /// Rows as they came.
    pub(crate) fn new(records: Vec<Record>) -> Self {
        Self(records)
    }

    /// The rows of one part, in order.
    pub(crate) fn part(&self, part: &'static str) -> impl Iterator<Item = &Record> {
        self.0.iter().filter(move |record| record.text("part").is_ok_and(|name| name == part))
    }

    /// The first row of a part.
    pub(crate) fn first(&self, part: &'static str) -> Result<&Record, Fault> {
        self.part(part).next().ok_or_else(|| Fault::Garbled(format!("the answer lacks the row {part}")))
    }

    /// Adds another batch's rows.
    pub(crate) fn append(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }
}
