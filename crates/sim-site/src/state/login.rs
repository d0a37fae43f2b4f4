//! Logins, their passwords and server permissions.

use super::{Secret, Sid};
use scaleout_model::names::LoginName;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A login.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Login {
    /// `principal_id`.
    pub id: i32,
    /// Its SID.
    pub sid: Sid,
    /// Type.
    pub kind: LoginKind,
    /// Whether it is disabled.
    pub disabled: bool,
    /// `is_policy_checked`.
    pub policy_checked: bool,
    /// `is_expiration_checked`.
    pub expiration_checked: bool,
    /// `default_database_name`.
    pub default_database: String,
    /// Fixed server roles, lower-case (`sysadmin`, `securityadmin`, …).
    pub roles: BTreeSet<String>,
    /// `create_date`, unix ms.
    pub created_ms: i64,
    /// `modify_date`, unix ms.
    pub modified_ms: i64,
}

/// Type of a login.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum LoginKind {
    /// A SQL login (`S`).
    Sql(LoginPassword),
    /// A Windows account (`U`).
    Windows,
    /// A Windows group (`G`).
    WindowsGroup,
    /// Mapped to a certificate or key (`C`, `K`).
    Mapped,
}

/// Password of a SQL login; its hash is derived ([`LoginPassword::hash`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum LoginPassword {
    /// The text is known (set as text, or copied as a hash of a known one).
    Text {
        /// The text.
        text: Secret,
        /// Salt, 8 hex digits.
        salt: String,
    },
    /// Only the hash is known, upper-case hex without prefix.
    Hash(Secret),
}

/// A server-level permission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServerPermission {
    /// To whom.
    pub grantee: LoginName,
    /// Name, upper-case, `VIEW SERVER STATE`.
    pub permission: String,
    /// Endpoint, for a permission on one.
    pub endpoint: Option<String>,
    /// Whether it is a DENY.
    pub denied: bool,
}

impl LoginPassword {
    /// The hash as `sys.sql_logins.password_hash` has it, upper-case hex: `0200`, salt, SHA-512 of the UTF-16
    /// text and the salt (SQL Server 2012 to 2022).
    pub fn hash(&self) -> String {
        match self {
            Self::Text { text, salt } => hash_password(text.expose(), salt),
            Self::Hash(hash) => hash.expose().to_owned(),
        }
    }

    /// Whether `attempt` is the password (`PWDCOMPARE`).
    pub fn accepts(&self, attempt: &str) -> bool {
        match self {
            Self::Text { text, .. } => text.expose() == attempt,
            Self::Hash(hash) => {
                hash.expose().get(4..12).is_some_and(|salt| hash_password(attempt, salt) == hash.expose())
            }
        }
    }
}

fn hash_password(text: &str, salt: &str) -> String {
    use sha2::{Digest as _, Sha512};
    let mut digest = Sha512::new();
    text.encode_utf16().for_each(|unit| digest.update(unit.to_le_bytes()));
    digest.update(hex::decode(salt).unwrap_or_default());
    format!("0200{}{}", salt.to_uppercase(), hex::encode_upper(digest.finalize()))
}

impl Login {
    /// Whether it is a member of `sysadmin`.
    pub fn is_sysadmin(&self) -> bool {
        self.roles.contains("sysadmin")
    }
}
