//! One inbound TCP rule of our group.

use super::{OpContext, OpError, OpResult};
use scaleout_model::defaults::FIREWALL_GROUP;
use scaleout_model::node::FirewallRule;
use scaleout_model::outcome::{Class, Outcome};

/// Longest rule name that is taken.
const MAX_NAME: usize = 128;

/// Idempotent: a rule that is as wanted is left alone. Names outside our group are refused.
pub(super) async fn ensure(cx: &OpContext<'_>, name: &str, port: u16) -> OpResult {
    let is_plain = |c: char| !c.is_control() && c != '|';
    if !name.starts_with(FIREWALL_GROUP) || name.len() > MAX_NAME || !name.chars().all(is_plain) || port == 0
    {
        return Err(OpError::failed(Class::Terminal, "this is no rule of our group"));
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
