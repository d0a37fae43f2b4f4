//! The Windows domain: accounts, their SIDs, DNS records and computer objects.

use super::{Secret, Sid};
use scaleout_model::names::{AccountName, DnsName, NodeName};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The domain of all machines of the site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Domain {
    /// DNS suffix, `corp.example`.
    pub dns_suffix: String,
    /// NetBIOS name, `CORP`.
    pub net_bios: String,
    /// Accounts by `DOMAIN\name`.
    pub accounts: BTreeMap<AccountName, Account>,
    /// Address records by fully qualified name.
    pub dns: BTreeMap<DnsName, DnsRecord>,
    /// Computer objects of cluster names by their NetBIOS name, upper-case.
    pub computer_objects: BTreeMap<String, ComputerObject>,
}

/// A domain account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Account {
    /// Its SID.
    pub sid: Sid,
    /// User or group managed.
    pub kind: AccountKind,
    /// Whether it is disabled.
    #[serde(default)]
    pub disabled: bool,
}

/// Kind of a domain account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum AccountKind {
    /// A user with a password.
    User {
        /// The password in force.
        password: Secret,
    },
    /// A group managed service account.
    Managed {
        /// Machines that may retrieve its password.
        retrievers: BTreeSet<NodeName>,
    },
    /// A group.
    Group,
}

/// Address record of one name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DnsRecord {
    /// IPv4 addresses.
    pub addresses: BTreeSet<String>,
    /// Who made it: a node's name, or the resource name of a cluster's Network Name; empty = by hand.
    pub made_by: String,
}

/// A computer object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ComputerObject {
    /// Whether the cluster name object has full control of it (it made it, or an administrator pre-staged it).
    pub cluster_controls: bool,
}
