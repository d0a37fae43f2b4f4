//! Parser of stored procedures: name, parameters and body. The definition is kept as text, as SQL Server keeps it;
//! its body must be understood when it is created.

use super::ast::{Expression, Kind, Statement};
use super::cursor::{Cursor, Parsed};
use super::ddl::{Ddl, DefinitionMode, ObjectName};
use super::execute::object_name;
use super::lexer::tokenize;
use super::parser::block;
use super::slice::{Until, expression};
use super::statement::variable;
use super::types::data_type;
use crate::value::{SqlError, SqlType};

/// A parameter of a procedure or of `sp_executesql`.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Name with `@`.
    pub name: String,
    /// Type.
    pub ty: SqlType,
    /// `= default`
    pub default: Option<Expression>,
    /// `OUTPUT`
    pub output: bool,
}

/// A procedure's definition, parsed.
#[derive(Debug, Clone, PartialEq)]
pub struct ProcedureText {
    /// Name as written.
    pub name: ObjectName,
    /// CREATE, ALTER or both.
    pub mode: DefinitionMode,
    /// Parameters, in order.
    pub parameters: Vec<Parameter>,
    /// Body.
    pub body: Vec<Statement>,
}

/// Parses a procedure's definition, from `CREATE` on.
pub fn parse_procedure(definition: &str) -> Result<ProcedureText, SqlError> {
    let tokens = tokenize(definition)?;
    procedure(&mut Cursor::new(definition, &tokens))
}

/// Parses a list of parameters such as the second argument of `sp_executesql`; empty text has none.
pub fn parse_parameters(text: &str) -> Result<Vec<Parameter>, SqlError> {
    let tokens = tokenize(text)?;
    let mut cursor = Cursor::new(text, &tokens);
    if cursor.at_end() {
        return Ok(Vec::new());
    }
    let parameters = cursor.list(parameter)?;
    if cursor.at_end() { Ok(parameters) } else { cursor.refuse() }
}

/// The statement CREATE PROCEDURE, to the end of the batch.
pub(super) fn definition(cursor: &mut Cursor<'_>) -> Parsed<Kind> {
    let parsed = procedure(cursor)?;
    let definition = cursor.text.trim().to_owned();
    Ok(Kind::Ddl(Ddl::CreateProcedure { name: parsed.name, definition, mode: parsed.mode }))
}

/// After `DROP PROCEDURE`.
pub(super) fn drop(cursor: &mut Cursor<'_>) -> Parsed<Ddl> {
    let if_exists = cursor.eat("IF EXISTS");
    Ok(Ddl::DropProcedure { names: cursor.list(object_name)?, if_exists })
}

fn procedure(cursor: &mut Cursor<'_>) -> Parsed<ProcedureText> {
    let mode = if cursor.eat("CREATE OR ALTER") {
        DefinitionMode::CreateOrAlter
    } else if cursor.eat("CREATE") {
        DefinitionMode::Create
    } else {
        cursor.expect("ALTER")?;
        DefinitionMode::Alter
    };
    if !cursor.eat("PROCEDURE") {
        cursor.expect("PROC")?;
    }
    let name = object_name(cursor)?;
    let mut parameters = Vec::new();
    let enclosed = cursor.eat_symbol('(');
    if enclosed || matches!(cursor.kind(), Some(super::lexer::TokenKind::Variable(_))) {
        parameters = cursor.list(parameter)?;
    }
    if enclosed {
        cursor.expect_symbol(')')?;
    }
    if cursor.eat("WITH") {
        cursor.list(option)?;
    }
    cursor.expect("AS")?;
    let body = block(cursor, |_| false)?;
    if cursor.at_end() { Ok(ProcedureText { name, mode, parameters, body }) } else { cursor.refuse() }
}

/// `RECOMPILE` changes nothing that can be seen; the rest would.
fn option(cursor: &mut Cursor<'_>) -> Parsed<()> {
    if cursor.eat("RECOMPILE") {
        return Ok(());
    }
    if cursor.is_word("ENCRYPTION") || cursor.is_word("EXECUTE") || cursor.is_word("EXEC") {
        return Err(
            SqlError::not_implemented("procedures WITH ENCRYPTION or EXECUTE AS").at_line(cursor.line())
        );
    }
    cursor.refuse()
}

fn parameter(cursor: &mut Cursor<'_>) -> Parsed<Parameter> {
    let name = variable(cursor)?;
    cursor.eat("AS");
    let ty = data_type(cursor)?;
    cursor.eat("NULL");
    let mut default = None;
    if cursor.eat_symbol('=') {
        default = Some(parameter_default(cursor)?);
    }
    let output = cursor.eat("OUTPUT") || cursor.eat("OUT");
    Ok(Parameter { name, ty, default, output })
}

/// A literal, signed or not.
fn parameter_default(cursor: &mut Cursor<'_>) -> Parsed<Expression> {
    let count = 1 + usize::from(cursor.is_symbol('-'));
    let tokens = cursor.tokens.get(..cursor.at + count).unwrap_or(cursor.tokens);
    let mut only = Cursor { tokens, ..cursor.clone() };
    let value = expression(&mut only, Until::Comma)?;
    cursor.at = only.at;
    Ok(value)
}
