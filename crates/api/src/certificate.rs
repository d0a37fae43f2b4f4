//! Where a service's certificate comes from.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use crate::account::Empty;
use crate::references::SecretRef;

/// A certificate of a master or of a worker; only leaf certificates are accepted.
#[derive(Clone, Debug, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = (
    "[has(self.secretRef), has(self.selfSigned), has(self.existing)].filter(m, m).size() == 1",
    "certificate needs exactly one of secretRef, selfSigned and existing"
))]
pub struct Certificate {
    /// A kubernetes.io/tls Secret (`tls.crt`, `tls.key`; instead of both, PKCS#12 in `keystore.p12` with its
    /// password in `password`). Another certificate in the Secret is rolled out in the legal order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<SecretRef>,
    /// A self-signed RSA certificate is generated. A master's is kept in a Secret in the controller's own
    /// namespace, since it is the same on all nodes; a worker's key is made on its machine and never leaves it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub self_signed: Option<Empty>,
    /// A certificate that is already in the store of each node, with its private key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub existing: Option<ExistingCertificate>,
}

/// A certificate in the machine's store.
#[derive(Clone, Debug, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExistingCertificate {
    /// SHA-1 thumbprint of the certificate, 40 hex digits, compared without case.
    #[schemars(schema_with = "crate::formats::thumbprint")]
    pub thumbprint: String,
}
