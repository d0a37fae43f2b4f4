//! The arguments of one call.

use crate::engine::{MatchedArgument, ParameterSpec, ProcedureArgument, match_arguments};
use crate::value::{SqlError, SqlType, SqlValue};
use crate::world::sheet::guid_text;

/// A parameter that must be given.
pub(super) fn required(name: &str, ty: SqlType) -> ParameterSpec {
    ParameterSpec { name: name.to_owned(), ty, default: None, output: false }
}

/// A parameter with a default.
pub(super) fn optional(name: &str, ty: SqlType, default: SqlValue) -> ParameterSpec {
    ParameterSpec { name: name.to_owned(), ty, default: Some(default), output: false }
}

/// An OUTPUT parameter; NULL where it is not given.
pub(super) fn output(name: &str, ty: SqlType) -> ParameterSpec {
    ParameterSpec { name: name.to_owned(), ty, default: Some(SqlValue::Null), output: true }
}

/// Matched arguments, asked for by the parameter's name.
pub(super) struct Call {
    parameters: Vec<ParameterSpec>,
    values: Vec<MatchedArgument>,
}

impl Call {
    /// Matches them; errors as SQL Server's (201, 8144, 8145, …).
    pub(super) fn new(
        procedure: &str,
        parameters: Vec<ParameterSpec>,
        arguments: &[ProcedureArgument],
    ) -> Result<Self, SqlError> {
        let values = match_arguments(procedure, &parameters, arguments)?;
        Ok(Self { parameters, values })
    }

    fn find(&self, name: &str) -> Option<&MatchedArgument> {
        let at = self.parameters.iter().position(|parameter| parameter.name.eq_ignore_ascii_case(name))?;
        self.values.get(at)
    }

    /// A value.
    pub(super) fn value(&self, name: &str) -> SqlValue {
        self.find(name).map_or(SqlValue::Null, |matched| matched.value.clone())
    }

    /// Text; NULL is `None`.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        match self.value(name) {
            SqlValue::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A number; NULL is `None`.
    pub(super) fn number(&self, name: &str) -> Option<i32> {
        match self.value(name) {
            SqlValue::Int(value) => Some(value),
            SqlValue::TinyInt(value) => Some(value.into()),
            SqlValue::SmallInt(value) => Some(value.into()),
            SqlValue::Bit(value) => Some(value.into()),
            _ => None,
        }
    }

    /// A GUID as lower-case text; NULL is `None`.
    pub(super) fn guid(&self, name: &str) -> Option<String> {
        match self.value(name) {
            SqlValue::Guid(bytes) => Some(guid_text(bytes)),
            _ => None,
        }
    }

    /// The value of an OUTPUT parameter, for the argument that takes it.
    pub(super) fn output(&self, name: &str, value: SqlValue) -> Vec<(usize, SqlValue)> {
        self.find(name).and_then(|matched| matched.argument).map(|at| (at, value)).into_iter().collect()
    }
}
