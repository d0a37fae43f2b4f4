//! Cuts an expression or a query out of the tokens by T-SQL's own rule (statements need no separator: the next
//! statement's first reserved word ends it) and gives the text to `sqlparser`.

#![expect(
    clippy::redundant_closure_for_method_calls,
    reason = "the methods themselves are not general enough in the parser's lifetime"
)]

use sqlparser::ast as sql;
use sqlparser::dialect::MsSqlDialect;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Token as SqlToken;

use super::ast::{Expression, Query};
use super::cursor::{Cursor, Parsed};
use super::lexer::TokenKind;
use super::reserved::is_starter;
use crate::value::SqlError;

/// Operators that one expression or query may hold; more is error 191, as at SQL Server's own (larger) limit.
const OPERATORS: usize = 1000;

/// Where a slice ends besides at the next statement.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// At the next statement only.
    Statement,
    /// Also at a comma outside of parentheses.
    Comma,
}

/// An expression or condition.
pub(super) fn expression(cursor: &mut Cursor<'_>, until: Until) -> Parsed<Expression> {
    let start = cursor.at;
    let end = slice_end(cursor, until, None)?;
    let ast = parse_slice(cursor, start, end, |parser| parser.parse_expr())?;
    Ok(Expression { ast: Box::new(ast) })
}

/// A query: from `SELECT`, `WITH`, `VALUES` or `(`.
pub(super) fn query(cursor: &mut Cursor<'_>) -> Parsed<Query> {
    let start = cursor.at;
    let end = slice_end(cursor, Until::Statement, Some("SELECT"))?;
    let ast = parse_slice(cursor, start, end, |parser| parser.parse_query())?;
    Ok(Query { ast })
}

/// An UPDATE (`own` is `SET`) or DELETE (`own` is `DELETE`) statement.
pub(super) fn change(cursor: &mut Cursor<'_>, own: &'static str) -> Parsed<Box<sql::Statement>> {
    let start = cursor.at;
    cursor.at += 1;
    let end = slice_end(cursor, Until::Statement, Some(own))?;
    parse_slice(cursor, start, end, |parser| parser.parse_statement()).map(Box::new)
}

/// Index of the first token behind the slice that begins at the cursor. `own` is a statement word that may occur in
/// it: SELECT first and after a set operator, SET once.
fn slice_end(cursor: &Cursor<'_>, until: Until, own: Option<&str>) -> Parsed<usize> {
    let (mut depth, mut cases, mut operators) = (0_usize, 0_usize, 0_usize);
    // After `(SELECT …)` and VALUES a SELECT begins the next statement.
    let mut own_seen = cursor.is_symbol('(') || cursor.is_word("VALUES");
    let mut previous = "";
    let mut at = cursor.at;
    while let Some(token) = cursor.tokens.get(at) {
        match &token.kind {
            TokenKind::Symbol('(') => depth += 1,
            TokenKind::Symbol(')') if depth == 0 => break,
            TokenKind::Symbol(')') => depth -= 1,
            TokenKind::Symbol(';') => break,
            TokenKind::Symbol(',') if depth == 0 && until == Until::Comma => break,
            TokenKind::Symbol('+' | '-' | '*' | '/' | '=' | '<' | '>' | '%' | '|' | '&' | '^') => {
                operators += 1;
            }
            TokenKind::Word(word) if previous != "." => {
                if depth == 0 && ends_slice(cursor, at, word, &mut cases, own, &mut own_seen, previous)? {
                    break;
                }
                if ["AND", "OR", "NOT", "UNION"].iter().any(|w| word.eq_ignore_ascii_case(w)) {
                    operators += 1;
                }
            }
            _ => {}
        }
        if operators > OPERATORS {
            let text = "Some part of your SQL statement is nested too deeply. Rewrite the query or break it up into smaller queries.";
            return Err(SqlError::new(191, text).with_class(15).at_line(token.line));
        }
        previous = cursor.text.get(token.span.clone()).unwrap_or_default();
        at += 1;
    }
    Ok(at)
}

/// Whether `word`, outside of parentheses, is no longer part of the slice.
fn ends_slice(
    cursor: &Cursor<'_>,
    at: usize,
    word: &str,
    cases: &mut usize,
    own: Option<&str>,
    own_seen: &mut bool,
    previous: &str,
) -> Parsed<bool> {
    let is = |other: &str| word.eq_ignore_ascii_case(other);
    if is("CASE") {
        *cases += 1;
    } else if is("END") && *cases > 0 {
        *cases -= 1;
        return Ok(false);
    } else if is("ELSE") && *cases > 0 {
        return Ok(false);
    } else if is("WITH") && at > cursor.at && begins_cte(cursor, at) {
        let text = "Incorrect syntax near the keyword 'with'. If this statement is a common table expression, an xmlnamespaces clause or a change tracking context clause, the previous statement must be terminated with a semicolon.";
        let line = cursor.tokens.get(at).map_or(0, |token| token.line);
        return Err(SqlError::new(319, text).with_class(15).at_line(line));
    }
    if !is_starter(word) {
        return Ok(false);
    }
    if !own.is_some_and(is) {
        return Ok(true);
    }
    let continues = ["UNION", "ALL", "EXCEPT", "INTERSECT"].iter().any(|w| previous.eq_ignore_ascii_case(w));
    let first = !*own_seen;
    *own_seen = true;
    Ok(!(first || continues))
}

fn begins_cte(cursor: &Cursor<'_>, at: usize) -> bool {
    match cursor.tokens.get(at + 1).map(|token| &token.kind) {
        Some(TokenKind::Word(next)) => {
            !["TIES", "ROLLUP", "CUBE", "RECOMPILE"].iter().any(|w| next.eq_ignore_ascii_case(w))
        }
        Some(TokenKind::Quoted(_)) => true,
        _ => false,
    }
}

/// Parses the tokens `start..end` and moves the cursor behind them.
fn parse_slice<T>(
    cursor: &mut Cursor<'_>,
    start: usize,
    end: usize,
    parse: impl FnOnce(&mut Parser<'_>) -> Result<T, ParserError>,
) -> Parsed<T> {
    let tokens = cursor.tokens.get(start..end).unwrap_or_default();
    let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else {
        cursor.at = start;
        return cursor.refuse();
    };
    let text = cursor.text.get(first.span.start..last.span.end).unwrap_or_default();
    let dialect = MsSqlDialect {};
    let refused = |error: ParserError| {
        let last_text = cursor.text.get(last.span.clone()).unwrap_or_default();
        refusal(&error, first.line).unwrap_or_else(|| near_end(last_text, last.line))
    };
    let mut parser = Parser::new(&dialect).try_with_sql(text).map_err(refused)?;
    let parsed = parse(&mut parser).map_err(refused)?;
    let rest = parser.peek_token();
    if rest.token != SqlToken::EOF {
        return Err(incorrect(&rest.token.to_string(), first.line, rest.span.start.line));
    }
    cursor.at = end;
    Ok(parsed)
}

/// 102 at the end of the text names what stands last.
fn near_end(last: &str, line: u32) -> SqlError {
    SqlError::new(102, format!("Incorrect syntax near '{last}'.")).with_class(15).at_line(line)
}

/// `sqlparser`'s refusal as SQL Server's: 102 near the token that it found, 191 at its depth limit. `None`: it found the
/// end.
fn refusal(error: &ParserError, first_line: u32) -> Option<SqlError> {
    let message = match error {
        ParserError::TokenizerError(message) | ParserError::ParserError(message) => message.as_str(),
        ParserError::RecursionLimitExceeded => {
            let text = "Some part of your SQL statement is nested too deeply.";
            return Some(SqlError::new(191, text).with_class(15).at_line(first_line));
        }
    };
    let (head, place) = message.rsplit_once(" at Line: ").unwrap_or((message, "1"));
    let line = place.split(',').next().and_then(|line| line.trim().parse().ok()).unwrap_or(1);
    let near = head.rsplit_once("found: ").map_or(head, |(_, near)| near);
    (near != "EOF").then(|| incorrect(near, first_line, line))
}

fn incorrect(near: &str, first_line: u32, line: u64) -> SqlError {
    let line = first_line.saturating_add(u32::try_from(line.saturating_sub(1)).unwrap_or(0));
    let error = if super::reserved::is_reserved(near) {
        SqlError::new(156, format!("Incorrect syntax near the keyword '{near}'."))
    } else {
        SqlError::new(102, format!("Incorrect syntax near '{near}'."))
    };
    error.with_class(15).at_line(line)
}
