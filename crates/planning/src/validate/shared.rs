//! What all kinds share: policy, agents' addresses, accounts, installation.

use super::{Invalid, Secrets};
use scaleout_api::installation::InstallationPolicy;
use scaleout_api::{Mode, SiteObject};
use scaleout_model::desired::{Installation, Policy, ServiceAccount};
use scaleout_model::fence::{Kind, Owner};
use scaleout_model::names::{AccountName, DnsName, MediaKey};
use scaleout_model::reason::Reason;

/// Host and port of an agent's endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentAddress {
    /// Host.
    pub host: DnsName,
    /// Port.
    pub port: u16,
}

/// `https://HOST:PORT` of an agent.
pub fn parse_agent(endpoint: &str) -> Result<AgentAddress, Invalid> {
    let invalid = || Invalid::new(Reason::InvalidSpec, format!("{endpoint} is no https://HOST:PORT"));
    let rest = endpoint.strip_prefix("https://").ok_or_else(invalid)?.trim_end_matches('/');
    let (host, port) = match rest.split_once(':') {
        Some((host, port)) => (host, port.parse().map_err(|_| invalid())?),
        None => (rest, scaleout_model::defaults::AGENT_PORT),
    };
    if host.is_empty() || port == 0 {
        return Err(invalid());
    }
    Ok(AgentAddress { host: DnsName::new(host), port })
}

/// A TCP port; the schema keeps it in range.
pub(super) fn port(value: i32, field: &str) -> Result<u16, Invalid> {
    u16::try_from(value)
        .ok()
        .filter(|port| *port != 0)
        .ok_or_else(|| Invalid::new(Reason::InvalidSpec, format!("{field} {value} is no TCP port")))
}

/// The object as owner of what is written for it.
pub(super) fn owner(object: &impl SiteObject, kind: Kind) -> Owner {
    let meta = object.meta();
    Owner {
        kind,
        namespace: meta.namespace.clone().unwrap_or_default(),
        name: meta.name.clone().unwrap_or_default(),
        uid: meta.uid.clone().unwrap_or_default(),
        generation: meta.generation.unwrap_or_default(),
    }
}

/// Mode, suspension, disruption, firewall, cluster and quiet.
pub(super) fn policy(
    object: &impl SiteObject,
    kind: Kind,
    firewall: bool,
    cluster: Option<&str>,
    quiet: Option<i32>,
) -> Policy {
    let policy = object.policy();
    Policy {
        owner: owner(object, kind),
        enforce: policy.mode == Mode::Enforce && !policy.suspend,
        disruption_allowed: policy.disruption == scaleout_api::Disruption::Allow,
        manage_firewall: firewall,
        failover_cluster: cluster.map(str::to_owned),
        quiet_timeout_seconds: quiet.and_then(|seconds| u32::try_from(seconds).ok()),
    }
}

pub(super) fn service_account(
    account: &scaleout_api::ServiceAccount,
    secrets: &Secrets,
) -> Result<ServiceAccount, Invalid> {
    let Some(name) = &account.name else { return Ok(ServiceAccount::Unmanaged) };
    let name = AccountName::new(name.as_str());
    if account.unmanaged.is_some() {
        return Ok(ServiceAccount::Unmanaged);
    }
    if !name.is_domain() {
        let message = format!("{name} is no domain account: other nodes do not know it");
        return Err(Invalid::new(Reason::ServiceAccountNotDomain, message));
    }
    Ok(match &account.password_secret_ref {
        Some(reference) => {
            ServiceAccount::Named { account: name, password: secrets.slot(&reference.name, "password") }
        }
        None => ServiceAccount::Managed { account: name },
    })
}

pub(super) fn installation(spec: &scaleout_api::installation::Installation) -> Installation {
    match (spec.policy, &spec.media) {
        (InstallationPolicy::IfAbsent, Some(media)) => Installation::IfAbsent(MediaKey::new(media.as_str())),
        _ => Installation::Never,
    }
}

/// A .NET TimeSpan, `[d.]hh:mm:ss`.
pub(super) fn time_span(seconds: i32) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let clock = format!("{:02}:{:02}:{:02}", rest / 3600, rest % 3600 / 60, rest % 60);
    if days == 0 { clock } else { format!("{days}.{clock}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents_have_a_host_and_a_port() {
        let address = parse_agent("https://sql01.corp.example:8443").unwrap();
        assert_eq!((address.host.as_str(), address.port), ("sql01.corp.example", 8443));
        for bad in ["http://a:1", "https://", "https://a:0", "https://a:x", "a:1"] {
            assert!(parse_agent(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn time_spans_are_written_as_dotnet_reads_them() {
        for (seconds, text) in
            [(60, "00:01:00"), (10, "00:00:10"), (3661, "01:01:01"), (604_800, "7.00:00:00")]
        {
            assert_eq!(time_span(seconds), text);
        }
    }
}
