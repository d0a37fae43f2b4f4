//! HTTP.sys: the certificate of a port and who may listen on the master's URL.

use super::certificates::find;
use super::{OpContext, OpError, OpResult};
use crate::host::HostResult;
use scaleout_model::certificate::Thumbprint;
use scaleout_model::names::AccountName;
use scaleout_model::node::{Store, TlsBinding, UrlReservation};
use scaleout_model::outcome::{Class, Outcome};

/// Binds a certificate of Root. Idempotent: bound already is done. Conflict if something else is bound than the
/// op was decided from (after a crash between delete and add nothing is, and the controller looks again).
pub(super) async fn bind(
    cx: &OpContext<'_>,
    port: u16,
    thumbprint: Thumbprint,
    expected: Option<Thumbprint>,
) -> OpResult {
    let wanted = TlsBinding { port, thumbprint, store: Store::Root };
    let bound = binding(cx, port).await?;
    if bound.as_ref() == Some(&wanted) {
        return Ok(Outcome::NoChange(None));
    }
    let seen = bound.as_ref().map(|b| b.thumbprint);
    if seen != expected {
        return Err(OpError::conflict(match seen {
            Some(other) => format!("port {port} is bound to {other}"),
            None => format!("port {port} is not bound"),
        }));
    }
    if !find(cx, Store::Root, thumbprint).await?.is_some_and(|certificate| certificate.has_private_key) {
        return Err(OpError::failed(Class::Prerequisite, "the certificate and its key are not in Root"));
    }
    if bound.is_some() {
        cx.write()?.delete_tls_binding(port).await?;
    }
    cx.write()?.add_tls_binding(&wanted).await?;
    if binding(cx, port).await? != Some(wanted) {
        return Err(OpError::not_read_back("the binding"));
    }
    Ok(Outcome::Done(None))
}

/// Takes a binding off its port. Idempotent: no binding is done. Conflict if another certificate, or one of
/// another store, is bound than the op was decided from.
pub(super) async fn unbind(cx: &OpContext<'_>, port: u16, expected: Thumbprint) -> OpResult {
    let Some(bound) = binding(cx, port).await? else { return Ok(Outcome::NoChange(None)) };
    if bound.thumbprint != expected || bound.store != Store::Root {
        return Err(OpError::conflict(format!("port {port} is bound to {}", bound.thumbprint)));
    }
    cx.write()?.delete_tls_binding(port).await?;
    if binding(cx, port).await?.is_some() {
        return Err(OpError::not_read_back("the removal of the binding"));
    }
    Ok(Outcome::Done(None))
}

/// Takes the reservation of an account away. Idempotent: none is done. Conflict if it is another account's.
pub(super) async fn release(cx: &OpContext<'_>, port: u16, account: &AccountName) -> OpResult {
    let Some(found) = reservation(cx, port).await? else { return Ok(Outcome::NoChange(None)) };
    if found.account != *account {
        return Err(OpError::conflict(format!("the URL of port {port} is reserved for {}", found.account)));
    }
    cx.write()?.delete_url_reservation(port).await?;
    if reservation(cx, port).await?.is_some() {
        return Err(OpError::not_read_back("the removal of the reservation"));
    }
    Ok(Outcome::Done(None))
}

/// Reserves the master's URL. Idempotent: reserved for this account already is done.
pub(super) async fn reserve(cx: &OpContext<'_>, port: u16, account: &AccountName) -> OpResult {
    let wanted = UrlReservation { port, account: account.clone() };
    let found = reservation(cx, port).await?;
    if found.as_ref() == Some(&wanted) {
        return Ok(Outcome::NoChange(None));
    }
    if found.is_some() {
        cx.write()?.delete_url_reservation(port).await?;
    }
    cx.write()?.add_url_reservation(&wanted).await?;
    if reservation(cx, port).await? != Some(wanted) {
        return Err(OpError::not_read_back("the reservation"));
    }
    Ok(Outcome::Done(None))
}

async fn binding(cx: &OpContext<'_>, port: u16) -> HostResult<Option<TlsBinding>> {
    Ok(cx.read().tls_bindings().await?.into_iter().find(|binding| binding.port == port))
}

async fn reservation(cx: &OpContext<'_>, port: u16) -> HostResult<Option<UrlReservation>> {
    Ok(cx.read().url_reservations().await?.into_iter().find(|reservation| reservation.port == port))
}
