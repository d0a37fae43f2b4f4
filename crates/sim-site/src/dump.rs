//! The whole site as a value, with keyed digests in place of secrets.

use crate::explain::connection_string;
use crate::state::Site;
use sha2::{Digest as _, Sha256};

/// Block size of SHA-256.
const BLOCK: usize = 64;

/// The one secret that is dumped by its parts.
const LOG_CONNECTION: &str = "logConnectionString";
/// Keywords of a connection string whose values are no secrets.
const PLAIN: [&str; 3] = ["data source", "initial catalog", "user id"];

/// The site as JSON. Each secret is `hmac:` and 16 hex digits of its HMAC-SHA-256: equal secrets look equal under
/// one key, and nothing is learnt of them without it. Of the log connection string each value is told by itself.
pub fn dump(site: &Site, key: &[u8]) -> Result<serde_json::Value, serde_json::Error> {
    let mut value = serde_json::to_value(site)?;
    redact(&mut value, key);
    Ok(value)
}

fn redact(value: &mut serde_json::Value, key: &[u8]) {
    match value {
        serde_json::Value::Object(map) => {
            if let (1, Some(serde_json::Value::String(secret))) = (map.len(), map.get("secret")) {
                *value = serde_json::Value::String(keyed_digest(key, secret.as_bytes()));
                return;
            }
            if let Some(text) =
                map.get(LOG_CONNECTION).and_then(|log| log.get("secret")).and_then(|log| log.as_str())
            {
                let parts = redact_connection(text, key);
                map.insert(LOG_CONNECTION.to_owned(), parts);
            }
            map.values_mut().for_each(|inner| redact(inner, key));
        }
        serde_json::Value::Array(list) => list.iter_mut().for_each(|inner| redact(inner, key)),
        _ => {}
    }
}

/// A connection string by its keywords, lower-case.
fn redact_connection(text: &str, key: &[u8]) -> serde_json::Value {
    let shown = |(keyword, value): (String, String)| {
        let plain = PLAIN.contains(&keyword.as_str());
        let value = if plain { value } else { keyed_digest(key, value.as_bytes()) };
        (keyword, value.into())
    };
    serde_json::Value::Object(connection_string(text).into_iter().map(shown).collect())
}

/// `hmac:` and the first 16 hex digits of HMAC-SHA-256 (RFC 2104).
pub fn keyed_digest(key: &[u8], secret: &[u8]) -> String {
    let mut block = [0u8; BLOCK];
    let short = if key.len() > BLOCK { Sha256::digest(key).to_vec() } else { key.to_vec() };
    block.iter_mut().zip(short).for_each(|(slot, byte)| *slot = byte);
    let padded = |pad: u8| block.map(|byte| byte ^ pad);
    let inner = Sha256::new().chain_update(padded(0x36)).chain_update(secret).finalize();
    let outer = Sha256::new().chain_update(padded(0x5c)).chain_update(inner).finalize();
    let digits = hex::encode(outer);
    format!("hmac:{}", digits.get(..16).unwrap_or_default())
}
