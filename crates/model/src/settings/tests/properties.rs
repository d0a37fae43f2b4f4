//! Properties that hold for every file and every value.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::settings::{SettingsError, SettingsFile};

/// A file with its keys: written by a printer that knows nothing of the editor.
#[derive(Debug, Clone)]
struct Sample {
    text: String,
    keys: Vec<String>,
}

#[derive(Debug, Clone, Copy)]
enum Shape {
    Json,
    Elements,
    Adds,
}

/// JSON with the escape of every character that needs one, and of one that does not.
fn json_string(value: &str) -> String {
    let escaped = value.chars().fold(String::new(), |text, character| match character {
        '"' | '\\' | '\u{0}'..='\u{1f}' | 'e' => text + &format!("\\u{:04x}", u32::from(character)),
        other => text + &other.to_string(),
    });
    format!("\"{escaped}\"")
}

fn xml_text(value: &str) -> String {
    value.chars().fold(String::new(), |text, character| match character {
        '<' | '>' | '&' | '"' | '\'' | '\t' | '\r' | '\n' => {
            text + &format!("&#x{:x};", u32::from(character))
        }
        other => text + &other.to_string(),
    })
}

fn print(shape: Shape, pairs: &BTreeMap<String, String>, blank: &str) -> Sample {
    let mut text = String::from(match shape {
        Shape::Json => "{",
        Shape::Elements => "<?xml version=\"1.0\"?><Settings><!-- c -->",
        Shape::Adds => "<configuration><other/><appSettings><clear/>",
    });
    for (index, (key, value)) in pairs.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        let entry = match shape {
            Shape::Json => format!("{comma}{blank}\"{key}\"{blank}:{blank}{}{blank}", json_string(value)),
            Shape::Elements => format!("{blank}<{key}>{}</{key}>", xml_text(value)),
            Shape::Adds => format!("{blank}<add key=\"{key}\" value='{}'/>", xml_text(value)),
        };
        text.push_str(&entry);
    }
    text += match shape {
        Shape::Json => "}",
        Shape::Elements => "\r\n</Settings>",
        Shape::Adds => "</appSettings></configuration>\n",
    };
    Sample { text, keys: pairs.keys().cloned().collect() }
}

fn shapes() -> impl Strategy<Value = Shape> {
    prop_oneof![Just(Shape::Json), Just(Shape::Elements), Just(Shape::Adds)]
}

/// What both forms can hold.
fn values() -> impl Strategy<Value = String> {
    "[ -~\t\r\n\u{a0}-\u{d7ff}\u{10000}-\u{10ffff}]{0,12}"
}

fn pairs() -> impl Strategy<Value = BTreeMap<String, String>> {
    prop::collection::btree_map("[A-Z][A-Za-z]{0,6}[0-9]", values(), 1..6).prop_filter(
        "one case each",
        |pairs| {
            let folded: std::collections::BTreeSet<String> =
                pairs.keys().map(|key| key.to_ascii_lowercase()).collect();
            folded.len() == pairs.len()
        },
    )
}

fn samples() -> impl Strategy<Value = (Sample, BTreeMap<String, String>)> {
    (shapes(), pairs(), "[ \t\r\n]{0,3}")
        .prop_map(|(shape, pairs, blank)| (print(shape, &pairs, &blank), pairs))
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _: Result<SettingsFile, SettingsError> = SettingsFile::parse(&bytes);
    }

    #[test]
    fn any_markup_is_read_or_refused(text in "[{<][ -~{}<>&;\"':,=/!\\[\\]\u{e9}]{0,60}") {
        let _: Result<SettingsFile, SettingsError> = SettingsFile::parse(text.as_bytes());
    }

    #[test]
    fn any_damage_to_a_file_is_read_or_refused(
        (sample, _) in samples(), at in any::<prop::sample::Index>(), byte in any::<u8>(),
    ) {
        let mut bytes = sample.text.into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(file) = SettingsFile::parse(&bytes) {
            prop_assert_eq!(file.edit(&BTreeMap::new(), &[]).unwrap(), bytes);
        }
    }

    #[test]
    fn every_value_is_read_as_it_was_printed((sample, pairs) in samples()) {
        let file = SettingsFile::parse(sample.text.as_bytes()).unwrap();
        for (key, value) in &pairs {
            prop_assert_eq!(file.get(key), Some(value.as_str()));
        }
    }

    #[test]
    fn the_same_values_give_the_same_bytes((sample, pairs) in samples()) {
        let file = SettingsFile::parse(sample.text.as_bytes()).unwrap();
        prop_assert_eq!(file.edit(&pairs, &[]).unwrap(), sample.text.into_bytes());
    }

    #[test]
    fn one_edit_changes_one_value_and_nothing_around_it(
        (sample, pairs) in samples(), which in any::<prop::sample::Index>(), new in values(),
    ) {
        let key = which.get(&sample.keys).clone();
        let file = SettingsFile::parse(sample.text.as_bytes()).unwrap();
        let change = BTreeMap::from([(key.clone(), new.clone())]);
        let bytes = file.edit(&change, &[]).unwrap();
        let after = SettingsFile::parse(&bytes).unwrap();
        prop_assert_eq!(after.get(&key), Some(new.as_str()));
        for (other, value) in pairs.iter().filter(|(other, _)| **other != key) {
            prop_assert_eq!(after.get(other), Some(value.as_str()));
        }
        // Back again: what was around the value has not changed.
        let old = BTreeMap::from([(key.clone(), pairs[&key].clone())]);
        let back = String::from_utf8(after.edit(&old, &[]).unwrap()).unwrap();
        let normal = |text: &str| {
            let file = SettingsFile::parse(text.as_bytes()).unwrap();
            let marker = BTreeMap::from([(key.clone(), "MARK".to_owned())]);
            file.edit(&marker, &[]).unwrap()
        };
        prop_assert_eq!(normal(&back), normal(&sample.text));
    }

    #[test]
    fn an_added_value_is_read_back_and_the_rest_stays((sample, pairs) in samples(), new in values()) {
        let file = SettingsFile::parse(sample.text.as_bytes()).unwrap();
        let change = BTreeMap::from([("Added".to_owned(), new.clone())]);
        let bytes = file.edit(&change, &["Added"]).unwrap();
        let after = SettingsFile::parse(&bytes).unwrap();
        prop_assert_eq!(after.get("Added"), Some(new.as_str()));
        for (key, value) in &pairs {
            prop_assert_eq!(after.get(key), Some(value.as_str()));
        }
        // The old text is the new one without one piece.
        let bytes = String::from_utf8(bytes).unwrap();
        let common = sample.text.bytes().zip(bytes.bytes()).take_while(|(old, new)| old == new).count();
        let tail = sample.text.len() - common;
        prop_assert!(bytes.len() > sample.text.len());
        prop_assert_eq!(&bytes.as_bytes()[bytes.len() - tail..], &sample.text.as_bytes()[common..]);
    }
}
