//! Names of Windows and SQL Server things: compared without case, kept as written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

/// Defines a name type whose comparison ignores ASCII case and whose text is kept as written.
macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps `text` as it is; whether it is a legal name was decided by `validate`.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text as it was written.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            fn folded(&self) -> impl Iterator<Item = char> + '_ {
                self.0.chars().flat_map(char::to_lowercase)
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.folded().eq(other.folded())
            }
        }
        impl Eq for $name {}
        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }
        impl Ord for $name {
            fn cmp(&self, other: &Self) -> Ordering {
                self.folded().cmp(other.folded())
            }
        }
        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.folded().for_each(|c| c.hash(state));
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", self.0)
            }
        }
        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }
    };
}

name_type! {
    /// A member of the failover cluster, or a worker's machine: its computer name (`SQL01`).
    NodeName
}
name_type! {
    /// An availability replica by its instance's own name: `SQL01` or `SQL01\PROD`.
    ReplicaName
}
name_type! {
    /// A SQL Server instance on one machine: `MSSQLSERVER` or `PROD`.
    InstanceName
}
name_type! {
    /// A Windows account: `CORP\svc-ssis-master`, `CORP\gmsa$`, `NT SERVICE\…`.
    AccountName
}
name_type! {
    /// A SQL Server login.
    LoginName
}
name_type! {
    /// A DNS name, without a trailing dot.
    DnsName
}
name_type! {
    /// A clustered role (a group of the failover cluster).
    RoleName
}
name_type! {
    /// An availability group.
    GroupName
}
name_type! {
    /// A key of the node agent's own table of installation media.
    MediaKey
}

impl ReplicaName {
    /// The machine part: `SQL01` of `SQL01\PROD`.
    pub fn machine(&self) -> NodeName {
        NodeName::new(self.0.split('\\').next().unwrap_or_default())
    }

    /// The instance part: `PROD` of `SQL01\PROD`, `MSSQLSERVER` where there is none.
    pub fn instance(&self) -> InstanceName {
        InstanceName::new(self.0.split_once('\\').map_or(crate::defaults::DEFAULT_INSTANCE, |(_, i)| i))
    }
}

impl DnsName {
    /// Whether both name one host: equal, or one is the first label of the other
    /// (`ssis-master` equals `ssis-master.corp.example`).
    pub fn same_host(&self, other: &Self) -> bool {
        self == other || Self::is_label_of(self, other) || Self::is_label_of(other, self)
    }

    /// The first label.
    pub fn first_label(&self) -> &str {
        self.0.split('.').next().unwrap_or_default()
    }

    fn is_label_of(short: &Self, long: &Self) -> bool {
        !short.0.contains('.') && short.0.eq_ignore_ascii_case(long.first_label())
    }
}

impl AccountName {
    /// Whether the account is usable from another machine: a domain account or a gMSA, not a virtual or
    /// built-in one (domain facts: the master's account must reach SSISDB on the other node).
    pub fn is_domain(&self) -> bool {
        self.0.split_once('\\').is_some_and(|(domain, user)| {
            !user.is_empty()
                && domain != "."
                && !["NT SERVICE", "NT AUTHORITY", "BUILTIN"].iter().any(|d| d.eq_ignore_ascii_case(domain))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_compare_without_case() {
        assert_eq!(NodeName::new("sql01"), NodeName::new("SQL01"));
        assert_eq!(ReplicaName::new(r"SQL01\PROD").machine(), NodeName::new("sql01"));
        assert_eq!(ReplicaName::new("SQL01").instance().as_str(), "MSSQLSERVER");
    }

    #[test]
    fn a_short_name_is_its_fqdn() {
        let cases = [
            ("a", "a.corp.example", true),
            ("A", "a", true),
            ("a.corp.example", "a.other.example", false),
            ("ab", "a.corp.example", false),
        ];
        for (left, right, same) in cases {
            assert_eq!(DnsName::new(left).same_host(&DnsName::new(right)), same, "{left} {right}");
        }
    }

    #[test]
    fn virtual_accounts_are_local() {
        for (account, domain) in [
            (r"CORP\svc", true),
            (r"CORP\gmsa$", true),
            (r"NT Service\SSISScaleOutMaster150", false),
            ("LocalSystem", false),
            (r".\local", false),
        ] {
            assert_eq!(AccountName::new(account).is_domain(), domain, "{account}");
        }
    }
}
