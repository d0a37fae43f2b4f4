//! Whether a service can log on as its account.

use crate::state::{AccountKind, Node, Service, Site};
use scaleout_model::names::{AccountName, NodeName};

/// `ERROR_SERVICE_LOGON_FAILED`: wrong password or missing right.
pub const LOGON_FAILED: u32 = 1069;

/// Whether an account is the machine's own: built in, or virtual.
pub fn is_local(account: &AccountName) -> bool {
    let (domain, user) = account.as_str().split_once('\\').unwrap_or(("", account.as_str()));
    ["NT SERVICE", "NT AUTHORITY"].iter().any(|name| name.eq_ignore_ascii_case(domain))
        || (domain.is_empty() && user.eq_ignore_ascii_case("LocalSystem"))
}

/// Whether the service control manager can start a service as its account: password in force, and the right
/// to log on as a service. The code is Win32's.
pub fn service_logon(site: &Site, node_name: &NodeName, service: &Service) -> Result<(), u32> {
    if is_local(&service.account) {
        return Ok(());
    }
    let node = site.nodes.get(node_name).ok_or(LOGON_FAILED)?;
    let account = site.account(&service.account).ok_or(LOGON_FAILED)?;
    let authentic = !account.disabled
        && match &account.kind {
            AccountKind::User { password } => service.password.as_ref() == Some(password),
            AccountKind::Managed { retrievers } => retrievers.contains(node_name),
            AccountKind::Group => false,
        };
    if authentic && has_right(node, &service.account) { Ok(()) } else { Err(LOGON_FAILED) }
}

/// Whether an account may log on as a service.
pub fn has_right(node: &Node, account: &AccountName) -> bool {
    is_local(account) || node.service_logon_right.contains(account)
}

/// A network logon (`LogonUserW`): 1326 for an unknown account or a wrong password, 1331 for a disabled one.
pub fn prove(site: &Site, account: &AccountName, password: &str) -> Result<(), u32> {
    let known = site.account(account).ok_or(1326_u32)?;
    match &known.kind {
        AccountKind::User { password: own } if own.expose() == password => {
            if known.disabled {
                Err(1331)
            } else {
                Ok(())
            }
        }
        _ => Err(1326),
    }
}
