//! SQL Server versions with Scale Out, and the names that follow from them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// How sure a name in the table is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confidence {
    /// Documented or read from the product.
    Confirmed,
    /// Follows the pattern only; the agent discovers the real one and a difference is a finding.
    Unconfirmed,
}

/// A major version of SQL Server that has Scale Out (`14` = 2017 … `16` = 2022).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "u32", into = "u32")]
pub struct SqlVersion(u32);

/// The version is none with Scale Out that we support.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("SQL Server major version {0} is not supported: 14 (2017), 15 (2019) and 16 (2022) are")]
pub struct UnsupportedVersion(pub u32);

impl TryFrom<u32> for SqlVersion {
    type Error = UnsupportedVersion;
    fn try_from(major: u32) -> Result<Self, UnsupportedVersion> {
        if (14..=16).contains(&major) { Ok(Self(major)) } else { Err(UnsupportedVersion(major)) }
    }
}

impl From<SqlVersion> for u32 {
    fn from(version: SqlVersion) -> Self {
        version.0
    }
}

impl SqlVersion {
    /// SQL Server 2017.
    pub const V2017: Self = Self(14);
    /// SQL Server 2019.
    pub const V2019: Self = Self(15);
    /// SQL Server 2022.
    pub const V2022: Self = Self(16);

    /// From a marketing year, `2017`, `2019` or `2022`.
    pub fn from_year(year: &str) -> Option<Self> {
        match year {
            "2017" => Some(Self::V2017),
            "2019" => Some(Self::V2019),
            "2022" => Some(Self::V2022),
            _ => None,
        }
    }

    /// The major number, `15`.
    pub fn major(self) -> u32 {
        self.0
    }

    /// The folder and suffix, `150`.
    pub fn folder(self) -> String {
        format!("{}0", self.0)
    }

    /// The master's service key name, and how sure it is (2022: seen in public scripts only).
    pub fn master_service(self) -> (String, Confidence) {
        let sure = if self.0 <= 15 { Confidence::Confirmed } else { Confidence::Unconfirmed };
        (format!("SSISScaleOutMaster{}", self.folder()), sure)
    }

    /// The worker's service key name, and how sure it is (2022: by the pattern only).
    pub fn worker_service(self) -> (String, Confidence) {
        let sure = if self.0 <= 15 { Confidence::Confirmed } else { Confidence::Unconfirmed };
        (format!("SSISScaleOutWorker{}", self.folder()), sure)
    }

    /// Synchronous replicas allowed, the primary included (3 in 2017, 5 since 2019).
    pub fn max_synchronous_replicas(self) -> usize {
        if self.0 >= 15 { 5 } else { 3 }
    }
}

impl fmt::Display for SqlVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            14 => "2017",
            15 => "2019",
            _ => "2022",
        })
    }
}
