//! A settings file in JSON form: one object of scalars.

use std::fmt;

use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::entry::{Entry, Form, Scalar, blanks_before, span_within};
use super::{EditError, SettingsError, ValueKind};

/// The keys of the top-level object with the places of their values.
pub(super) fn scan(text: &str) -> Result<Vec<Entry>, SettingsError> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let pairs = reader.deserialize_map(PairsVisitor).map_err(SettingsError::MalformedJson)?;
    reader.end().map_err(SettingsError::MalformedJson)?;
    let mut entries = Vec::with_capacity(pairs.len());
    let mut previous_end = 0;
    for (key, raw) in pairs {
        let entry = locate(text, previous_end, key, raw.get()).ok_or(SettingsError::Unlocated)?;
        previous_end = entry.outer.end;
        entries.push(entry);
    }
    Ok(entries)
}

fn locate(text: &str, previous_end: usize, key: String, raw: &str) -> Option<Entry> {
    let span = span_within(text, raw)?;
    // Before the value stand only blanks, one comma or brace, the key and a colon.
    let quote = text.get(previous_end..span.start)?.find('"')?;
    let (form, value) = match raw.chars().next()? {
        '"' => (Some(Form::JsonString), serde_json::from_str(raw).ok()?),
        't' | 'f' => (Some(Form::JsonBoolean), raw.to_owned()),
        'n' => (Some(Form::JsonNull), String::new()),
        '{' | '[' => (None, String::new()),
        _ => (Some(Form::JsonNumber), raw.to_owned()),
    };
    Some(Entry {
        key,
        outer: previous_end + quote..span.end,
        scalar: form.map(|form| Scalar { text: value, span, form }),
    })
}

/// `value` in the form that the file gives this key: a number stays a number.
pub(super) fn render(form: Form, key: &str, value: &str) -> Result<String, EditError> {
    match form {
        Form::JsonNumber if is_number(value) => Ok(value.to_owned()),
        Form::JsonNumber => Err(EditError::NotNumber(key.to_owned())),
        Form::JsonBoolean if matches!(value, "true" | "false") => Ok(value.to_owned()),
        Form::JsonBoolean => Err(EditError::NotBoolean(key.to_owned())),
        _ => Ok(quote(value)),
    }
}

/// The text to insert behind the entry `last`, in the form of its neighbours.
pub(super) fn render_addition(
    text: &str,
    last: &Entry,
    key: &str,
    value: &str,
    kind: ValueKind,
) -> Result<String, EditError> {
    let form = match kind {
        ValueKind::Text => Form::JsonString,
        ValueKind::Number => Form::JsonNumber,
        ValueKind::Boolean => Form::JsonBoolean,
    };
    let indentation = blanks_before(text, last.outer.start);
    let colon = colon_of(text, last).unwrap_or(": ");
    Ok(format!(",{indentation}{}{colon}{}", quote(key), render(form, key, value)?))
}

/// The colon of an entry with the blanks around it.
fn colon_of<'a>(text: &'a str, entry: &Entry) -> Option<&'a str> {
    let scalar = entry.scalar.as_ref()?;
    let before = text.get(entry.outer.start..scalar.span.start)?;
    before.get(before.rfind('"')? + 1..)
}

fn is_number(value: &str) -> bool {
    let starts_well = value.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    let ends_well = value.ends_with(|last: char| last.is_ascii_digit());
    starts_well && ends_well && serde_json::from_str::<&RawValue>(value).is_ok()
}

fn quote(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}

/// Collects pairs in the order of the file, doubles included.
struct PairsVisitor;

impl<'de> Visitor<'de> for PairsVisitor {
    type Value = Vec<(String, &'de RawValue)>;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("an object of settings")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(pairs)
    }
}
