//! What is secret in a lab.

use crate::Lab;
use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use scaleout_sim_site::Site;
use serde_json::Value;
use std::collections::BTreeMap;

/// Keys of Secrets whose values are not secret.
const PUBLIC: [&str; 3] = ["username", "ca.crt", "tls.crt"];
/// Shorter ones would be found everywhere.
const SHORTEST: usize = 8;

/// Every secret, with where it comes from.
pub(super) fn all(lab: &Lab) -> Result<BTreeMap<Vec<u8>, String>> {
    let mut found = BTreeMap::new();
    for text in lab.setting.known.texts() {
        found.insert(text.as_bytes().to_vec(), "what people know".to_owned());
    }
    for (collection, object) in lab.api.written() {
        if collection.plural == "secrets" {
            add_data(&object, &mut found)?;
        }
    }
    let site = lab.look(|site: &Site| serde_json::to_value(site))?;
    add_kept(&site, "", &mut found);
    if let Some((secret, name)) = found.iter().find(|(secret, _)| secret.len() < SHORTEST) {
        anyhow::bail!("{name} is too short to be looked for: {} bytes", secret.len());
    }
    Ok(found)
}

/// Data of a Secret.
fn add_data(secret: &Value, found: &mut BTreeMap<Vec<u8>, String>) -> Result<()> {
    let name = secret.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
    let data = secret.get("data").and_then(Value::as_object);
    for (key, value) in data.into_iter().flatten().filter(|(key, _)| !PUBLIC.contains(&key.as_str())) {
        let bytes = STANDARD.decode(value.as_str().unwrap_or_default()).context("data is not base64")?;
        found.insert(bytes, format!("{key} of Secret {name}"));
    }
    Ok(())
}

/// What the site keeps as secret: `{"secret": …}`.
fn add_kept(value: &Value, path: &str, found: &mut BTreeMap<Vec<u8>, String>) {
    match value {
        Value::Object(map) => {
            if let (1, Some(Value::String(secret))) = (map.len(), map.get("secret")) {
                found.insert(secret.as_bytes().to_vec(), format!("{path} of the site"));
                return;
            }
            map.iter().for_each(|(key, inner)| add_kept(inner, &format!("{path}/{key}"), found));
        }
        Value::Array(list) => list.iter().for_each(|inner| add_kept(inner, path, found)),
        _ => {}
    }
}
