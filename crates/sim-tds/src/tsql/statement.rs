//! Parsers of control flow, variables, options, transactions and temporary tables.

use super::ast::{Declaration, InsertSource, Kind, SessionOption, TableColumn};
use super::cursor::{Cursor, Parsed};
use super::ddl::ObjectName;
use super::execute::{self, object_name};
use super::lexer::TokenKind;
use super::parser::{block, one};
use super::slice::{self, Until, expression};
use super::types::data_type;
use crate::value::SqlError;

/// A statement that begins with a word of its own.
pub(super) fn statement(cursor: &mut Cursor<'_>) -> Parsed<Kind> {
    if cursor.eat("BEGIN TRY") {
        return try_catch(cursor);
    }
    if cursor.eat("BEGIN TRANSACTION") || cursor.eat("BEGIN TRAN") {
        transaction_name(cursor);
        return Ok(Kind::BeginTransaction);
    }
    if cursor.eat("BEGIN") {
        let statements = block(cursor, |cursor| cursor.is_word("END"))?;
        cursor.expect("END")?;
        return if statements.is_empty() { cursor.refuse() } else { Ok(Kind::Block(statements)) };
    }
    if cursor.eat("COMMIT") {
        end_transaction(cursor);
        return Ok(Kind::Commit);
    }
    if cursor.eat("ROLLBACK") {
        end_transaction(cursor);
        return Ok(Kind::Rollback);
    }
    if cursor.eat("IF") {
        return conditional(cursor);
    }
    if cursor.eat("WHILE") {
        let condition = expression(cursor, Until::Statement)?;
        return Ok(Kind::While { condition, body: Box::new(one(cursor)?) });
    }
    if cursor.eat("BREAK") {
        return Ok(Kind::Break);
    }
    if cursor.eat("CONTINUE") {
        return Ok(Kind::Continue);
    }
    if cursor.eat("DECLARE") {
        return declare(cursor);
    }
    if cursor.eat("SET") {
        return set(cursor);
    }
    if cursor.eat("INSERT") {
        return insert(cursor);
    }
    simple(cursor)
}

fn simple(cursor: &mut Cursor<'_>) -> Parsed<Kind> {
    if cursor.eat("PRINT") {
        return expression(cursor, Until::Statement).map(Kind::Print);
    }
    if cursor.eat("RAISERROR") {
        return raise_error(cursor);
    }
    if cursor.eat("THROW") {
        return throw(cursor);
    }
    if cursor.eat("RETURN") {
        let empty = cursor.at_end()
            || cursor.is_symbol(';')
            || matches!(cursor.kind(),
            Some(TokenKind::Word(word)) if super::reserved::is_starter(word));
        let value = if empty { None } else { Some(expression(cursor, Until::Statement)?) };
        return Ok(Kind::Return(value));
    }
    if cursor.eat("WAITFOR DELAY") {
        return expression(cursor, Until::Statement).map(Kind::WaitFor);
    }
    if cursor.is_word("WAITFOR") {
        return Err(SqlError::not_implemented("WAITFOR other than DELAY").at_line(cursor.line()));
    }
    if cursor.eat("USE") {
        return cursor.name().map(Kind::Use);
    }
    if cursor.eat("KILL") {
        return cursor.integer(1..=i64::from(i16::MAX)).map(Kind::Kill);
    }
    if cursor.eat("RECONFIGURE") {
        return Ok(Kind::Reconfigure { override_checks: cursor.eat("WITH OVERRIDE") });
    }
    if cursor.eat("TRUNCATE TABLE") {
        return object_name(cursor).map(Kind::TruncateTable);
    }
    cursor.refuse()
}

fn transaction_name(cursor: &mut Cursor<'_>) {
    if cursor.name().is_err() && matches!(cursor.kind(), Some(TokenKind::Variable(_))) {
        cursor.at += 1;
    }
}

fn end_transaction(cursor: &mut Cursor<'_>) {
    if cursor.eat("TRANSACTION") || cursor.eat("TRAN") {
        transaction_name(cursor);
    } else {
        cursor.eat("WORK");
    }
}

fn try_catch(cursor: &mut Cursor<'_>) -> Parsed<Kind> {
    let body = block(cursor, |cursor| cursor.is_word("END"))?;
    cursor.expect("END TRY")?;
    cursor.eat_symbol(';');
    cursor.expect("BEGIN CATCH")?;
    let handler = block(cursor, |cursor| cursor.is_word("END"))?;
    cursor.expect("END CATCH")?;
    Ok(Kind::Try { body, handler })
}

fn conditional(cursor: &mut Cursor<'_>) -> Parsed<Kind> {
    let condition = expression(cursor, Until::Statement)?;
    let then = Box::new(one(cursor)?);
    let otherwise = if cursor.eat("ELSE") { Some(Box::new(one(cursor)?)) } else { None };
    Ok(Kind::If { condition, then, otherwise })
}

pub(super) fn variable(cursor: &mut Cursor<'_>) -> Parsed<String> {
    match cursor.kind() {
        Some(TokenKind::Variable(name)) if name.len() > 1 => {
            cursor.at += 1;
            Ok(name.clone())
        }
        _ => cursor.refuse(),
    }
}

fn declare(cursor: &mut Cursor<'_>) -> Parsed<Kind> {
    let table = matches!(cursor.kind(), Some(TokenKind::Variable(_)))
        && (cursor.is_word_at(1, "TABLE") || cursor.is_word_at(1, "AS") && cursor.is_word_at(2, "TABLE"));
    if table {
        let name = variable(cursor)?;
        cursor.eat("AS");
        cursor.expect("TABLE")?;
        return Ok(Kind::DeclareTable { name, columns: cursor.in_parentheses(table_column)? });
    }
    cursor.list(declaration).map(Kind::Declare)
}

fn declaration(cursor: &mut Cursor<'_>) -> Parsed<Declaration> {
    let name = variable(cursor)?;
    cursor.eat("AS");
    let ty = data_type(cursor)?;
    let initial = if cursor.eat_symbol('=') { Some(expression(cursor, Until::Comma)?) } else { None };
    Ok(Declaration { name, ty, initial })
}

/// `name type [NULL | NOT NULL | PRIMARY KEY | UNIQUE | DEFAULT … | IDENTITY …]`.
fn table_column(cursor: &mut Cursor<'_>) -> Parsed<TableColumn> {
    let name = cursor.name()?;
    let ty = data_type(cursor)?;
    let mut column = TableColumn { name, ty, nullable: true, default: None, identity: None };
    loop {
        if cursor.eat("NOT NULL") || cursor.eat("PRIMARY KEY") {
            column.nullable = false;
        } else if cursor.eat("DEFAULT") {
            column.default = Some(literal(cursor)?);
        } else if cursor.eat("IDENTITY") {
            column.nullable = false;
            let mut parts = vec![1, 1];
            if cursor.is_symbol('(') {
                parts = cursor.in_parentheses(|cursor| cursor.integer(0..=i64::from(i32::MAX)))?;
            }
            let [seed, increment] = parts.as_slice() else { return cursor.refuse() };
            column.identity = Some((*seed, *increment));
        } else if !cursor.eat("NULL") {
            return Ok(column);
        }
    }
}

/// A literal, signed or not, or an expression in parentheses.
fn literal(cursor: &mut Cursor<'_>) -> Parsed<super::ast::Expression> {
    let mut part = cursor.clone();
    if part.is_symbol('(') {
        let mut depth = 0_usize;
        while let Some(kind) = part.kind() {
            match kind {
                TokenKind::Symbol('(') => depth += 1,
                TokenKind::Symbol(')') => depth -= 1,
                _ => {}
            }
            part.at += 1;
            if depth == 0 {
                break;
            }
        }
    } else {
        part.at += 1 + usize::from(part.is_symbol('-'));
        if part.is_symbol('(') && part.kind_at(1) == Some(&TokenKind::Symbol(')')) {
            part.at += 2;
        }
    }
    let tokens = cursor.tokens.get(..part.at).unwrap_or(cursor.tokens);
    let mut only = Cursor { tokens, ..cursor.clone() };
    let value = expression(&mut only, Until::Comma)?;
    cursor.at = only.at;
    Ok(value)
}

pub(super) fn create_table(cursor: &mut Cursor<'_>) -> Parsed<Kind> {
    let line = cursor.line();
    let table = object_name(cursor)?;
    if !table.name.starts_with('#') {
        return Err(SqlError::not_implemented("CREATE TABLE other than temporary").at_line(line));
    }
    Ok(Kind::CreateTable { table, columns: cursor.in_parentheses(table_column)? })
}

pub(super) fn drop_table(cursor: &mut Cursor<'_>) -> Parsed<Kind> {
    let if_exists = cursor.eat("IF EXISTS");
    Ok(Kind::DropTable { tables: cursor.list(object_name)?, if_exists })
}

fn insert(cursor: &mut Cursor<'_>) -> Parsed<Kind> {
    cursor.eat("INTO");
    let table = match cursor.kind() {
        Some(TokenKind::Variable(_)) => ObjectName::bare(variable(cursor)?),
        _ => object_name(cursor)?,
    };
    let mut columns = Vec::new();
    if cursor.is_symbol('(') && !cursor.is_word_at(1, "SELECT") {
        columns = cursor.in_parentheses(Cursor::name)?;
    }
    let source = if cursor.eat("DEFAULT VALUES") {
        InsertSource::Defaults
    } else if cursor.eat("EXEC") || cursor.eat("EXECUTE") {
        InsertSource::Execute(execute::execute(cursor)?)
    } else {
        InsertSource::Query(slice::query(cursor)?)
    };
    Ok(Kind::Insert { table, columns, source })
}

fn raise_error(cursor: &mut Cursor<'_>) -> Parsed<Kind> {
    let parts = cursor.in_parentheses(|cursor| expression(cursor, Until::Comma))?;
    if cursor.eat("WITH") {
        cursor.list(|cursor| {
            if cursor.eat("NOWAIT") || cursor.eat("SETERROR") || cursor.eat("LOG") {
                Ok(())
            } else {
                cursor.refuse()
            }
        })?;
    }
    let mut parts = parts.into_iter();
    match (parts.next(), parts.next(), parts.next()) {
        (Some(message), Some(severity), Some(state)) => {
            Ok(Kind::RaiseError { message, severity, state, arguments: parts.collect() })
        }
        _ => cursor.refuse(),
    }
}

fn throw(cursor: &mut Cursor<'_>) -> Parsed<Kind> {
    let value = matches!(cursor.kind(), Some(TokenKind::Integer(_) | TokenKind::Variable(_)));
    if !value {
        return Ok(Kind::Throw(None));
    }
    let number = expression(cursor, Until::Comma)?;
    cursor.expect_symbol(',')?;
    let message = expression(cursor, Until::Comma)?;
    cursor.expect_symbol(',')?;
    let state = expression(cursor, Until::Statement)?;
    Ok(Kind::Throw(Some((number, message, state))))
}

const SWITCHES: &[&str] = &[
    "NOCOUNT",
    "XACT_ABORT",
    "ANSI_NULLS",
    "ANSI_PADDING",
    "ANSI_WARNINGS",
    "ANSI_DEFAULTS",
    "ANSI_NULL_DFLT_ON",
    "ANSI_NULL_DFLT_OFF",
    "ARITHABORT",
    "ARITHIGNORE",
    "CONCAT_NULL_YIELDS_NULL",
    "CURSOR_CLOSE_ON_COMMIT",
    "FMTONLY",
    "IMPLICIT_TRANSACTIONS",
    "NOEXEC",
    "NUMERIC_ROUNDABORT",
    "QUOTED_IDENTIFIER",
];
const NUMBERS: &[&str] = &["LOCK_TIMEOUT", "TEXTSIZE", "ROWCOUNT", "DATEFIRST"];
const WORDS: &[&str] = &["LANGUAGE", "DATEFORMAT", "DEADLOCK_PRIORITY"];
const LEVELS: &[&str] =
    &["READ UNCOMMITTED", "READ COMMITTED", "REPEATABLE READ", "SNAPSHOT", "SERIALIZABLE"];

fn set(cursor: &mut Cursor<'_>) -> Parsed<Kind> {
    if let Some(TokenKind::Variable(name)) = cursor.kind() {
        return assignment(cursor, name);
    }
    if cursor.eat("TRANSACTION ISOLATION LEVEL") {
        let level = LEVELS.iter().find(|level| cursor.eat(level));
        let Some(level) = level else { return cursor.refuse() };
        return Ok(Kind::SetOptions(vec![SessionOption::Isolation(level)]));
    }
    if let Some(name) = NUMBERS.iter().find(|name| cursor.eat(name)) {
        let negative = cursor.eat_symbol('-');
        let value: i64 = cursor.integer(0..=i64::from(i32::MAX))?;
        return Ok(Kind::SetOptions(vec![SessionOption::Number(
            name,
            if negative { -value } else { value },
        )]));
    }
    if let Some(name) = WORDS.iter().find(|name| cursor.eat(name)) {
        let word = if matches!(cursor.kind(), Some(TokenKind::Text { .. })) {
            cursor.string()
        } else {
            cursor.name()
        }?;
        return Ok(Kind::SetOptions(vec![SessionOption::Word(name, word)]));
    }
    let names = cursor.list(|cursor| match SWITCHES.iter().find(|name| cursor.eat(name)) {
        Some(name) => Ok(*name),
        None => Err(not_an_option(cursor)),
    })?;
    let on = cursor.choice()?;
    Ok(Kind::SetOptions(names.into_iter().map(|name| SessionOption::Switch(name, on)).collect()))
}

fn not_an_option(cursor: &Cursor<'_>) -> SqlError {
    match cursor.kind() {
        Some(TokenKind::Word(word)) if !super::reserved::is_reserved(word) => {
            SqlError::new(195, format!("'{word}' is not a recognized SET option."))
                .with_class(15)
                .at_line(cursor.line())
        }
        _ => cursor.unexpected(),
    }
}

/// `@v = e` and `@v op= e`, which is `@v = @v op (e)`.
fn assignment(cursor: &mut Cursor<'_>, name: &str) -> Parsed<Kind> {
    use sqlparser::ast::{BinaryOperator, Expr, Ident};
    cursor.at += 1;
    let operator = match cursor.kind() {
        Some(TokenKind::Symbol('+')) => Some(BinaryOperator::Plus),
        Some(TokenKind::Symbol('-')) => Some(BinaryOperator::Minus),
        Some(TokenKind::Symbol('*')) => Some(BinaryOperator::Multiply),
        Some(TokenKind::Symbol('/')) => Some(BinaryOperator::Divide),
        Some(TokenKind::Symbol('%')) => Some(BinaryOperator::Modulo),
        _ => None,
    };
    cursor.at += usize::from(operator.is_some());
    cursor.expect_symbol('=')?;
    let mut value = expression(cursor, Until::Statement)?;
    if let Some(op) = operator {
        let left = Box::new(Expr::Identifier(Ident::new(name)));
        let right = Box::new(Expr::Nested(value.ast));
        value.ast = Box::new(Expr::BinaryOp { left, op, right });
    }
    Ok(Kind::Assign { variable: name.to_owned(), value })
}
