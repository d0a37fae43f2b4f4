//! Prepared statements: the wire remembers text and declarations, the backend sees only batches.

use std::collections::HashMap;

use super::answer::CallEnd;
use super::backend::{Command, Parameter, Request};
use super::message::{bad_rpc, unknown_handle};
use super::rpc::{Argument, Call, Target};
use crate::value::{SqlError, SqlType, SqlValue};

/// As many statements as one session may keep prepared.
const MAX_PREPARED: usize = 4096;

/// The statements that a session has prepared.
#[derive(Debug, Default)]
pub(super) struct Prepared {
    statements: HashMap<i32, Statement>,
    last: i32,
}

/// The name of a handle's parameter, and the handle.
type Handle = (String, i32);

/// What a handle stands for.
#[derive(Debug, Clone)]
enum Statement {
    Text { text: String, declarations: Vec<Declaration> },
    Procedure(String),
}

/// `@name type` of a parameter list.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Declaration {
    name: String,
    ty: String,
}

/// What a call comes to.
#[derive(Debug)]
pub(super) struct Resolved {
    /// What the backend has to run; nothing for preparing and forgetting.
    pub(super) request: Option<Request>,
    pub(super) end: CallEnd,
}

impl Prepared {
    /// Forgets all: the connection's next user did not prepare them.
    pub(super) fn clear(&mut self) {
        self.statements.clear();
    }

    /// Turns a call into a request, or does what needs no backend.
    pub(super) fn resolve(&mut self, call: Call) -> Result<Resolved, SqlError> {
        let Call { target, mut arguments } = call;
        match target {
            Target::Named(name) => Ok(call_procedure(name, arguments, 0)),
            Target::OtherNumber(number) => {
                Err(SqlError::not_implemented(format_args!("system procedure number {number}")))
            }
            Target::ExecuteSql => execute_sql(arguments),
            Target::Prepare => {
                let (handle, ..) = self.prepare(arguments)?;
                Ok(Resolved { request: None, end: CallEnd { handle: Some(handle), ..CallEnd::default() } })
            }
            Target::PrepareAndExecute => {
                let (handle, statement, values) = self.prepare(arguments)?;
                let mut resolved = bind(&statement, values, 3)?;
                resolved.end.handle = Some(handle);
                Ok(resolved)
            }
            Target::PrepareAndExecuteCall => self.prepare_call(arguments),
            Target::Execute => {
                let values = arguments.split_off(1.min(arguments.len()));
                let handle = required_handle(arguments.first())?;
                let statement = self.statements.get(&handle).ok_or_else(|| unknown_handle(handle))?;
                bind(statement, values, 1)
            }
            Target::Unprepare => {
                let handle = required_handle(arguments.first())?;
                self.statements.remove(&handle).ok_or_else(|| unknown_handle(handle))?;
                Ok(Resolved { request: None, end: CallEnd::default() })
            }
        }
    }

    /// `(@handle OUTPUT, @procedure, …)`: a procedure behind a handle.
    fn prepare_call(&mut self, mut arguments: Vec<Argument>) -> Result<Resolved, SqlError> {
        let values = arguments.split_off(2.min(arguments.len()));
        let mut fixed = arguments.into_iter();
        let handle = fixed.next().ok_or_else(|| bad_rpc("the handle is missing"))?;
        let statement = Statement::Procedure(required_text(fixed.next())?);
        let handle = self.keep(handle, statement.clone())?;
        let mut resolved = bind(&statement, values, 2)?;
        resolved.end.handle = Some(handle);
        Ok(resolved)
    }

    /// Keeps the statement of `(@handle OUTPUT, @params, @stmt, …)`; the rest are values.
    fn prepare(
        &mut self,
        mut arguments: Vec<Argument>,
    ) -> Result<(Handle, Statement, Vec<Argument>), SqlError> {
        let values = arguments.split_off(3.min(arguments.len()));
        let mut fixed = arguments.into_iter();
        let handle = fixed.next().ok_or_else(|| bad_rpc("the handle is missing"))?;
        let declarations = parse_declarations(&optional_text(fixed.next())?);
        let statement = Statement::Text { text: required_text(fixed.next())?, declarations };
        Ok((self.keep(handle, statement.clone())?, statement, values))
    }

    /// The new handle of a statement, with its parameter's name.
    fn keep(&mut self, handle: Argument, statement: Statement) -> Result<Handle, SqlError> {
        if self.statements.len() >= MAX_PREPARED {
            return Err(SqlError::not_implemented("more than 4096 prepared statements in a session"));
        }
        // A client that prepares anew under an old handle gives the old one back.
        if let SqlValue::Int(old) = handle.value {
            self.statements.remove(&old);
        }
        self.last = self.last.wrapping_add(1).max(1);
        self.statements.insert(self.last, statement);
        Ok((handle.name, self.last))
    }
}

fn call_procedure(name: String, arguments: Vec<Argument>, first_ordinal: u16) -> Resolved {
    let mut end = CallEnd::default();
    let mut parameters = Vec::new();
    for (ordinal, argument) in (first_ordinal..).zip(arguments) {
        end.ordinals.push((argument.name.clone(), ordinal));
        parameters.push(parameter(argument.name.clone(), argument, None));
    }
    Resolved { request: Some(Request { command: Command::Procedure(name), parameters }), end }
}

/// `(@stmt, @params, …)`
fn execute_sql(mut arguments: Vec<Argument>) -> Result<Resolved, SqlError> {
    let values = arguments.split_off(2.min(arguments.len()));
    let mut fixed = arguments.into_iter();
    let text = required_text(fixed.next())?;
    bind_text(&text, &parse_declarations(&optional_text(fixed.next())?), values, 2)
}

fn bind(statement: &Statement, values: Vec<Argument>, first_ordinal: u16) -> Result<Resolved, SqlError> {
    match statement {
        Statement::Text { text, declarations } => bind_text(text, declarations, values, first_ordinal),
        Statement::Procedure(name) => Ok(call_procedure(name.clone(), values, first_ordinal)),
    }
}

/// Joins the values with the names that the declarations give them: by name, or by position.
fn bind_text(
    text: &str,
    declarations: &[Declaration],
    values: Vec<Argument>,
    first_ordinal: u16,
) -> Result<Resolved, SqlError> {
    let mut end = CallEnd::default();
    let mut parameters = Vec::new();
    for (position, argument) in values.into_iter().enumerate() {
        let declaration = if argument.name.is_empty() {
            declarations.get(position)
        } else {
            declarations.iter().find(|known| known.name.eq_ignore_ascii_case(&argument.name))
        };
        let declaration = declaration.ok_or_else(|| {
            SqlError::new(8144, "Procedure or function  has too many arguments specified.".to_owned())
        })?;
        let ordinal = u16::try_from(position).unwrap_or(u16::MAX).saturating_add(first_ordinal);
        end.ordinals.push((declaration.name.clone(), ordinal));
        parameters.push(parameter(declaration.name.clone(), argument, Some(declaration.ty.clone())));
    }
    if let Some(missing) = declarations.get(parameters.len()) {
        let name = &missing.name;
        let text = format!(
            "The parameterized query '{text}' expects the parameter '{name}', which was not supplied."
        );
        return Err(SqlError::new(8178, text));
    }
    let command = Command::Text(text.to_owned());
    Ok(Resolved { request: Some(Request { command, parameters }), end })
}

fn parameter(name: String, argument: Argument, declared: Option<String>) -> Parameter {
    let Argument { ty, value, output, default, .. } = argument;
    Parameter { name, ty, value, output, default, declared }
}

fn required_handle(argument: Option<&Argument>) -> Result<i32, SqlError> {
    match argument.map(|argument| &argument.value) {
        Some(SqlValue::Int(handle)) => Ok(*handle),
        _ => Err(bad_rpc("the handle is missing")),
    }
}

/// 214: text of another type, `varchar` for one.
fn not_unicode(parameter: &str, state: u8) -> SqlError {
    let text = format!("Procedure expects parameter '{parameter}' of type 'ntext/nchar/nvarchar'.");
    SqlError::new(214, text).with_state(state)
}

fn is_unicode(ty: SqlType) -> bool {
    matches!(ty, SqlType::NVarChar(_) | SqlType::NChar(_))
}

fn required_text(argument: Option<Argument>) -> Result<String, SqlError> {
    match argument {
        Some(Argument { ty, value: SqlValue::Text(text), .. }) if is_unicode(ty) => Ok(text),
        _ => Err(not_unicode("@statement", 2)),
    }
}

fn optional_text(argument: Option<Argument>) -> Result<String, SqlError> {
    match argument {
        None | Some(Argument { value: SqlValue::Null, .. }) => Ok(String::new()),
        Some(Argument { ty, value: SqlValue::Text(text), .. }) if is_unicode(ty) => Ok(text),
        Some(_) => Err(not_unicode("@params", 3)),
    }
}

/// `@a int, @b decimal(10, 2) OUTPUT` as names and types.
fn parse_declarations(text: &str) -> Vec<Declaration> {
    let mut parts = vec![String::new()];
    let mut depth = 0_usize;
    for character in text.chars() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if character == ',' && depth == 0 {
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(character);
        }
    }
    parts.iter().filter_map(|part| parse_declaration(part)).collect()
}

fn parse_declaration(part: &str) -> Option<Declaration> {
    let (name, ty) = part.trim().split_once(char::is_whitespace)?;
    let ty = ty.trim();
    let without = |word: &str| {
        let (head, tail) = ty.split_at_checked(ty.len().checked_sub(word.len())?)?;
        tail.eq_ignore_ascii_case(word).then(|| head.trim_end().to_owned())
    };
    let ty = without(" OUTPUT").or_else(|| without(" OUT")).unwrap_or_else(|| ty.to_owned());
    let ty = ty.strip_prefix("AS ").or_else(|| ty.strip_prefix("as ")).unwrap_or(&ty).to_owned();
    Some(Declaration { name: name.to_owned(), ty })
}

#[cfg(test)]
#[path = "prepared_tests.rs"]
mod tests;
