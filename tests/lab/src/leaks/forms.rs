//! The forms in which a secret may be written.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use std::fmt::Write as _;

/// Shorter needles are found by chance.
const SHORTEST: usize = 8;
/// Lines of a long PEM key that hold its public modulus.
const PUBLIC_LINES: usize = 7;
/// Bytes of a secret in a list of numbers: `Vec<u8>` in `Debug`.
const LISTED: usize = 8;

/// The forms of a secret, each with its name. Of a key in PEM each line of its own, without what is public in it.
pub fn forms_of(secret: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let text = std::str::from_utf8(secret).unwrap_or_default();
    let mut forms =
        if text.contains("-----BEGIN") { forms_of_key(text) } else { forms_of_text(secret, text) };
    forms.retain(|(_, form)| form.len() >= SHORTEST);
    forms
}

fn forms_of_key(pem: &str) -> Vec<(&'static str, Vec<u8>)> {
    let body: Vec<&str> = pem.lines().map(str::trim).filter(|line| !line.starts_with("-----")).collect();
    let public = if body.len() > 2 * PUBLIC_LINES { PUBLIC_LINES } else { 0 };
    let mut forms = Vec::new();
    for line in body.into_iter().skip(public).filter(|line| line.len() >= 32) {
        forms.push(("a line of PEM", line.as_bytes().to_vec()));
        for shift in 0..3 {
            forms.push(("base64 of PEM", base64(line.as_bytes(), shift, &alphabet::STANDARD)));
        }
    }
    forms
}

fn forms_of_text(secret: &[u8], text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let numbers: Vec<String> = secret.iter().take(LISTED).map(ToString::to_string).collect();
    let sql = text.replace('\'', "''");
    let mut forms = vec![
        ("a list of numbers", numbers.join(", ").into_bytes()),
        ("a list of numbers without blanks", numbers.join(",").into_bytes()),
        ("hex", hex::encode(secret).into_bytes()),
        ("hex of UTF-16", hex::encode(&wide).into_bytes()),
        ("UTF-16", wide.clone()),
        ("bytes", secret.to_vec()),
    ];
    for (bytes, name) in [(secret, "base64"), (wide.as_slice(), "base64 of UTF-16")] {
        for shift in 0..3 {
            forms.push((name, base64(bytes, shift, &alphabet::STANDARD)));
            forms.push((name, base64(bytes, shift, &alphabet::URL_SAFE)));
        }
    }
    let quoted = [
        ("T-SQL", sql.clone()),
        ("a T-SQL name", text.replace(']', "]]")),
        ("T-SQL in T-SQL", sql.replace('\'', "''")),
        ("a quoted value of a connection string", text.replace('"', "\"\"")),
        ("URL-encoded", percent(secret, "%20")),
        ("form-encoded", percent(secret, "+")),
        ("XML", xml(text)),
    ];
    for (name, form) in quoted {
        forms.push(("in JSON", json(&form)));
        forms.push(("in Debug", form.escape_debug().to_string().into_bytes()));
        forms.push((name, form.into_bytes()));
    }
    forms.push(("in JSON", json(text)));
    forms.push(("in ASCII JSON", ascii_json(text)));
    forms.push(("in Debug", text.escape_debug().to_string().into_bytes()));
    forms
}

/// The base64 digits that depend on these bytes alone, wherever in a longer text they begin.
fn base64(bytes: &[u8], shift: usize, alphabet: &alphabet::Alphabet) -> Vec<u8> {
    let padding = GeneralPurposeConfig::new().with_encode_padding(false);
    let moved = [vec![0; shift], bytes.to_vec()].concat();
    let digits = GeneralPurpose::new(alphabet, padding).encode(&moved).into_bytes();
    let first = (shift * 8).div_ceil(6);
    let end = moved.len() * 8 / 6;
    digits.get(first..end).unwrap_or_default().to_vec()
}

fn percent(bytes: &[u8], blank: &str) -> String {
    let mut text = String::new();
    for byte in bytes {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                text.push(char::from(*byte));
            }
            b' ' => text.push_str(blank),
            other => {
                let _ = write!(text, "%{other:02X}");
            }
        }
    }
    text
}

fn xml(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\'', "&apos;")
}

/// Inside the quotes.
fn json(text: &str) -> Vec<u8> {
    serde_json::Value::from(text).to_string().trim_matches('"').as_bytes().to_vec()
}

fn ascii_json(text: &str) -> Vec<u8> {
    let mut ascii = String::new();
    for character in String::from_utf8_lossy(&json(text)).chars() {
        if character.is_ascii() {
            ascii.push(character);
        } else {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                let _ = write!(ascii, "\\u{unit:04x}");
            }
        }
    }
    ascii.into_bytes()
}
