//! Text to tokens. Comments (nested block comments included) and white space vanish; every token keeps its byte
//! span and its line.

use std::ops::Range;

use crate::value::SqlError;

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenKind {
    /// A bare word: keyword or regular identifier, as written.
    Word(String),
    /// A delimited identifier, `[a]]b]` or `"a""b"`, unescaped.
    Quoted(String),
    /// A string, unescaped.
    Text {
        /// The characters.
        value: String,
        /// Written with the prefix `N`.
        unicode: bool,
    },
    /// `0x…`; an odd number of digits has a leading zero.
    Binary(Vec<u8>),
    /// Digits only.
    Integer(String),
    /// A number with point or exponent.
    Number(String),
    /// `@name`, the sign included.
    Variable(String),
    /// `@@NAME`, the signs included.
    Global(String),
    /// Any other single character.
    Symbol(char),
}

/// A token with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Bytes in the batch's text.
    pub span: Range<usize>,
    /// Line, from 1.
    pub line: u32,
}

/// All tokens of `text`. Errors: 105 unclosed quotation mark, 113 missing end comment mark.
pub fn tokenize(text: &str) -> Result<Vec<Token>, SqlError> {
    let mut lexer = Lexer { text, at: 0, line: 1 };
    let mut tokens = Vec::new();
    while lexer.skip_blank()? {
        let (start, line) = (lexer.at, lexer.line);
        let kind = lexer.token()?;
        tokens.push(Token { kind, span: start..lexer.at, line });
    }
    Ok(tokens)
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    line: u32,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn peek_second(&self) -> Option<char> {
        self.rest().chars().nth(1)
    }

    fn advance(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        if next == '\n' {
            self.line += 1;
        }
        Some(next)
    }

    /// Skips white space and comments; false at the end of the text.
    fn skip_blank(&mut self) -> Result<bool, SqlError> {
        loop {
            let rest = self.rest();
            match rest.chars().next() {
                None => return Ok(false),
                Some(c) if c.is_whitespace() || c == '\u{feff}' || c == '\0' => {
                    self.advance();
                }
                Some('-') if rest.starts_with("--") => {
                    self.at += rest.find('\n').unwrap_or(rest.len());
                }
                Some('/') if rest.starts_with("/*") => self.skip_comment()?,
                Some(_) => return Ok(true),
            }
        }
    }

    fn skip_comment(&mut self) -> Result<(), SqlError> {
        let line = self.line;
        let mut depth = 0_usize;
        loop {
            let rest = self.rest();
            if rest.starts_with("/*") {
                depth += 1;
                self.at += 2;
            } else if rest.starts_with("*/") {
                depth -= 1;
                self.at += 2;
                if depth == 0 {
                    return Ok(());
                }
            } else if self.advance().is_none() {
                return Err(SqlError::new(113, "Missing end comment mark '*/'.")
                    .with_class(15)
                    .at_line(line));
            }
        }
    }

    fn token(&mut self) -> Result<TokenKind, SqlError> {
        let Some(first) = self.peek() else { return Ok(TokenKind::Symbol(' ')) };
        match first {
            '\'' => Ok(TokenKind::Text { value: self.delimited('\'')?, unicode: false }),
            'N' | 'n' if self.peek_second() == Some('\'') => {
                self.advance();
                Ok(TokenKind::Text { value: self.delimited('\'')?, unicode: true })
            }
            '[' => Ok(TokenKind::Quoted(self.delimited(']')?)),
            '"' => Ok(TokenKind::Quoted(self.delimited('"')?)),
            '0' if matches!(self.peek_second(), Some('x' | 'X')) => Ok(self.binary()),
            '0'..='9' => Ok(self.number()),
            '.' if self.peek_second().is_some_and(|c| c.is_ascii_digit()) => Ok(self.number()),
            '@' => {
                let word = self.word();
                Ok(if word.starts_with("@@") { TokenKind::Global(word) } else { TokenKind::Variable(word) })
            }
            c if is_word_start(c) => Ok(TokenKind::Word(self.word())),
            c => {
                self.advance();
                Ok(TokenKind::Symbol(c))
            }
        }
    }

    /// Reads from an opening mark to `close`; a doubled `close` stands for itself.
    fn delimited(&mut self, close: char) -> Result<String, SqlError> {
        let line = self.line;
        self.advance();
        let mut value = String::new();
        while let Some(next) = self.advance() {
            if next != close {
                value.push(next);
            } else if self.peek() == Some(close) {
                self.advance();
                value.push(close);
            } else {
                return Ok(value);
            }
        }
        Err(SqlError::new(105, "Unclosed quotation mark after the character string.")
            .with_class(15)
            .at_line(line))
    }

    fn taken(&mut self, accept: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.find(|c| !accept(c)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    fn word(&mut self) -> String {
        self.taken(|c| c.is_alphanumeric() || matches!(c, '_' | '@' | '#' | '$')).to_owned()
    }

    fn binary(&mut self) -> TokenKind {
        self.at += 2;
        let digits = self.taken(|c| c.is_ascii_hexdigit());
        let mut bytes = Vec::with_capacity(digits.len().div_ceil(2));
        let mut high = (digits.len() % 2 == 1).then_some(0_u32);
        for digit in digits.chars().filter_map(|c| c.to_digit(16)) {
            match high.take() {
                None => high = Some(digit),
                Some(upper) => bytes.push(u8::try_from(upper * 16 + digit).unwrap_or_default()),
            }
        }
        TokenKind::Binary(bytes)
    }

    fn number(&mut self) -> TokenKind {
        let mut text = self.taken(|c| c.is_ascii_digit()).to_owned();
        let mut whole = true;
        if self.peek() == Some('.') {
            whole = false;
            self.advance();
            text.push('.');
            text.push_str(self.taken(|c| c.is_ascii_digit()));
        }
        if matches!(self.peek(), Some('e' | 'E')) {
            whole = false;
            self.advance();
            text.push('e');
            if let Some(sign @ ('+' | '-')) = self.peek() {
                self.advance();
                text.push(sign);
            }
            text.push_str(self.taken(|c| c.is_ascii_digit()));
        }
        if whole { TokenKind::Integer(text) } else { TokenKind::Number(text) }
    }
}

fn is_word_start(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '_' | '#')
}
