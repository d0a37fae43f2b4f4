//! Certificates that people make by hand.

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use scaleout_certificates::{Authority, KeyAndCertificate, LeafRequest, generate_leaf};
use scaleout_model::certificate::Thumbprint;
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

/// A certificate as a store of the site holds it.
pub(crate) struct Made {
    pub(crate) thumbprint: Thumbprint,
    pub(crate) stored: Value,
}

impl Made {
    /// Without its key.
    pub(crate) fn public(&self) -> Value {
        let mut stored = self.stored.clone();
        stored["key"] = Value::Null;
        stored
    }
}

/// Self-signed, with its key.
pub(crate) fn own(names: &[&str]) -> Result<Made> {
    store(&generate_leaf(&request(names)?)?)
}

/// One that an authority issued, without its key.
pub(crate) fn issued() -> Result<(Thumbprint, Value)> {
    let made = store(&Authority::new("Somebody's authority")?.issue(&request(&["other.corp.example"])?)?)?;
    Ok((made.thumbprint, made.public()))
}

fn request(names: &[&str]) -> Result<LeafRequest> {
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())?;
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    Ok(LeafRequest { names, not_before: now - 86_400, not_after: now + 86_400 })
}

fn store(pair: &KeyAndCertificate) -> Result<Made> {
    let chain = pair.certificate_chain()?;
    let der = chain.first().context("no certificate")?;
    let stored = json!({
        "der": format!("base64:{}", STANDARD.encode(der)),
        "key": { "secret": pair.key_pem.as_str() },
        "keyReaders": [],
        "friendlyName": "",
    });
    Ok(Made { thumbprint: Thumbprint::of_der(der), stored })
}
