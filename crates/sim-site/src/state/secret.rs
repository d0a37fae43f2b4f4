//! Secret texts and raw bytes in the state.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::sync::Arc;

/// A secret text. It is `{"secret": "…"}` in JSON, by which the dump finds every one and prints a keyed
/// digest instead; a plain string is read as well. Hidden in `Debug`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Secret {
    secret: String,
}

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self { secret: text.into() }
    }

    /// The text.
    pub fn expose(&self) -> &str {
        &self.secret
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Text(String),
            Wrapped { secret: String },
        }
        Ok(match Form::deserialize(deserializer)? {
            Form::Text(secret) | Form::Wrapped { secret } => Self { secret },
        })
    }
}

/// Bytes of a file or certificate; cheap to clone. Text in JSON where they are UTF-8, else `base64:…`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(Arc<[u8]>);

const BASE64_PREFIX: &str = "base64:";

impl Bytes {
    /// Takes over `bytes`.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into().into())
    }

    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bytes({})", self.0.len())
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(&self.0) {
            Ok(text) if !text.starts_with(BASE64_PREFIX) => serializer.serialize_str(text),
            _ => serializer.serialize_str(&format!("{BASE64_PREFIX}{}", STANDARD.encode(&self.0))),
        }
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.strip_prefix(BASE64_PREFIX) {
            None => Ok(Self::new(text)),
            Some(coded) => STANDARD
                .decode(coded)
                .map(Self::new)
                .map_err(|_| serde::de::Error::custom("not base64 after the prefix")),
        }
    }
}
