//! The SHA-1 thumbprint by which Windows, HTTP.sys and both settings files name a certificate.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use sha1::{Digest as _, Sha1};

/// Mark that the certificate dialog of Windows puts before a copied thumbprint.
const LEFT_TO_RIGHT_MARK: char = '\u{200e}';

/// SHA-1 digest of a certificate's DER form: the name of the certificate in a Windows store
/// (`CERT_SHA1_HASH_PROP_ID`), in `SSLCertThumbprint` and in `MasterHttpsCertThumbprint`.
///
/// Text is read as people paste it: in either case, with blanks or colons between the digits and
/// with the invisible U+200E in front. It is always written as 40 upper-case hexadecimal digits, so
/// that two equal thumbprints have equal text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Thumbprint([u8; Thumbprint::BYTES]);

/// Why a text is no [`Thumbprint`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ThumbprintError {
    /// Something stands between the digits that no tool puts there.
    #[error("a thumbprint has hexadecimal digits only, not {0:?}")]
    NotHexadecimal(char),
    /// There are too few or too many digits; a SHA-256 fingerprint has 64.
    #[error("a thumbprint has 40 hexadecimal digits, not {0}")]
    DigitCount(usize),
}

impl Thumbprint {
    /// Length in bytes.
    pub const BYTES: usize = 20;

    /// The thumbprint of a certificate in DER form. The bytes are not looked at.
    pub fn of_der(der: &[u8]) -> Self {
        Self(Sha1::digest(der).into())
    }

    /// A digest as a Windows call gives it.
    pub const fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// The digest as a Windows call takes it.
    pub const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }
}

impl FromStr for Thumbprint {
    type Err = ThumbprintError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0u8; Self::BYTES];
        let mut digits = 0usize;
        for character in text.chars() {
            if character.is_whitespace() || character == ':' || character == LEFT_TO_RIGHT_MARK {
                continue;
            }
            let value = character.to_digit(16).ok_or(ThumbprintError::NotHexadecimal(character))?;
            if let (Some(byte), Ok(value)) = (bytes.get_mut(digits / 2), u8::try_from(value)) {
                *byte = (*byte << 4) | value;
            }
            digits += 1;
        }
        if digits == 2 * Self::BYTES { Ok(Self(bytes)) } else { Err(ThumbprintError::DigitCount(digits)) }
    }
}

impl TryFrom<String> for Thumbprint {
    type Error = ThumbprintError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Thumbprint> for String {
    fn from(thumbprint: Thumbprint) -> Self {
        thumbprint.to_string()
    }
}

impl fmt::Display for Thumbprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode_upper(self.0))
    }
}

impl fmt::Debug for Thumbprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Thumbprint({self})")
    }
}

impl JsonSchema for Thumbprint {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("Thumbprint")
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "SHA-1 thumbprint of a certificate: 40 hexadecimal digits.",
        })
    }
}

#[cfg(test)]
#[path = "thumbprint_tests.rs"]
mod tests;
