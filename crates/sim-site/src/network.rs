//! The site's network: who holds an address, who reaches whom, where a SQL Server name leads.

use crate::state::{AvailabilityGroup, Cluster, ResourceKind, Site};
use scaleout_model::defaults::SQL_PORT;
use scaleout_model::names::{GroupName, InstanceName, NodeName, ReplicaName};

/// Why a TCP connection fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoConnection {
    /// The name has no address.
    NameUnknown,
    /// No machine holds the address now.
    NoSuchAddress,
    /// The machine does not run, or the link to it is cut.
    HostUnreachable,
    /// The firewall drops it.
    Firewall,
    /// Nothing listens on the port.
    Refused,
}

impl NoConnection {
    /// One sentence.
    pub fn text(self) -> &'static str {
        match self {
            Self::NameUnknown => "the name has no address in DNS",
            Self::NoSuchAddress => "no machine holds the address",
            Self::HostUnreachable => "the machine can't be reached",
            Self::Firewall => "the firewall of the machine drops the connection",
            Self::Refused => "nothing listens on the port",
        }
    }
}

/// The machine that holds an address now: its own, or that of an online IP Address resource.
pub fn holder<'a>(site: &'a Site, address: &str) -> Option<&'a NodeName> {
    let own = site.nodes.iter().find(|(_, node)| node.address == address).map(|(name, _)| name);
    own.or_else(|| site.cluster.as_ref().and_then(|cluster| cluster_holder(cluster, address)))
}

fn cluster_holder<'a>(cluster: &'a Cluster, address: &str) -> Option<&'a NodeName> {
    cluster.groups.values().find_map(|group| {
        let holds = group.resources.values().any(|resource| {
            resource.is_online()
                && matches!(resource.in_force.as_deref(), Some(ResourceKind::IpAddress { address: own, .. }) if own == address)
        });
        holds.then_some(&group.owner)
    })
}

/// The machine that a connection from `from` to an address and port gets to; whether anything listens there is
/// not looked at. `from`: `None` = from outside of the site.
pub fn reach<'a>(
    site: &'a Site,
    from: Option<&NodeName>,
    address: &str,
    port: u16,
) -> Result<&'a NodeName, NoConnection> {
    let target = holder(site, address).ok_or(NoConnection::NoSuchAddress)?;
    let node = site.nodes.get(target).ok_or(NoConnection::NoSuchAddress)?;
    if !node.up || from.is_some_and(|from| is_cut(site, from, target)) {
        return Err(NoConnection::HostUnreachable);
    }
    if from != Some(target) && !node.firewall.admits(port) {
        return Err(NoConnection::Firewall);
    }
    Ok(target)
}

/// Whether the link of two machines is cut.
pub fn is_cut(site: &Site, left: &NodeName, right: &NodeName) -> bool {
    site.cut_links.iter().any(|(a, b)| (a == left && b == right) || (a == right && b == left))
}

/// The first address of a host name that a connection gets through to.
pub fn connect<'a>(
    site: &'a Site,
    from: Option<&NodeName>,
    host: &str,
    port: u16,
) -> Result<(&'a NodeName, String), NoConnection> {
    let addresses =
        if host.parse::<std::net::Ipv4Addr>().is_ok() { vec![host.to_owned()] } else { site.resolve(host) };
    let mut refusal = NoConnection::NameUnknown;
    for address in addresses {
        match reach(site, from, &address, port) {
            Ok(node) => return Ok((node, address)),
            Err(error) => refusal = error,
        }
    }
    Err(refusal)
}

/// The instance that answers TDS on an address and port: one whose own port it is on that machine, or the
/// primary behind a listener that is online there.
pub fn sql_listener(site: &Site, address: &str, port: u16) -> Option<ReplicaName> {
    let name = holder(site, address)?;
    let node = site.nodes.get(name)?;
    let own =
        node.instances.iter().find(|(instance, facts)| facts.port == port && node.engine_runs(instance));
    own.map(|(instance, _)| crate::state::instance_name(name, instance.as_str()))
        .or_else(|| listener_at(site, address, port).and_then(|(_, group)| group.online_primary().cloned()))
}

/// The group whose listener is online at an address and port.
pub fn listener_at<'a>(
    site: &'a Site,
    address: &str,
    port: u16,
) -> Option<(&'a GroupName, &'a AvailabilityGroup)> {
    site.groups.iter().find(|(_, group)| {
        let online = group.online_primary().is_some_and(|primary| site.instance_runs(primary));
        online
            && group
                .listener
                .as_ref()
                .is_some_and(|l| l.port == Some(port) && l.addresses.contains_key(address))
    })
}

/// Where a `SqlServerName` or `Data Source` leads from a machine: `host`, `host,port`, `host\instance`.
pub fn connect_sql(site: &Site, from: &NodeName, server: &str) -> Result<ReplicaName, NoConnection> {
    let server = server.trim();
    let (host, instance, port) = match (server.split_once(','), server.split_once('\\')) {
        (Some((host, port)), _) => {
            let host = host.split('\\').next().unwrap_or(host);
            (host.trim(), None, port.trim().parse::<u16>().map_err(|_| NoConnection::NameUnknown)?)
        }
        (None, Some((host, instance))) => (host.trim(), Some(InstanceName::new(instance.trim())), SQL_PORT),
        (None, None) => (server, None, SQL_PORT),
    };
    let host = if host.is_empty() || host == "." || host.eq_ignore_ascii_case("localhost") {
        from.as_str()
    } else {
        host
    };
    let port = match instance {
        None => port,
        Some(instance) => named_instance_port(site, host, &instance).ok_or(NoConnection::Refused)?,
    };
    let (_, address) = connect(site, Some(from), host, port)?;
    sql_listener(site, &address, port).ok_or(NoConnection::Refused)
}

/// What SQL Server Browser answers for an instance.
fn named_instance_port(site: &Site, host: &str, instance: &InstanceName) -> Option<u16> {
    site.resolve(host).iter().find_map(|address| {
        let node = site.nodes.get(holder(site, address)?)?;
        node.instances.get(instance).map(|facts| facts.port)
    })
}
