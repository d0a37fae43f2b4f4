//! Makes a self-signed leaf with its key on the node; the key never leaves it.

use super::certificates::place;
use super::{OpContext, OpError, OpResult};
use crate::claims::claim_of;
use scaleout_certificates::{KeyAndCertificate, LeafRequest, generate_leaf};
use scaleout_model::certificate::{PublicCertificate, Thumbprint};
use scaleout_model::names::DnsName;
use scaleout_model::node::Store;
use scaleout_model::outcome::{Class, Outcome};
use scaleout_model::secret::SecretBytes;

const DAY: i64 = 24 * 60 * 60;
/// Validity begins earlier, so that a peer whose clock is behind takes it.
const BACKDATED: i64 = DAY;
const LIFETIME: i64 = 5 * 365 * DAY;
/// One that ends sooner is replaced by a new one beside it.
const ENOUGH_LEFT: i64 = 31 * DAY;

/// Idempotent: does nothing if a certificate with these names, its key and more than a month to live, placed for
/// this owner, is in `My`.
pub(super) async fn generate(cx: &OpContext<'_>, names: &[DnsName]) -> OpResult {
    if names.is_empty() {
        return Err(OpError::failed(Class::Terminal, "a certificate without names is not made"));
    }
    let now = cx.read().clock_unix_ms().await? / 1000;
    if has_suitable(cx, names, now).await? {
        return Ok(Outcome::NoChange(None));
    }
    cx.progress("making a key");
    let request = LeafRequest {
        names: names.iter().map(ToString::to_string).collect(),
        not_before: now - BACKDATED,
        not_after: now + LIFETIME,
    };
    let pair = make(request).await?;
    let key = SecretBytes::new(pair.key_pem.as_bytes());
    let certificate = pair.public().map_err(|error| OpError::failed(Class::Terminal, error.to_string()))?;
    place(cx, Store::My, &certificate, Some(&key)).await
}

async fn make(request: LeafRequest) -> Result<KeyAndCertificate, OpError> {
    match tokio::task::spawn_blocking(move || generate_leaf(&request)).await {
        Ok(Ok(pair)) => Ok(pair),
        Ok(Err(error)) => Err(OpError::failed(Class::Terminal, error.to_string())),
        Err(_) => Err(OpError::failed(Class::Transient, "making the key was cut off")),
    }
}

async fn has_suitable(cx: &OpContext<'_>, names: &[DnsName], now: i64) -> Result<bool, OpError> {
    let owner = claim_of(cx.fence());
    let all = cx.read().certificates().await?;
    Ok(all.iter().filter(|found| found.store == Store::My && found.has_private_key).any(|found| {
        cx.claims().placed_for(Store::My, Thumbprint::of_der(&found.der)).as_ref() == Some(&owner)
            && PublicCertificate::from_der(&found.der).is_ok_and(|certificate| {
                certificate.not_after() > now + ENOUGH_LEFT
                    && names.iter().all(|name| certificate.covers_name(name.as_str()))
            })
    }))
}
