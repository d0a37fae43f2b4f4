//! A Rust file as tokens: comments, doc comments and inline test items are left out.

use anyhow::{Result, anyhow};
use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use std::path::Path;

use crate::workspace;

/// What a check looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// An identifier or keyword.
    Word(String),
    /// The text of a string literal, back-slashes undone.
    Text(String),
    /// An integer literal that fits.
    Number(u64),
    /// An attribute (`#[…]`, `#![…]`) without blanks between its tokens; its own tokens follow.
    Attribute(String),
}

/// The production part of a file.
#[derive(Debug, Default)]
pub(super) struct Source {
    /// Each token with its line, from 1.
    pub(super) tokens: Vec<(usize, Token)>,
    /// How many lines belong to inline items under `#[cfg(test)]`.
    pub(super) test_lines: usize,
}

/// Reads a file (relative to the root).
pub(super) fn read(file: &Path) -> Result<Source> {
    parse(&workspace::read(file)?).map_err(|error| error.context(format!("{}", file.display())))
}

/// Reads a file's text.
pub(super) fn parse(text: &str) -> Result<Source> {
    let stream: TokenStream = text.parse().map_err(|error| anyhow!("no Rust source: {error}"))?;
    let mut source = Source::default();
    walk(stream, &mut source);
    Ok(source)
}

fn walk(stream: TokenStream, source: &mut Source) {
    let mut trees = stream.into_iter().peekable();
    while let Some(tree) = trees.next() {
        match tree {
            TokenTree::Punct(hash) if hash.as_char() == '#' => {
                trees.next_if(|next| matches!(next, TokenTree::Punct(bang) if bang.as_char() == '!'));
                let Some(TokenTree::Group(group)) = trees.next_if(is_bracket) else { continue };
                let text: String = group.stream().to_string().split_whitespace().collect();
                if text == "cfg(test)" {
                    let first = line(hash.span());
                    let last = skip_item(&mut trees).unwrap_or(first);
                    source.test_lines += last.saturating_sub(first) + 1;
                } else if !text.starts_with("doc=") {
                    source.tokens.push((line(group.span()), Token::Attribute(text)));
                    walk(group.stream(), source);
                }
            }
            TokenTree::Group(group) => walk(group.stream(), source),
            TokenTree::Ident(ident) => {
                source.tokens.push((line(ident.span()), Token::Word(ident.to_string())));
            }
            TokenTree::Literal(literal) => {
                let token = literal_token(&literal.to_string());
                source.tokens.extend(token.map(|token| (line(literal.span()), token)));
            }
            TokenTree::Punct(_) => {}
        }
    }
}

fn is_bracket(tree: &TokenTree) -> bool {
    matches!(tree, TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket)
}

fn line(span: Span) -> usize {
    span.start().line
}

/// Skips to the end of an item: its block, or its semicolon. Answers its last line.
fn skip_item(trees: &mut impl Iterator<Item = TokenTree>) -> Option<usize> {
    trees
        .find(|tree| match tree {
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
            TokenTree::Punct(punct) => punct.as_char() == ';',
            TokenTree::Ident(_) | TokenTree::Literal(_) => false,
        })
        .map(|tree| tree.span().end().line)
}

fn literal_token(text: &str) -> Option<Token> {
    if let Some(start) = text.find('"') {
        let end = text.rfind('"').filter(|end| *end > start)?;
        let inner = text.get(start + 1..end)?;
        let raw = text.get(..start)?.contains('r');
        return Some(Token::Text(if raw { inner.to_owned() } else { inner.replace("\\\\", "\\") }));
    }
    let digits: String =
        text.chars().filter(|digit| *digit != '_').take_while(char::is_ascii_digit).collect();
    digits.parse().ok().map(Token::Number)
}

#[cfg(test)]
#[path = "source_tests.rs"]
mod tests;
