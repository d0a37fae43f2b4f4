//! Security identifiers in their binary form, as SQL Server keeps them.

use serde::{Deserialize, Serialize};
use sha1::{Digest as _, Sha1};
use sha2::Sha256;
use std::fmt;

/// A SID: upper-case hex of its bytes, without prefix. That of a SQL login is 16 arbitrary bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sid(String);

/// A text is no hex.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a SID is 1 to 85 bytes in hex")]
pub struct SidError;

impl Sid {
    /// SID of `sa`: one byte.
    pub fn sa() -> Self {
        Self("01".to_owned())
    }

    /// `NT AUTHORITY\SYSTEM`, S-1-5-18.
    pub fn local_system() -> Self {
        Self("010100000000000512000000".to_owned())
    }

    /// From bytes.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self(hex::encode_upper(bytes))
    }

    /// SID of a domain account, made from the domain's name and the account's.
    pub fn of_account(domain: &str, account: &str) -> Self {
        let domain_part = Sha256::digest(domain.to_lowercase());
        let relative = Sha256::digest(account.to_lowercase());
        let mut bytes = vec![1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0];
        bytes.extend(domain_part.iter().take(12));
        bytes.extend(relative.iter().take(2));
        bytes.extend([1, 0]);
        Self::from_bytes(&bytes)
    }

    /// SID of `NT SERVICE\name`: S-1-5-80 and the SHA-1 of the upper-case name in UTF-16.
    pub fn of_service(name: &str) -> Self {
        let mut digest = Sha1::new();
        name.to_uppercase().encode_utf16().for_each(|unit| digest.update(unit.to_le_bytes()));
        let mut bytes = vec![1, 6, 0, 0, 0, 0, 0, 5, 80, 0, 0, 0];
        bytes.extend(digest.finalize());
        Self::from_bytes(&bytes)
    }

    /// 16 bytes made from a seed text, for a SQL login.
    pub fn of_sql_login(seed: &str) -> Self {
        Self::from_bytes(Sha256::digest(seed).get(..16).unwrap_or_default())
    }

    /// The hex text.
    pub fn as_hex(&self) -> &str {
        &self.0
    }

    /// The bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        hex::decode(&self.0).unwrap_or_default()
    }
}

impl TryFrom<String> for Sid {
    type Error = SidError;
    fn try_from(text: String) -> Result<Self, SidError> {
        let bytes = hex::decode(text.trim_start_matches("0x")).map_err(|_| SidError)?;
        if (1..=85).contains(&bytes.len()) { Ok(Self::from_bytes(&bytes)) } else { Err(SidError) }
    }
}

impl From<Sid> for String {
    fn from(sid: Sid) -> Self {
        sid.0
    }
}

impl fmt::Debug for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sid({})", self.0)
    }
}

impl fmt::Display for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
