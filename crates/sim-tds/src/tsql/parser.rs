//! Batches, blocks and the choice of the statement's parser.

use super::ast::{Batch, Kind, Statement};
use super::cursor::{Cursor, Parsed};
use super::ddl::Ddl;
use super::lexer::{TokenKind, tokenize};
use super::reserved::is_reserved;
use super::{
    availability_group, backup, database, endpoint, execute, permission, procedure, security, slice,
    statement,
};
use crate::value::SqlError;

/// How deep statements may enclose each other; deeper is error 191.
const NESTING: usize = 50;

/// Parses a whole batch. The first error refuses all of it.
pub fn parse_batch(text: &str) -> Result<Batch, SqlError> {
    let tokens = tokenize(text)?;
    let mut cursor = Cursor::new(text, &tokens);
    if begins_procedure(&cursor) {
        let line = cursor.line();
        let kind = procedure::definition(&mut cursor)?;
        return Ok(Batch { statements: vec![Statement { line, kind }] });
    }
    let mut statements = Vec::new();
    skip_separators(&mut cursor);
    if is_bare_call(&cursor) {
        let line = cursor.line();
        let kind = Kind::Execute(execute::call(&mut cursor)?);
        statements.push(Statement { line, kind });
    }
    statements.extend(block(&mut cursor, |_| false)?);
    if cursor.at_end() { Ok(Batch { statements }) } else { cursor.refuse() }
}

fn begins_procedure(cursor: &Cursor<'_>) -> bool {
    [
        "CREATE PROCEDURE",
        "CREATE PROC",
        "ALTER PROCEDURE",
        "ALTER PROC",
        "CREATE OR ALTER PROCEDURE",
        "CREATE OR ALTER PROC",
    ]
    .iter()
    .any(|words| cursor.is_words(words))
}

/// The first statement of a batch may call a procedure without EXEC.
fn is_bare_call(cursor: &Cursor<'_>) -> bool {
    match cursor.kind() {
        Some(TokenKind::Word(word)) => !is_reserved(word) && !word.eq_ignore_ascii_case("THROW"),
        Some(TokenKind::Quoted(_)) => true,
        _ => false,
    }
}

fn skip_separators(cursor: &mut Cursor<'_>) {
    while cursor.eat_symbol(';') {}
}

/// Statements until `ends` or the end of the tokens.
pub(super) fn block(cursor: &mut Cursor<'_>, ends: fn(&Cursor<'_>) -> bool) -> Parsed<Vec<Statement>> {
    let mut statements = Vec::new();
    loop {
        skip_separators(cursor);
        if cursor.at_end() || ends(cursor) {
            return Ok(statements);
        }
        statements.push(one(cursor)?);
    }
}

/// One statement, with its separators.
pub(super) fn one(cursor: &mut Cursor<'_>) -> Parsed<Statement> {
    let line = cursor.line();
    cursor.depth += 1;
    if cursor.depth > NESTING {
        let text = "Some part of your SQL statement is nested too deeply. Rewrite the query or break it up into smaller queries.";
        return Err(SqlError::new(191, text).with_class(15).at_line(line));
    }
    let kind = kind(cursor)?;
    cursor.depth -= 1;
    skip_separators(cursor);
    Ok(Statement { line, kind })
}

fn kind(cursor: &mut Cursor<'_>) -> Parsed<Kind> {
    if cursor.is_symbol('(') || cursor.is_word("SELECT") || cursor.is_word("WITH") {
        return slice::query(cursor).map(Kind::Select);
    }
    let Some(TokenKind::Word(word)) = cursor.kind() else { return cursor.refuse() };
    match word.to_ascii_uppercase().as_str() {
        "CREATE" | "ALTER" | "DROP" => return definition(cursor),
        "UPDATE" => return slice::change(cursor, "SET").map(Kind::Update),
        "DELETE" => return slice::change(cursor, "DELETE").map(Kind::Delete),
        "GRANT" | "DENY" | "REVOKE" => return permission::permission(cursor).map(Kind::Ddl),
        "EXEC" | "EXECUTE" => {
            if cursor.is_word_at(1, "AS") {
                return Err(SqlError::not_implemented("EXECUTE AS").at_line(cursor.line()));
            }
            cursor.at += 1;
            return execute::execute(cursor).map(Kind::Execute);
        }
        "BACKUP" => return backup::backup(cursor).map(Kind::Ddl),
        "RESTORE" => return backup::restore(cursor).map(Kind::Ddl),
        "OPEN" | "CLOSE" => return database::open_or_close_key(cursor).map(Kind::Ddl),
        "REVERT" | "MERGE" | "GOTO" | "DBCC" | "CHECKPOINT" | "SHUTDOWN" | "SAVE" | "DEALLOCATE" => {
            return Err(SqlError::not_implemented(word.to_ascii_uppercase()).at_line(cursor.line()));
        }
        _ => {}
    }
    statement::statement(cursor)
}

/// CREATE, ALTER and DROP.
fn definition(cursor: &mut Cursor<'_>) -> Parsed<Kind> {
    if begins_procedure(cursor) {
        let text = "'CREATE/ALTER PROCEDURE' must be the first statement in a query batch.";
        return Err(SqlError::new(111, text).with_class(15).at_line(cursor.line()));
    }
    if cursor.eat("CREATE TABLE") {
        return statement::create_table(cursor);
    }
    if cursor.eat("DROP TABLE") {
        return statement::drop_table(cursor);
    }
    for (words, parse) in DEFINITIONS {
        if cursor.eat(words) {
            return parse(cursor).map(Kind::Ddl);
        }
    }
    let (verb, object) = (word_at(cursor, 0), word_at(cursor, 1));
    if KNOWN_OBJECTS.contains(&object.as_str()) {
        return Err(SqlError::not_implemented(format!("{verb} {object}")).at_line(cursor.line()));
    }
    cursor.at += 1;
    cursor.refuse()
}

fn word_at(cursor: &Cursor<'_>, ahead: usize) -> String {
    match cursor.kind_at(ahead) {
        Some(TokenKind::Word(word)) => word.to_ascii_uppercase(),
        _ => String::new(),
    }
}

/// Objects of T-SQL that this language knows by name only: said to be missing, not a syntax error.
const KNOWN_OBJECTS: &[&str] = &[
    "APPLICATION",
    "ASSEMBLY",
    "ASYMMETRIC",
    "CERTIFICATE",
    "COLUMN",
    "CRYPTOGRAPHIC",
    "EVENT",
    "EXTERNAL",
    "FULLTEXT",
    "FUNCTION",
    "INDEX",
    "MESSAGE",
    "PARTITION",
    "QUEUE",
    "RESOURCE",
    "RULE",
    "SEQUENCE",
    "SERVER",
    "SERVICE",
    "STATISTICS",
    "SYMMETRIC",
    "SYNONYM",
    "TABLE",
    "TRIGGER",
    "TYPE",
    "UNIQUE",
    "VIEW",
    "WORKLOAD",
    "XML",
    "CLUSTERED",
    "NONCLUSTERED",
];

type Parse = fn(&mut Cursor<'_>) -> Parsed<Ddl>;

/// The first words of each definition with the parser of the rest.
const DEFINITIONS: &[(&str, Parse)] = &[
    ("CREATE AVAILABILITY GROUP", availability_group::create),
    ("ALTER AVAILABILITY GROUP", availability_group::alter),
    ("DROP AVAILABILITY GROUP", availability_group::drop),
    ("CREATE DATABASE", database::create),
    ("ALTER DATABASE", database::alter),
    ("DROP DATABASE", database::drop),
    ("CREATE SCHEMA", database::create_schema),
    ("CREATE ENDPOINT", endpoint::create),
    ("ALTER ENDPOINT", endpoint::alter),
    ("DROP ENDPOINT", endpoint::drop),
    ("CREATE LOGIN", security::create_login),
    ("ALTER LOGIN", security::alter_login),
    ("DROP LOGIN", security::drop_login),
    ("CREATE USER", security::create_user),
    ("ALTER USER", security::alter_user),
    ("DROP USER", security::drop_user),
    ("CREATE SERVER ROLE", security::create_server_role),
    ("ALTER SERVER ROLE", security::alter_server_role),
    ("DROP SERVER ROLE", security::drop_server_role),
    ("CREATE ROLE", security::create_role),
    ("ALTER ROLE", security::alter_role),
    ("DROP ROLE", security::drop_role),
    ("CREATE CREDENTIAL", security::create_credential),
    ("DROP CREDENTIAL", security::drop_credential),
    ("ALTER AUTHORIZATION", permission::authorization),
    ("CREATE MASTER KEY", database::create_master_key),
    ("ALTER MASTER KEY", database::alter_master_key),
    ("DROP MASTER KEY", database::drop_master_key),
    ("DROP PROCEDURE", procedure::drop),
    ("DROP PROC", procedure::drop),
];
