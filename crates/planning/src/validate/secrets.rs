//! What may be known of the Secrets that a spec names: names, versions, keys, and their public content.

use scaleout_model::certificate::PublicCertificate;
use scaleout_model::desired::SecretSlot;
use scaleout_model::secret::SecretHandle;
use std::collections::{BTreeMap, BTreeSet};

/// A certificate with its key in a Secret; the key was checked to belong to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicPair {
    /// The certificate.
    pub certificate: PublicCertificate,
    /// The same, PEM.
    pub pem: String,
}

/// One Secret without its secret bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretFacts {
    /// uid.
    pub uid: String,
    /// resourceVersion.
    pub resource_version: String,
    /// Keys of its data.
    pub keys: BTreeSet<String>,
    /// `username` of a basic-auth Secret.
    pub username: Option<String>,
    /// Certificate and key, where it holds them: or why they can't be used.
    pub pair: Option<Result<PublicPair, String>>,
}

/// The Secrets that one spec names, by name; a name that is not here does not exist.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Secrets(pub BTreeMap<String, SecretFacts>);

impl Secrets {
    /// The handle of one value, or a sentence that says what is missing.
    pub fn slot(&self, name: &str, key: &str) -> SecretSlot {
        match self.0.get(name) {
            None => SecretSlot::Missing(format!("Secret {name} does not exist")),
            Some(facts) if !facts.keys.contains(key) => {
                SecretSlot::Missing(format!("Secret {name} has no key {key}"))
            }
            Some(facts) => SecretSlot::Present(SecretHandle {
                name: name.to_owned(),
                key: key.to_owned(),
                uid: facts.uid.clone(),
                resource_version: facts.resource_version.clone(),
            }),
        }
    }

    /// The slot of an optional reference.
    pub fn optional_slot(&self, name: Option<&str>, key: &str, field: &str) -> SecretSlot {
        let undeclared = || SecretSlot::Undeclared(format!("{field} is not set"));
        name.map_or_else(undeclared, |name| self.slot(name, key))
    }
}
