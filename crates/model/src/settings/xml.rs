//! A settings file in XML form: `<root><Key>value</Key></root>` or `<appSettings><add key value/>`.
//!
//! No source prints the file, so both usual shapes of a .NET settings file are read.

use std::ops::Range;

use quick_xml::Reader;
use quick_xml::escape::{escape, partial_escape, unescape};
use quick_xml::events::{BytesStart, Event};

use super::entry::{Entry, Form, Scalar, blanks_before, span_within};
use super::{EditError, SettingsError};

const ADD_ELEMENT: &str = "add";
const ADD_PARENT: &str = "appSettings";

/// The keys of the file with the places of their values.
pub(super) fn scan(text: &str) -> Result<Vec<Entry>, SettingsError> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().enable_all_checks(true);
    let mut scanner = Scanner { text, open: Vec::new(), roots: 0, entries: Vec::new() };
    loop {
        let start = position(&reader)?;
        let event = reader.read_event().map_err(SettingsError::MalformedXml)?;
        let span = start..position(&reader)?;
        if matches!(event, Event::Eof) {
            break;
        }
        scanner.take(&event, span)?;
    }
    if scanner.open.is_empty() && scanner.roots == 1 {
        Ok(scanner.entries)
    } else {
        Err(SettingsError::NotOneRoot)
    }
}

fn position(reader: &Reader<&[u8]>) -> Result<usize, SettingsError> {
    usize::try_from(reader.buffer_position()).map_err(|_| SettingsError::Unlocated)
}

/// `value`, escaped for the place where it goes. `name` is the element's name.
pub(super) fn render(form: Form, name: &str, value: &str) -> Result<String, EditError> {
    if !value.chars().all(is_xml_character) {
        return Err(EditError::NotRepresentable(name.to_owned()));
    }
    Ok(match form {
        Form::XmlAttribute => escape(value).replace('\n', "&#10;").replace('\t', "&#9;"),
        Form::XmlEmptyElement => format!("<{name}>{}</{name}>", partial_escape(value)),
        _ => partial_escape(value).into_owned(),
    })
}

/// The text to insert behind the entry `last`, in the form of its neighbours.
pub(super) fn render_addition(text: &str, last: &Entry, key: &str, value: &str) -> Result<String, EditError> {
    let is_name = key.starts_with(|first: char| first.is_ascii_alphabetic())
        && key.chars().all(|character| character.is_ascii_alphanumeric());
    if !is_name {
        return Err(EditError::NotRepresentable(key.to_owned()));
    }
    let indentation = blanks_before(text, last.outer.start);
    if last.scalar.as_ref().is_some_and(|scalar| scalar.form == Form::XmlAttribute) {
        let written = text.get(last.outer.clone()).unwrap_or_default();
        let end = if written.ends_with(" />") { " />" } else { "/>" };
        let value = render(Form::XmlAttribute, key, value)?;
        return Ok(format!("{indentation}<{ADD_ELEMENT} key=\"{key}\" value=\"{value}\"{end}"));
    }
    Ok(format!("{indentation}{}", render(Form::XmlEmptyElement, key, value)?))
}

/// XML 1.0, production 2 (`Char`).
fn is_xml_character(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

struct OpenElement {
    name: String,
    outer_start: usize,
    content_start: usize,
    /// Only text and character references so far.
    is_plain: bool,
}

struct Scanner<'a> {
    text: &'a str,
    open: Vec<OpenElement>,
    roots: usize,
    entries: Vec<Entry>,
}

impl Scanner<'_> {
    fn take(&mut self, event: &Event<'_>, span: Range<usize>) -> Result<(), SettingsError> {
        match event {
            Event::Start(tag) => self.open_element(tag, span),
            Event::Empty(tag) => self.take_empty(tag, span),
            Event::End(_) => self.close_element(span),
            Event::Text(text) if self.open.is_empty() && !text.trim().is_empty() => {
                Err(SettingsError::NotOneRoot)
            }
            Event::GeneralRef(_) | Event::CData(_) if self.open.is_empty() => Err(SettingsError::NotOneRoot),
            Event::Comment(_) | Event::CData(_) | Event::PI(_) => {
                self.mark_parent_composed();
                Ok(())
            }
            // Entities could hide any text, and the files have no use for them.
            Event::DocType(_) => Err(SettingsError::DocumentType),
            _ => Ok(()),
        }
    }

    fn mark_parent_composed(&mut self) {
        if let Some(parent) = self.open.last_mut() {
            parent.is_plain = false;
        }
    }

    fn enter(&mut self) {
        self.mark_parent_composed();
        self.roots += usize::from(self.open.is_empty());
    }

    fn open_element(&mut self, tag: &BytesStart<'_>, span: Range<usize>) -> Result<(), SettingsError> {
        self.enter();
        if self.is_add(tag) {
            self.take_add(tag, span.clone())?;
        }
        self.open.push(OpenElement {
            name: tag.name().into_inner().to_owned(),
            outer_start: span.start,
            content_start: span.end,
            is_plain: true,
        });
        Ok(())
    }

    fn take_empty(&mut self, tag: &BytesStart<'_>, span: Range<usize>) -> Result<(), SettingsError> {
        self.enter();
        if self.is_add(tag) {
            return self.take_add(tag, span);
        }
        let has_attributes = tag.attributes().next().is_some();
        if self.is_setting_parent() {
            let scalar = (!has_attributes).then(|| Scalar {
                text: String::new(),
                span: span.clone(),
                form: Form::XmlEmptyElement,
            });
            self.entries.push(Entry { key: tag.name().into_inner().to_owned(), outer: span, scalar });
        }
        Ok(())
    }

    fn close_element(&mut self, span: Range<usize>) -> Result<(), SettingsError> {
        let Some(element) = self.open.pop() else {
            return Err(SettingsError::NotOneRoot);
        };
        let outer = element.outer_start..span.end;
        if self.entries.last().is_some_and(|entry| entry.outer.start == outer.start) {
            // `<add …></add>` was taken at its start tag.
            if let Some(entry) = self.entries.last_mut() {
                entry.outer = outer;
            }
            return Ok(());
        }
        if !self.is_setting_parent() || element.name == ADD_PARENT {
            return Ok(());
        }
        let content = element.content_start..span.start;
        let scalar = if element.is_plain {
            let raw = self.text.get(content.clone()).ok_or(SettingsError::Unlocated)?;
            let text = unescape(raw).map_err(SettingsError::Escape)?.into_owned();
            Some(Scalar { text, span: content, form: Form::XmlContent })
        } else {
            None
        };
        self.entries.push(Entry { key: element.name, outer, scalar });
        Ok(())
    }

    /// Is the innermost open element the root, in the shape that has an element per key?
    fn is_setting_parent(&self) -> bool {
        matches!(self.open.as_slice(), [root] if root.name != ADD_PARENT)
    }

    fn is_add(&self, tag: &BytesStart<'_>) -> bool {
        tag.name().into_inner() == ADD_ELEMENT
            && self.open.last().is_some_and(|parent| parent.name == ADD_PARENT)
    }

    fn take_add(&mut self, tag: &BytesStart<'_>, outer: Range<usize>) -> Result<(), SettingsError> {
        let mut key = None;
        let mut scalar = None;
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(SettingsError::Attribute)?;
            let text = unescape(&attribute.value).map_err(SettingsError::Escape)?.into_owned();
            match attribute.key.into_inner() {
                "key" => key = Some(text),
                "value" => {
                    let span = span_within(self.text, &attribute.value).ok_or(SettingsError::Unlocated)?;
                    scalar = Some(Scalar { text, span, form: Form::XmlAttribute });
                }
                _ => {}
            }
        }
        let key = key.ok_or(SettingsError::AddWithoutKey)?;
        self.entries.push(Entry { key, outer, scalar });
        Ok(())
    }
}
