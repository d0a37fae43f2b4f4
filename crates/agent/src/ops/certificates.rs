//! Import, remove and key rights of certificates in the machine's stores.

use super::{OpContext, OpError, OpResult};
use crate::claims::holder_text;
use crate::host::{HostCertificate, HostResult};
use crate::x509;
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use scaleout_model::certificate::{PublicCertificate, Thumbprint};
use scaleout_model::names::AccountName;
use scaleout_model::node::Store;
use scaleout_model::outcome::{Class, Outcome, Refusal};
use scaleout_model::secret::SecretBytes;

/// `ClientAuthTrustMode` under which Schannel bears certificates in Root that are not self-signed (KB2802568).
const EXCLUSIVE_CA_TRUST: u32 = 2;

/// Imports a certificate, with its key if given. Refuses an authority in any store, and in Root what is not
/// self-signed unless Schannel bears it. Idempotent by thumbprint; the placement is recorded before it is made.
pub(super) async fn import(
    cx: &OpContext<'_>,
    store: Store,
    thumbprint: Thumbprint,
    pem: &str,
    key: Option<&SecretBytes>,
) -> OpResult {
    let terminal = |message: &str| OpError::failed(Class::Terminal, message);
    let der = x509::single_der(pem).ok_or_else(|| terminal("the text is not exactly one certificate"))?;
    let certificate = PublicCertificate::from_der(&der).map_err(|error| terminal(&error.to_string()))?;
    if certificate.thumbprint() != thumbprint {
        return Err(terminal("the certificate has another thumbprint than the op says"));
    }
    if certificate.is_authority() {
        return Err(terminal("a certificate authority is not imported"));
    }
    if let Some(key) = key
        && !is_pair(&der, key)
    {
        return Err(terminal("the private key does not belong to the certificate"));
    }
    place(cx, store, &certificate, key).await
}

/// Puts a verified certificate into a store for the op's owner.
pub(super) async fn place(
    cx: &OpContext<'_>,
    store: Store,
    certificate: &PublicCertificate,
    key: Option<&SecretBytes>,
) -> OpResult {
    let thumbprint = certificate.thumbprint();
    let is_there = |found: &Option<HostCertificate>| {
        found.as_ref().is_some_and(|found| key.is_none() || found.has_private_key)
    };
    let before = find(cx, store, thumbprint).await?;
    if is_there(&before) {
        return Ok(Outcome::NoChange(None));
    }
    if store == Store::Root
        && !certificate.is_self_signed()
        && cx.read().client_auth_trust_mode().await? != Some(EXCLUSIVE_CA_TRUST)
    {
        let message = "a certificate that is not self-signed would break client certificates in Root";
        return Err(OpError::failed(Class::Terminal, message));
    }
    let write = cx.write()?;
    if before.is_none() {
        cx.claims().place(cx.fence(), store, thumbprint)?;
    }
    write.add_certificate(store, certificate.der(), key).await?;
    if !is_there(&find(cx, store, thumbprint).await?) {
        return Err(OpError::not_read_back("the certificate"));
    }
    Ok(Outcome::Done(None))
}

/// Removes a certificate that was placed for this owner, or for a worker beside this master. Refused while
/// HTTP.sys is bound to it. Idempotent: absent is done.
pub(super) async fn remove(cx: &OpContext<'_>, store: Store, thumbprint: Thumbprint) -> OpResult {
    if find(cx, store, thumbprint).await?.is_none() {
        cx.claims().displace(store, thumbprint)?;
        return Ok(Outcome::NoChange(None));
    }
    let placed = cx
        .claims()
        .placed_for(store, thumbprint)
        .ok_or_else(|| OpError::failed(Class::Terminal, "the certificate was not placed by this agent"))?;
    if !cx.claims().may_remove(cx.fence(), &placed) {
        return Err(OpError::Ended(Outcome::Refused(Refusal::ClaimedByOther(holder_text(&placed)))));
    }
    let bindings = cx.read().tls_bindings().await?;
    if let Some(bound) = bindings.iter().find(|b| b.store == store && b.thumbprint == thumbprint) {
        return Err(OpError::conflict(format!("the certificate is bound to port {}", bound.port)));
    }
    cx.write()?.delete_certificate(store, thumbprint).await?;
    if find(cx, store, thumbprint).await?.is_some() {
        return Err(OpError::not_read_back("the removal"));
    }
    cx.claims().displace(store, thumbprint)?;
    Ok(Outcome::Done(None))
}

/// Lets an account read a private key. Idempotent: the readers are looked at first.
pub(super) async fn grant(
    cx: &OpContext<'_>,
    store: Store,
    thumbprint: Thumbprint,
    account: &AccountName,
) -> OpResult {
    let found = find(cx, store, thumbprint).await?.filter(|certificate| certificate.has_private_key);
    let Some(found) = found else {
        return Err(OpError::failed(
            Class::Prerequisite,
            "the certificate, or its private key, is not there",
        ));
    };
    if found.key_readers.contains(account) {
        return Ok(Outcome::NoChange(None));
    }
    cx.write()?.grant_key_read(store, thumbprint, account).await?;
    if !find(cx, store, thumbprint).await?.is_some_and(|c| c.key_readers.contains(account)) {
        return Err(OpError::not_read_back("the right on the private key"));
    }
    Ok(Outcome::Done(None))
}

/// A certificate by store and thumbprint.
pub(super) async fn find(
    cx: &OpContext<'_>,
    store: Store,
    thumbprint: Thumbprint,
) -> HostResult<Option<HostCertificate>> {
    let all = cx.read().certificates().await?;
    Ok(all.into_iter().find(|c| c.store == store && Thumbprint::of_der(&c.der) == thumbprint))
}

fn is_pair(der: &[u8], key: &SecretBytes) -> bool {
    let Ok(key) = PrivateKeyDer::from_pem_slice(key.expose()) else { return false };
    let Ok(signer) = rustls::crypto::aws_lc_rs::sign::any_supported_type(&key) else { return false };
    CertifiedKey::new(vec![CertificateDer::from(der.to_vec())], signer).keys_match().is_ok()
}
