//! The Secrets that objects name, filled with what the simulated site's people know.

use crate::objects::{self, kind_of, text};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use scaleout_sim::description::Description;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Passwords of logins and accounts by name, and of what nobody knew before.
#[derive(Clone)]
pub struct Known {
    logins: BTreeMap<String, String>,
    accounts: BTreeMap<String, String>,
    /// Password of SSISDB's master key.
    pub master_key: String,
    /// Password of the workers' log login.
    pub log_login: String,
}

impl Known {
    /// What a site file says; master key and log login have these passwords.
    pub fn of(description: &Description, master_key: &str, log_login: &str) -> Self {
        let domain = &description.site.domain.net_bios;
        let accounts = description.site.accounts.iter().filter_map(|account| {
            Some((format!(r"{domain}\{}", account.name), account.password.as_ref()?.expose().to_owned()))
        });
        let logins = description.site.logins.iter();
        Self {
            logins: logins.map(|l| (l.name.to_string(), l.password.expose().to_owned())).collect(),
            accounts: accounts.collect(),
            master_key: master_key.to_owned(),
            log_login: log_login.to_owned(),
        }
    }

    /// All of it.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        let named = self.logins.values().chain(self.accounts.values());
        named.chain([&self.master_key, &self.log_login]).map(String::as_str)
    }

    /// The Secrets that these objects name.
    pub fn derive(&self, objects: &[Value]) -> Vec<Value> {
        let mut secrets = BTreeMap::new();
        for object in objects {
            let mut add = |name: &str, secret: Value| {
                if !name.is_empty() {
                    secrets.insert(name.to_owned(), secret);
                }
            };
            for word in ["operator", "observer"] {
                let name = text(object, &format!("/spec/sqlAuthentication/{word}SecretRef/name"));
                if let Some((login, password)) = self.logins.iter().find(|(login, _)| login.contains(word)) {
                    add(name, basic(name, login, password));
                }
            }
            let ca = text(object, "/spec/sqlTls/caSecretRef/name");
            add(ca, secret(ca, "Opaque", &[("ca.crt", "the CA of the instances")]));
            let key = text(object, "/spec/catalog/masterKeySecretRef/name");
            add(key, opaque(key, &self.master_key));
            let log = text(object, "/spec/executionLogging/loginSecretRef/name");
            add(log, opaque(log, &self.log_login));
            let account = text(object, "/spec/serviceAccount/passwordSecretRef/name");
            if let Some(password) = self.accounts.get(text(object, "/spec/serviceAccount/name")) {
                add(account, opaque(account, password));
            }
            debug_assert!(!kind_of(object).is_empty(), "an object of ours");
        }
        secrets.into_values().collect()
    }
}

/// `kubernetes.io/basic-auth`.
pub fn basic(name: &str, login: &str, password: &str) -> Value {
    secret(name, "kubernetes.io/basic-auth", &[("username", login), ("password", password)])
}

/// Opaque with `password`.
pub fn opaque(name: &str, password: &str) -> Value {
    secret(name, "Opaque", &[("password", password)])
}

/// A Secret as Kubernetes keeps it, with what `kubectl apply` leaves in its annotations.
pub fn secret(name: &str, type_: &str, data: &[(&str, &str)]) -> Value {
    let data: Map<String, Value> =
        data.iter().map(|(key, value)| ((*key).to_owned(), STANDARD.encode(value).into())).collect();
    let mut secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "type": type_, "data": data});
    let applied = json!({"kubectl.kubernetes.io/last-applied-configuration": secret.to_string()});
    objects::merge(&mut secret, &json!({"metadata": {"annotations": applied}}));
    secret
}
