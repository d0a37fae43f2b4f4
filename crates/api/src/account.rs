//! The account that a Scale Out service runs under.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use crate::references::SecretRef;

/// A member of a union that has no settings yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
pub struct Empty {}

/// The service's account: a domain account with a password, a group managed one, or whatever it has.
#[derive(Clone, Debug, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = ("[has(self.passwordSecretRef), has(self.groupManaged), has(self.unmanaged)].filter(m, m).size() == 1",
        "serviceAccount needs exactly one of passwordSecretRef, groupManaged and unmanaged"),
    validation = ("has(self.unmanaged) != has(self.name)",
        "serviceAccount.name is required, except with unmanaged where it must be absent"),
    validation = ("!has(self.groupManaged) || !has(self.name) || self.name.endsWith('$')",
        "the name of a group managed account ends with $")
)]
pub struct ServiceAccount {
    /// The account as `DOMAIN\name`, compared without case; a group managed account ends with `$`. Required,
    /// except with `unmanaged`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "crate::formats::account")]
    pub name: Option<String>,
    /// An Opaque Secret whose key `password` holds the account's password. Read only when the service is
    /// installed or its password must be set; without it that step is Blocked with SecretRequired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_secret_ref: Option<SecretRef>,
    /// The account is a group managed service account: Windows knows its password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_managed: Option<Empty>,
    /// The account is left as found; it is read from the service and gets the rights that it needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unmanaged: Option<Empty>,
}
