//! Tests of the settings-file editor.

mod json_files;
mod properties;
mod xml_files;

use std::collections::BTreeMap;

use super::{EditError, SettingsError, SettingsFile, SettingsFormat};

/// Changes from pairs.
fn changes(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn parse(text: &str) -> SettingsFile {
    SettingsFile::parse(text.as_bytes()).unwrap()
}

/// The text of an edited file.
fn edited(text: &str, pairs: &[(&str, &str)], add_missing: &[&str]) -> Result<String, EditError> {
    parse(text).edit(&changes(pairs), add_missing).map(|bytes| String::from_utf8(bytes).unwrap())
}

/// Writes a text as bytes in one encoding.
type Encode = fn(&str) -> Vec<u8>;

fn as_utf16(text: &str, unit: fn(u16) -> [u8; 2], mark: [u8; 2]) -> Vec<u8> {
    let body: Vec<u8> = text.encode_utf16().flat_map(unit).collect();
    [mark.as_slice(), body.as_slice()].concat()
}

#[test]
fn the_byte_order_mark_and_the_encoding_stay() {
    let before = "{\r\n  \"SqlServerName\": \"alt\u{e9}\",\r\n  \"PortNumber\": 8391\r\n}\r\n";
    let after = before.replace("8391", "8491");
    let forms: [(&str, Encode); 4] = [
        ("UTF-8", |text| text.as_bytes().to_vec()),
        ("UTF-8 with mark", |text| [&[0xef, 0xbb, 0xbf], text.as_bytes()].concat()),
        ("UTF-16LE", |text| as_utf16(text, u16::to_le_bytes, [0xff, 0xfe])),
        ("UTF-16BE", |text| as_utf16(text, u16::to_be_bytes, [0xfe, 0xff])),
    ];
    for (name, encode) in forms {
        let file = SettingsFile::parse(&encode(before)).unwrap();
        assert_eq!(file.get("SqlServerName"), Some("alt\u{e9}"), "{name}");
        let bytes = file.edit(&changes(&[("PortNumber", "8491")]), &[]).unwrap();
        assert_eq!(bytes, encode(&after), "{name}");
    }
}

#[test]
fn what_is_neither_form_is_refused() {
    for bytes in [&b""[..], b"   ", b"PortNumber=8391", b"[1]", b"\"text\"", b"\x00\x01"] {
        let refusal = SettingsFile::parse(bytes).unwrap_err();
        assert!(matches!(refusal, SettingsError::NeitherJsonNorXml), "{bytes:?}: {refusal:?}");
    }
    for bytes in [&b"{\xff}"[..], b"\xff\xfe{", b"\xfe\xff\xd8\x00"] {
        let refusal = SettingsFile::parse(bytes).unwrap_err();
        assert!(matches!(refusal, SettingsError::Encoding), "{bytes:?}: {refusal:?}");
    }
    let large = vec![b' '; super::MAX_BYTES + 1];
    assert!(matches!(SettingsFile::parse(&large), Err(SettingsError::TooLarge)));
}

#[test]
fn the_digest_is_of_the_bytes() {
    // FIPS 180-2: SHA-256 of the empty message.
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(super::digest(b""), empty);
    assert_eq!(parse("{}").digest(), super::digest(b"{}"));
    assert_ne!(parse("{}").digest(), parse("{ }").digest());
}

#[test]
fn two_changes_of_one_key_are_refused() {
    let text = "{\"PortNumber\": 1, \"LeaseInternval\": \"00:01:00\"}";
    for (one, other) in [("PortNumber", "portnumber"), ("LeaseInternval", "LeaseInterval")] {
        let refusal = edited(text, &[(one, "2"), (other, "3")], &[]);
        assert!(matches!(refusal, Err(EditError::NamedTwice(_))), "{one} {other}: {refusal:?}");
    }
}

#[test]
fn every_documented_key_is_found_by_every_spelling() {
    for known in super::keys::MASTER_KEYS.iter().chain(super::keys::WORKER_KEYS) {
        let spellings = [Some(known.name), known.older_spelling];
        for written in spellings.into_iter().flatten() {
            let file = parse(&format!("{{\"{written}\": \"x\"}}"));
            for asked in spellings.into_iter().flatten() {
                assert_eq!(file.get(asked), Some("x"), "{written} by {asked}");
                assert_eq!(file.get(&asked.to_uppercase()), Some("x"), "{written} by {asked}");
            }
        }
    }
}

#[test]
fn the_format_is_told_by_the_first_character() {
    assert_eq!(parse(" \r\n{}").format(), SettingsFormat::Json);
    assert_eq!(parse("\n<a/>").format(), SettingsFormat::Xml);
}
