//! Parsers of EXECUTE and of names with several parts.

use super::ast::{Argument, ArgumentValue, Execute, ExecuteTarget};
use super::cursor::{Cursor, Parsed};
use super::ddl::ObjectName;
use super::lexer::TokenKind;
use super::reserved::is_reserved;
use super::slice::{Until, expression};
use super::statement::variable;
use crate::value::SqlError;

/// `a`, `a.b`, `a..b`, `a.b.c`, up to four parts.
pub(super) fn object_name(cursor: &mut Cursor<'_>) -> Parsed<ObjectName> {
    let mut parts = vec![cursor.name()?];
    while cursor.eat_symbol('.') {
        let left_out = cursor.is_symbol('.');
        parts.push(if left_out { String::new() } else { cursor.name()? });
    }
    ObjectName::from_parts(&parts).ok_or_else(|| {
        let text = "The object name contains more than the maximum number of prefixes. The maximum is 3.";
        SqlError::new(117, text).with_class(15).at_line(cursor.line())
    })
}

/// After `EXEC`.
pub(super) fn execute(cursor: &mut Cursor<'_>) -> Parsed<Execute> {
    if cursor.is_symbol('(') {
        return text(cursor);
    }
    let mut status = None;
    if matches!(cursor.kind(), Some(TokenKind::Variable(_))) {
        let name = variable(cursor)?;
        if !cursor.eat_symbol('=') {
            return with_arguments(cursor, None, ExecuteTarget::Variable(name));
        }
        status = Some(name);
    }
    let target = match cursor.kind() {
        Some(TokenKind::Variable(_)) => ExecuteTarget::Variable(variable(cursor)?),
        _ => ExecuteTarget::Procedure(object_name(cursor)?),
    };
    with_arguments(cursor, status, target)
}

/// A procedure call without EXEC at the start of a batch.
pub(super) fn call(cursor: &mut Cursor<'_>) -> Parsed<Execute> {
    let target = ExecuteTarget::Procedure(object_name(cursor)?);
    with_arguments(cursor, None, target)
}

fn text(cursor: &mut Cursor<'_>) -> Parsed<Execute> {
    cursor.expect_symbol('(')?;
    let value = expression(cursor, Until::Comma)?;
    cursor.expect_symbol(')')?;
    if cursor.is_word("AT") || cursor.is_word("AS") {
        return Err(SqlError::not_implemented("EXECUTE (…) AT and AS").at_line(cursor.line()));
    }
    Ok(Execute { status: None, target: ExecuteTarget::Text(value), arguments: Vec::new() })
}

fn with_arguments(cursor: &mut Cursor<'_>, status: Option<String>, target: ExecuteTarget) -> Parsed<Execute> {
    let arguments = if begins_argument(cursor) { cursor.list(argument)? } else { Vec::new() };
    if cursor.is_word("WITH") && !cursor.eat("WITH RECOMPILE") {
        return Err(SqlError::not_implemented("EXECUTE WITH RESULT SETS").at_line(cursor.line()));
    }
    let unnamed_after_named =
        arguments.iter().skip_while(|a: &&Argument| a.name.is_none()).position(|a| a.name.is_none());
    if let Some(position) = unnamed_after_named {
        let text = format!(
            "Must pass parameter number {} and subsequent parameters as '@name = value'. After the form '@name = value' has been used, all subsequent parameters must be passed in the form '@name = value'.",
            position + 1
        );
        return Err(SqlError::new(119, text).with_class(15).at_line(cursor.line()));
    }
    Ok(Execute { status, target, arguments })
}

fn begins_argument(cursor: &Cursor<'_>) -> bool {
    match cursor.kind() {
        None | Some(TokenKind::Symbol(';' | ')')) => false,
        Some(TokenKind::Word(word)) => {
            !is_reserved(word) && !word.eq_ignore_ascii_case("THROW")
                || ["NULL", "DEFAULT", "ON", "OFF"].iter().any(|w| word.eq_ignore_ascii_case(w))
        }
        Some(_) => true,
    }
}

fn argument(cursor: &mut Cursor<'_>) -> Parsed<Argument> {
    let mut name = None;
    if matches!(cursor.kind(), Some(TokenKind::Variable(_)))
        && cursor.kind_at(1) == Some(&TokenKind::Symbol('='))
    {
        name = Some(variable(cursor)?);
        cursor.expect_symbol('=')?;
    }
    Ok(Argument { name, value: value(cursor)? })
}

fn value(cursor: &mut Cursor<'_>) -> Parsed<ArgumentValue> {
    if matches!(cursor.kind(), Some(TokenKind::Variable(_))) {
        let name = variable(cursor)?;
        let output = cursor.eat("OUTPUT") || cursor.eat("OUT");
        return Ok(ArgumentValue::Variable { name, output });
    }
    if cursor.eat("DEFAULT") {
        return Ok(ArgumentValue::Default);
    }
    let signed = cursor.is_symbol('-') || cursor.is_symbol('+');
    let count = 1 + usize::from(signed);
    match cursor.kind_at(count - 1) {
        Some(TokenKind::Integer(_) | TokenKind::Number(_)) => {}
        Some(TokenKind::Text { .. } | TokenKind::Binary(_) | TokenKind::Global(_)) if !signed => {}
        Some(TokenKind::Word(word)) if !signed && word.eq_ignore_ascii_case("NULL") => {}
        Some(TokenKind::Word(word))
            if !signed && ["ON", "OFF"].iter().any(|w| word.eq_ignore_ascii_case(w)) =>
        {
            cursor.at += 1;
            return Ok(ArgumentValue::Word(word.clone()));
        }
        Some(TokenKind::Word(_) | TokenKind::Quoted(_)) if !signed => {
            return cursor.name().map(ArgumentValue::Word);
        }
        _ => return cursor.refuse(),
    }
    let end = cursor.at + count;
    let tokens = cursor.tokens.get(..end).unwrap_or(cursor.tokens);
    let mut only = Cursor { tokens, ..cursor.clone() };
    let value = expression(&mut only, Until::Comma)?;
    cursor.at = only.at;
    Ok(ArgumentValue::Value(value))
}
