//! Account, password and logon right of a Scale Out service.

use super::services::{lookup, resolve};
use super::{OpContext, OpError, OpResult};
use scaleout_model::names::AccountName;
use scaleout_model::node::ServiceRef;
use scaleout_model::outcome::Outcome;
use scaleout_model::secret::SecretBytes;
use scaleout_model::sql::{Evidence, EvidencePurpose};

/// Proves the password by a logon before anything is written, grants the logon right, sets the account.
///
/// Idempotent: right and account are compared. A given password is set again, since what the service control
/// manager keeps can't be read; that changes nothing if it is the same, and takes effect at the next start. The
/// outcome carries the evidence that it was taken; the controller names the Secret in it.
pub(super) async fn set(
    cx: &OpContext<'_>,
    service: &ServiceRef,
    account: &AccountName,
    password: Option<&SecretBytes>,
) -> OpResult {
    let found = resolve(cx, service).await?;
    if let Some(password) = password {
        cx.read().prove_logon(account, password).await?;
    }
    let had_right = cx.read().has_service_logon_right(account).await?;
    if had_right && password.is_none() && found.account == *account {
        return Ok(Outcome::NoChange(None));
    }
    if !had_right {
        cx.write()?.grant_service_logon_right(account).await?;
    }
    cx.write()?.set_service_account(&found.name, account, password).await?;
    let granted = cx.read().has_service_logon_right(account).await?;
    if lookup(cx, &found.name).await?.account != *account || !granted {
        return Err(OpError::not_read_back("the service's account"));
    }
    if password.is_none() {
        return Ok(Outcome::Done(None));
    }
    Ok(Outcome::Done(Some(Evidence {
        purpose: EvidencePurpose::ServiceAccountPassword,
        target: cx.read().identity().await?.computer_name.to_string(),
        secret: String::new(),
        marker: account.to_string(),
        recorded_unix_ms: cx.read().clock_unix_ms().await?,
    })))
}
