//! The lossless editor of `MasterSettings.config` and `WorkerSettings.config`.
//!
//! No source prints these files (their syntax is not documented), so the form is found out from the file
//! itself, only the values asked for are replaced in the text, and everything else stays as it is byte for
//! byte: order, unknown keys, blanks, line ends, comments, byte order mark. A file of neither form is never
//! written.

mod encoding;
mod entry;
mod json;
pub mod keys;
mod xml;

use std::collections::BTreeMap;
use std::ops::Range;

use sha2::{Digest as _, Sha256};

use encoding::Encoding;
use entry::{Entry, Form};
use keys::{ValueKind, canonical, documented, is_same_key};

/// Files larger than this, in bytes, are not settings files.
pub const MAX_BYTES: usize = 1024 * 1024;

/// Which of the two forms a settings file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingsFormat {
    /// One object of scalars.
    Json,
    /// An element per key, or `<add key="…" value="…"/>` in `<appSettings>`.
    Xml,
}

/// Why bytes are no settings file. The condition is `SettingsFileUnreadable`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// More than [`MAX_BYTES`].
    #[error("the settings file has more than {MAX_BYTES} bytes")]
    TooLarge,
    /// Neither UTF-8 nor UTF-16 with a byte order mark.
    #[error("the settings file is not text in UTF-8 or UTF-16")]
    Encoding,
    /// The first character that is not blank is neither `{` nor `<`.
    #[error("the settings file is neither JSON nor XML")]
    NeitherJsonNorXml,
    /// It begins as JSON.
    #[error("the settings file is no JSON object")]
    MalformedJson(#[source] serde_json::Error),
    /// It begins as XML.
    #[error("the settings file is no well-formed XML")]
    MalformedXml(#[source] quick_xml::Error),
    /// An attribute is written wrongly or twice.
    #[error("the settings file has a wrong XML attribute")]
    Attribute(#[source] quick_xml::events::attributes::AttrError),
    /// A reference that XML does not define.
    #[error("the settings file has an unknown XML reference")]
    Escape(#[source] quick_xml::escape::EscapeError),
    /// A document type declaration.
    #[error("the settings file has a document type declaration")]
    DocumentType,
    /// No root element, more than one, or an element that is not closed.
    #[error("the settings file does not have exactly one root element")]
    NotOneRoot,
    /// An `<add>` in `<appSettings>` without its key.
    #[error("the settings file has an <add> element without a key")]
    AddWithoutKey,
    /// A key stands twice, perhaps in other case or in its other spelling: which one counts is not known.
    #[error("the settings file has the key {0} twice")]
    DuplicateKey(String),
    /// A value was read but not found again in the text.
    #[error("a value of the settings file was not found in its text")]
    Unlocated,
}

/// Why an edit was refused. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// The file lacks the key and it is not on the list of keys to add.
    #[error("the settings file has no key {0}")]
    MissingKey(String),
    /// The file lacks the key, and which spelling the product reads is not known.
    #[error("the settings file has no key {0}, which has two documented spellings and is never added")]
    SpellingUnknown(String),
    /// The value is an object, an array or an element with more than text in it.
    #[error("the value of {0} is not a plain value")]
    NotScalar(String),
    /// The file has a number here.
    #[error("the new value of {0} is not a number")]
    NotNumber(String),
    /// The file has `true` or `false` here.
    #[error("the new value of {0} is neither true nor false")]
    NotBoolean(String),
    /// The form of the file has no way to write this key or value.
    #[error("the key or the new value of {0} cannot be written in this file")]
    NotRepresentable(String),
    /// The file has no entry, so that there is no form to write a new one in.
    #[error("the settings file is empty: {0} cannot be added")]
    NothingToImitate(String),
    /// Two of the changes mean one key.
    #[error("two changes name the key {0}")]
    NamedTwice(String),
}

/// A settings file that was read, with every byte of it.
#[derive(Debug, Clone)]
pub struct SettingsFile {
    encoding: Encoding,
    format: SettingsFormat,
    text: String,
    entries: Vec<Entry>,
    digest: String,
}

impl SettingsFile {
    /// Reads a file. The form is told by the first character that is not blank.
    pub fn parse(bytes: &[u8]) -> Result<Self, SettingsError> {
        if bytes.len() > MAX_BYTES {
            return Err(SettingsError::TooLarge);
        }
        let (encoding, text) = Encoding::decode(bytes)?;
        let (format, entries) = match text.trim_start().chars().next() {
            Some('{') => (SettingsFormat::Json, json::scan(&text)?),
            Some('<') => (SettingsFormat::Xml, xml::scan(&text)?),
            _ => return Err(SettingsError::NeitherJsonNorXml),
        };
        refuse_duplicates(&entries)?;
        Ok(Self { encoding, format, text, entries, digest: digest(bytes) })
    }

    /// The form of the file.
    pub fn format(&self) -> SettingsFormat {
        self.format
    }

    /// SHA-256 of the file's bytes, lower-case hexadecimal: the fact from which an edit is decided.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The keys with a plain value, as the file spells them, in its order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().filter(|entry| entry.scalar.is_some()).map(|entry| entry.key.as_str())
    }

    /// The text of a plain value without quotes and escapes; JSON's `null` is the empty text. The key is
    /// found without case and by either documented spelling. `None`: no such key, or not a plain value.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.find(key)?.scalar.as_ref().map(|scalar| scalar.text.as_str())
    }

    /// The bytes of the file with `changes` made. A key that the file lacks is appended if `add_missing`
    /// names it, else refused. Values that are already there leave the bytes as they are.
    pub fn edit(
        &self,
        changes: &BTreeMap<String, String>,
        add_missing: &[&str],
    ) -> Result<Vec<u8>, EditError> {
        let mut splices: Vec<(Range<usize>, String)> = Vec::new();
        let mut seen: Vec<&str> = Vec::new();
        for (key, value) in changes {
            if seen.iter().any(|other| is_same_key(other, key)) {
                return Err(EditError::NamedTwice(key.clone()));
            }
            seen.push(key);
            match self.find(key) {
                Some(entry) => splices.extend(self.replacement(entry, value)?),
                None => splices.push(self.addition(key, value, add_missing)?),
            }
        }
        // Stable: several additions stay in the order of the changes.
        splices.sort_by_key(|(span, _)| span.start);
        let mut text = String::with_capacity(self.text.len());
        let mut position = 0;
        for (span, new) in &splices {
            text.push_str(self.text.get(position..span.start).unwrap_or_default());
            text.push_str(new);
            position = span.end;
        }
        text.push_str(self.text.get(position..).unwrap_or_default());
        Ok(self.encoding.encode(&text))
    }

    fn find(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| is_same_key(&entry.key, key))
    }

    fn replacement(&self, entry: &Entry, value: &str) -> Result<Option<(Range<usize>, String)>, EditError> {
        let scalar = entry.scalar.as_ref().ok_or_else(|| EditError::NotScalar(entry.key.clone()))?;
        if scalar.text == value {
            return Ok(None);
        }
        let new = match self.format {
            SettingsFormat::Json => json::render(scalar.form, &entry.key, value)?,
            SettingsFormat::Xml => xml::render(scalar.form, &entry.key, value)?,
        };
        Ok(Some((scalar.span.clone(), new)))
    }

    fn addition(
        &self,
        key: &str,
        value: &str,
        add_missing: &[&str],
    ) -> Result<(Range<usize>, String), EditError> {
        let known = documented(key);
        if known.is_some_and(|known| known.older_spelling.is_some()) {
            return Err(EditError::SpellingUnknown(key.to_owned()));
        }
        if !add_missing.iter().any(|allowed| is_same_key(allowed, key)) {
            return Err(EditError::MissingKey(key.to_owned()));
        }
        let last = self.entries.last().ok_or_else(|| EditError::NothingToImitate(key.to_owned()))?;
        let name = known.map_or(key, |known| known.name);
        let new = match self.format {
            SettingsFormat::Json => {
                let kind = self.written_kind(known.map_or(ValueKind::Text, |known| known.kind));
                json::render_addition(&self.text, last, name, value, kind)?
            }
            SettingsFormat::Xml => xml::render_addition(&self.text, last, name, value)?,
        };
        Ok((last.outer.end..last.outer.end, new))
    }

    /// Text if this file puts documented values of that kind in quotes, else the kind itself.
    fn written_kind(&self, kind: ValueKind) -> ValueKind {
        let is_quoted = self.entries.iter().any(|entry| {
            documented(&entry.key).is_some_and(|known| known.kind == kind)
                && entry.scalar.as_ref().is_some_and(|scalar| scalar.form == Form::JsonString)
        });
        if is_quoted { ValueKind::Text } else { kind }
    }
}

/// SHA-256 of a file's bytes, lower-case hexadecimal.
pub fn digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Two entries for one setting, of which at least one is a plain value.
fn refuse_duplicates(entries: &[Entry]) -> Result<(), SettingsError> {
    let mut seen: BTreeMap<String, bool> = BTreeMap::new();
    for entry in entries {
        let is_plain = entry.scalar.is_some();
        match seen.insert(canonical(&entry.key), is_plain) {
            Some(was_plain) if was_plain || is_plain => {
                return Err(SettingsError::DuplicateKey(entry.key.clone()));
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
