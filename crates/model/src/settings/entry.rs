//! Where a value stands in the text of the file.

use std::ops::Range;

/// One key of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// The key as the file spells it.
    pub(super) key: String,
    /// The whole entry: key and value, or the element.
    pub(super) outer: Range<usize>,
    /// The value; `None` if it is an object, an array, or an element with more than text in it.
    pub(super) scalar: Option<Scalar>,
}

/// A value that can be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scalar {
    /// The value without quotes and escapes.
    pub(super) text: String,
    /// What is replaced by [`Form`]'s rendering of a new value.
    pub(super) span: Range<usize>,
    /// How the value is written.
    pub(super) form: Form,
}

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    JsonString,
    JsonNumber,
    JsonBoolean,
    JsonNull,
    /// `<Key>value</Key>`; the span is the content.
    XmlContent,
    /// `<Key/>`; the span is the element.
    XmlEmptyElement,
    /// `<add key="Key" value="value"/>`; the span is inside the quotes.
    XmlAttribute,
}

/// Where `inner`, a slice of `outer`, stands in it.
pub(super) fn span_within(outer: &str, inner: &str) -> Option<Range<usize>> {
    let start = inner.as_ptr().addr().checked_sub(outer.as_ptr().addr())?;
    let span = start..start.checked_add(inner.len())?;
    (outer.get(span.clone())? == inner).then_some(span)
}

/// The blanks that stand directly before `position`: the indentation and line end of an entry.
pub(super) fn blanks_before(text: &str, position: usize) -> &str {
    let before = text.get(..position).unwrap_or_default();
    before.get(before.trim_end().len()..).unwrap_or_default()
}
