//! Matches the arguments of a call with the parameters of a procedure.

use super::coerce::implicit;
use super::convert::cast;
use super::scope::same;
use super::world::ProcedureArgument;
use crate::value::{SqlError, SqlType, SqlValue};

/// A parameter of a procedure.
#[derive(Debug, Clone, PartialEq)]
pub struct ParameterSpec {
    /// Name with `@`.
    pub name: String,
    /// Type.
    pub ty: SqlType,
    /// Default; None where the caller must give a value.
    pub default: Option<SqlValue>,
    /// `OUTPUT`.
    pub output: bool,
}

/// A parameter's value in a call.
#[derive(Debug, Clone, PartialEq)]
pub struct MatchedArgument {
    /// The value, of the parameter's type.
    pub value: SqlValue,
    /// Index of the argument that gave it.
    pub argument: Option<usize>,
}

/// One value per parameter, in the parameters' order. Errors: 201 missing, 8143 twice, 8144 too many, 8145 unknown name,
/// 8162 OUTPUT of a parameter that has none, and those of the conversion.
pub fn match_arguments(
    procedure: &str,
    parameters: &[ParameterSpec],
    arguments: &[ProcedureArgument],
) -> Result<Vec<MatchedArgument>, SqlError> {
    let mut matched: Vec<Option<MatchedArgument>> = vec![None; parameters.len()];
    for (index, argument) in arguments.iter().enumerate() {
        let at = match &argument.name {
            None if index < parameters.len() => index,
            None => {
                let text = format!("Procedure or function {procedure} has too many arguments specified.");
                return Err(SqlError::new(8144, text).with_state(2));
            }
            Some(name) => parameters.iter().position(|own| same(&own.name, name)).ok_or_else(|| {
                SqlError::new(8145, format!("{name} is not a parameter for procedure {procedure}."))
                    .with_state(2)
            })?,
        };
        let (Some(parameter), Some(slot)) = (parameters.get(at), matched.get_mut(at)) else { continue };
        if slot.is_some() {
            let text = format!("Parameter '{}' was supplied multiple times.", parameter.name);
            return Err(SqlError::new(8143, text));
        }
        if argument.output && !parameter.output {
            let text = format!(
                "The formal parameter \"{}\" was not declared as an OUTPUT parameter, but the actual parameter passed in requested output.",
                parameter.name
            );
            return Err(SqlError::new(8162, text).with_state(2));
        }
        let Some(value) = &argument.value else { continue };
        if !value.is_null() {
            implicit(argument.ty, parameter.ty)?;
        }
        *slot = Some(MatchedArgument {
            value: cast(value, argument.ty, parameter.ty, 0)?,
            argument: Some(index),
        });
    }
    let filled = matched.into_iter().zip(parameters).map(|(matched, parameter)| {
        let default = || parameter.default.clone().map(|value| MatchedArgument { value, argument: None });
        matched.or_else(default).ok_or_else(|| {
            let text = format!(
                "Procedure or function '{procedure}' expects parameter '{}', which was not supplied.",
                parameter.name
            );
            SqlError::new(201, text).with_state(4)
        })
    });
    filled.collect()
}
