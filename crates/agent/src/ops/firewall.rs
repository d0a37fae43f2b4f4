//! One inbound TCP rule of our group: there as it is wanted, or gone.

use super::{OpContext, OpError, OpResult};
use crate::host::HostResult;
use scaleout_model::defaults::FIREWALL_GROUP;
use scaleout_model::node::FirewallRule;
use scaleout_model::outcome::{Class, Outcome};

/// Longest rule name that is taken.
const MAX_NAME: usize = 128;

/// Idempotent: a rule that is as wanted is left alone. Names outside our group are refused.
pub(super) async fn ensure(cx: &OpContext<'_>, name: &str, port: u16) -> OpResult {
    if !is_ours(name) || port == 0 {
        return Err(foreign());
    }
    let wanted = FirewallRule { name: name.to_owned(), port, enabled: true };
    if cx.read().firewall_rules().await?.contains(&wanted) {
        return Ok(Outcome::NoChange(None));
    }
    cx.write()?.set_firewall_rule(&wanted).await?;
    if !cx.read().firewall_rules().await?.contains(&wanted) {
        return Err(OpError::not_read_back("the firewall rule"));
    }
    Ok(Outcome::Done(None))
}

/// Removes a rule of our group. Idempotent: none is done. A rule of this name in another group is not seen, and
/// names outside our group are refused.
pub(super) async fn remove(cx: &OpContext<'_>, name: &str) -> OpResult {
    if !is_ours(name) {
        return Err(foreign());
    }
    if !is_there(cx, name).await? {
        return Ok(Outcome::NoChange(None));
    }
    cx.write()?.delete_firewall_rule(name).await?;
    if is_there(cx, name).await? {
        return Err(OpError::not_read_back("the removal of the firewall rule"));
    }
    Ok(Outcome::Done(None))
}

async fn is_there(cx: &OpContext<'_>, name: &str) -> HostResult<bool> {
    Ok(cx.read().firewall_rules().await?.iter().any(|rule| rule.name == name))
}

fn is_ours(name: &str) -> bool {
    let is_plain = |c: char| !c.is_control() && c != '|';
    name.starts_with(FIREWALL_GROUP) && name.len() <= MAX_NAME && name.chars().all(is_plain)
}

fn foreign() -> OpError {
    OpError::failed(Class::Terminal, "this is no rule of our group")
}
