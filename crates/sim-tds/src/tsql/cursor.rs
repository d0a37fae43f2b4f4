//! A place in a token list with the small readers from which the statement parsers are made.

use std::ops::RangeInclusive;

use super::ddl::SecretText;
use super::lexer::{Token, TokenKind};
use super::reserved::is_reserved;
use crate::value::SqlError;

/// The result of a reader.
pub(super) type Parsed<T> = Result<T, SqlError>;

/// A closed set of words in the grammar.
pub(super) trait Words: Sized + Copy + 'static {
    /// Each word with its meaning.
    const WORDS: &'static [(&'static str, Self)];
}

/// `ON` and `OFF`.
impl Words for bool {
    const WORDS: &'static [(&'static str, Self)] = &[("ON", true), ("OFF", false)];
}

/// A place in the tokens of one batch.
#[derive(Clone)]
pub(super) struct Cursor<'a> {
    pub(super) text: &'a str,
    pub(super) tokens: &'a [Token],
    pub(super) at: usize,
    /// How many statements enclose this place.
    pub(super) depth: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str, tokens: &'a [Token]) -> Self {
        Self { text, tokens, at: 0, depth: 0 }
    }

    pub(super) fn token(&self) -> Option<&'a Token> {
        self.tokens.get(self.at)
    }

    pub(super) fn kind(&self) -> Option<&'a TokenKind> {
        self.token().map(|token| &token.kind)
    }

    pub(super) fn kind_at(&self, ahead: usize) -> Option<&'a TokenKind> {
        self.tokens.get(self.at + ahead).map(|token| &token.kind)
    }

    pub(super) fn at_end(&self) -> bool {
        self.at >= self.tokens.len()
    }

    /// Line of the next token, or of the last one at the end.
    pub(super) fn line(&self) -> u32 {
        self.token().or_else(|| self.tokens.last()).map_or(1, |token| token.line)
    }

    /// Error 102, or 156 at a keyword: the next token does not fit (at the end: the last one).
    pub(super) fn refuse<T>(&self) -> Parsed<T> {
        Err(self.unexpected())
    }

    pub(super) fn unexpected(&self) -> SqlError {
        let token = self.token().or_else(|| self.tokens.last());
        let near = token.and_then(|token| self.text.get(token.span.clone())).unwrap_or_default();
        let keyword = matches!(token.map(|t| &t.kind), Some(TokenKind::Word(word)) if is_reserved(word));
        let error = if keyword {
            SqlError::new(156, format!("Incorrect syntax near the keyword '{near}'."))
        } else {
            let near: String = near.chars().take(128).collect();
            SqlError::new(102, format!("Incorrect syntax near '{near}'."))
        };
        error.with_class(15).at_line(self.line())
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        self.is_word_at(0, word)
    }

    pub(super) fn is_word_at(&self, ahead: usize, word: &str) -> bool {
        matches!(self.kind_at(ahead), Some(TokenKind::Word(next)) if next.eq_ignore_ascii_case(word))
    }

    /// Whether the next words are these, separated by blanks in `words`.
    pub(super) fn is_words(&self, words: &str) -> bool {
        words.split(' ').enumerate().all(|(ahead, word)| self.is_word_at(ahead, word))
    }

    /// Takes the words if they are next.
    pub(super) fn eat(&mut self, words: &str) -> bool {
        let found = self.is_words(words);
        if found {
            self.at += words.split(' ').count();
        }
        found
    }

    pub(super) fn expect(&mut self, words: &str) -> Parsed<()> {
        for word in words.split(' ') {
            if !self.eat(word) {
                return self.refuse();
            }
        }
        Ok(())
    }

    pub(super) fn is_symbol(&self, symbol: char) -> bool {
        self.kind() == Some(&TokenKind::Symbol(symbol))
    }

    pub(super) fn eat_symbol(&mut self, symbol: char) -> bool {
        let found = self.is_symbol(symbol);
        self.at += usize::from(found);
        found
    }

    pub(super) fn expect_symbol(&mut self, symbol: char) -> Parsed<()> {
        if self.eat_symbol(symbol) { Ok(()) } else { self.refuse() }
    }

    /// An identifier: delimited, or a bare word that is not reserved. Error 1038 when empty, 103 beyond 128 characters.
    pub(super) fn name(&mut self) -> Parsed<String> {
        let name = match self.kind() {
            Some(TokenKind::Quoted(name)) => name.clone(),
            Some(TokenKind::Word(word)) if !is_reserved(word) => word.clone(),
            _ => return self.refuse(),
        };
        if name.is_empty() {
            let text = "An object or column name is missing or empty.";
            return Err(SqlError::new(1038, text).with_class(15).at_line(self.line()));
        }
        if name.chars().count() > 128 {
            let text =
                format!("The identifier that starts with '{name:.128}' is too long. Maximum length is 128.");
            return Err(SqlError::new(103, text).with_class(15).at_line(self.line()));
        }
        self.at += 1;
        Ok(name)
    }

    /// A string, with or without `N`.
    pub(super) fn string(&mut self) -> Parsed<String> {
        match self.kind() {
            Some(TokenKind::Text { value, .. }) => {
                self.at += 1;
                Ok(value.clone())
            }
            _ => self.refuse(),
        }
    }

    pub(super) fn secret(&mut self) -> Parsed<SecretText> {
        self.string().map(SecretText::new)
    }

    pub(super) fn binary(&mut self) -> Parsed<Vec<u8>> {
        match self.kind() {
            Some(TokenKind::Binary(bytes)) => {
                self.at += 1;
                Ok(bytes.clone())
            }
            _ => self.refuse(),
        }
    }

    /// An unsigned integer within `range`.
    pub(super) fn integer<T: TryFrom<u64> + PartialOrd>(&mut self, range: RangeInclusive<T>) -> Parsed<T> {
        let value = match self.kind() {
            Some(TokenKind::Integer(digits)) => digits.parse::<u64>().ok().and_then(|v| T::try_from(v).ok()),
            _ => None,
        };
        match value.filter(|value| range.contains(value)) {
            Some(value) => {
                self.at += 1;
                Ok(value)
            }
            None => self.refuse(),
        }
    }

    /// One of the words of `T`.
    pub(super) fn choice<T: Words>(&mut self) -> Parsed<T> {
        for (word, value) in T::WORDS {
            if self.eat(word) {
                return Ok(*value);
            }
        }
        self.refuse()
    }

    /// `= word`.
    pub(super) fn equals_choice<T: Words>(&mut self) -> Parsed<T> {
        self.expect_symbol('=')?;
        self.choice()
    }

    /// `= 'text'`.
    pub(super) fn equals_string(&mut self) -> Parsed<String> {
        self.expect_symbol('=')?;
        self.string()
    }

    /// `= n`.
    pub(super) fn equals_integer<T: TryFrom<u64> + PartialOrd>(
        &mut self,
        range: RangeInclusive<T>,
    ) -> Parsed<T> {
        self.expect_symbol('=')?;
        self.integer(range)
    }

    /// One or more of `item`, separated by commas.
    pub(super) fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        let mut items = vec![item(self)?];
        while self.eat_symbol(',') {
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// `( item, … )`.
    pub(super) fn in_parentheses<T>(&mut self, item: impl FnMut(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        self.expect_symbol('(')?;
        let items = self.list(item)?;
        self.expect_symbol(')')?;
        Ok(items)
    }

    /// Sets an option once; the second time is an error at the option's value.
    pub(super) fn set_once<T>(&self, slot: &mut Option<T>, value: T) -> Parsed<()> {
        if slot.is_some() {
            return self.refuse();
        }
        *slot = Some(value);
        Ok(())
    }
}
