//! The Secrets that objects name, filled with what the simulated site's people know.

use super::{Declared, NAMESPACE, OWN_NAMESPACE, Object, Sim};
use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;

/// A Secret to apply. Its content is in no `Debug`.
#[derive(Clone)]
pub struct Secret {
    namespace: String,
    name: String,
    type_: &'static str,
    data: Vec<(&'static str, String)>,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secret({}/{})", self.namespace, self.name)
    }
}

impl Secret {
    /// An empty one.
    pub fn new(namespace: &str, name: &str, type_: &'static str) -> Self {
        Self { namespace: namespace.to_owned(), name: name.to_owned(), type_, data: Vec::new() }
    }

    /// Adds a key.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.data.push((key, value.into()));
        self
    }

    /// As Kubernetes takes it.
    pub(super) fn manifest(&self) -> Value {
        let data: Map<String, Value> =
            self.data.iter().map(|(key, value)| ((*key).to_owned(), STANDARD.encode(value).into())).collect();
        json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"namespace": self.namespace, "name": self.name},
            "type": self.type_,
            "data": data,
        })
    }
}

/// All Secrets that the objects name (certificates apart), and the controller's client certificate. A Secret of an
/// account gets that account's password, the operator's and the observer's those of the logins whose names say so; what
/// nobody knows yet is made up.
pub fn derive(declared: &Declared, sim: &Sim) -> Result<Vec<Secret>> {
    let known = sim.credentials()?;
    let mut secrets = vec![
        Secret::new(OWN_NAMESPACE, "scaleout-agent-client", "Opaque")
            .with("tls.crt", sim.read("controller.crt")?)
            .with("tls.key", sim.read("controller.key")?)
            .with("ca.crt", sim.read("agents-ca.crt")?),
    ];
    let group = &declared.group;
    for word in ["operator", "observer"] {
        let name = group.text(&format!("/spec/sqlAuthentication/{word}SecretRef/name"));
        if !name.is_empty() {
            secrets.push(login(&known.logins, word, name)?);
        }
    }
    let opaque = |name: &str| Secret::new(NAMESPACE, name, "Opaque");
    secrets.push(opaque(group.text("/spec/sqlTls/caSecretRef/name")).with("ca.crt", sim.read("sql-ca.crt")?));
    let key = group.text("/spec/catalog/masterKeySecretRef/name");
    secrets.push(opaque(key).with("password", made_up()?));
    let log = declared.master.text("/spec/executionLogging/loginSecretRef/name");
    secrets.push(opaque(log).with("password", made_up()?));
    for object in [&declared.master].into_iter().chain(&declared.workers) {
        secrets.extend(account(&known.accounts, object)?);
    }
    secrets.retain(|secret| !secret.name.is_empty());
    secrets.dedup_by(|one, other| (&one.namespace, &one.name) == (&other.namespace, &other.name));
    Ok(secrets)
}

fn login(logins: &BTreeMap<String, String>, word: &str, name: &str) -> Result<Secret> {
    let found = logins.iter().find(|(login, _)| login.contains(word));
    let (login, password) = found.with_context(|| format!("no login of the site is called …{word}…"))?;
    let secret = Secret::new(NAMESPACE, name, "kubernetes.io/basic-auth");
    Ok(secret.with("username", login).with("password", password))
}

/// The Secret of an object's service account, if it names one.
fn account(accounts: &BTreeMap<String, String>, object: &Object) -> Result<Option<Secret>> {
    let name = object.text("/spec/serviceAccount/passwordSecretRef/name");
    if name.is_empty() {
        return Ok(None);
    }
    let account = object.text("/spec/serviceAccount/name");
    let password = accounts.get(account).with_context(|| format!("the site has no account {account}"))?;
    Ok(Some(Secret::new(NAMESPACE, name, "Opaque").with("password", password)))
}

/// A random password that any policy takes.
fn made_up() -> Result<String> {
    let mut bytes = [0_u8; 18];
    File::open("/dev/urandom")
        .and_then(|mut random| random.read_exact(&mut bytes))
        .context("no random bytes")?;
    Ok(format!("aA1-{}", STANDARD.encode(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_has_its_content_in_base64_and_debug_has_none() {
        let secret = Secret::new("ssis", "one", "Opaque").with("password", "p w");
        assert_eq!(secret.manifest()["data"]["password"], "cCB3");
        assert_eq!(format!("{secret:?}"), "Secret(ssis/one)");
    }
}
