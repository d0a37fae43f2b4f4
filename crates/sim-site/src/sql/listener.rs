//! The listener of an availability group (domain §1.6, Listener). Its cluster resources are computed by `tick`.

use super::group::touch;
use super::{changed, refuse};
use crate::effect::{Refused, Reply};
use crate::state::{AvailabilityGroup, Listener, Site};
use crate::tick::groups::listener_resource;
use crate::tick::roles::{address_refusal, network_name_refusal, network_of};
use scaleout_model::defaults::SQL_PORT;
use scaleout_model::names::{DnsName, GroupName, ReplicaName};
use std::collections::BTreeMap;

/// A listener as ADD LISTENER gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenerOptions {
    /// One DNS label.
    pub dns_name: String,
    /// IPv4 addresses with masks.
    pub addresses: Vec<(String, String)>,
    /// `WITH DHCP`.
    pub dhcp: bool,
    /// Port; 1433 when not given.
    pub port: Option<u16>,
}

fn group_mut<'a>(site: &'a mut Site, group: &GroupName) -> Result<&'a mut AvailabilityGroup, Refused> {
    site.groups.get_mut(group).ok_or_else(|| Refused::new(41_044, format!("there is no group {group}")))
}

/// The listener of this name; 19469 where there is none.
fn own<'a>(
    site: &'a mut Site,
    group: &GroupName,
    dns_name: &str,
) -> Result<&'a mut AvailabilityGroup, Refused> {
    let found = group_mut(site, group)?;
    let listener = found.listener.as_ref();
    if listener.is_some_and(|listener| listener.dns_name.as_str().eq_ignore_ascii_case(dns_name)) {
        return Ok(found);
    }
    let text = format!(
        "The specified listener with DNS name, '{dns_name}', does not exist for the Availability Group '{group}'. Use an existing listener, or create a new listener."
    );
    refuse(19_469, text)
}

/// `ADD LISTENER`.
pub(crate) fn add(
    site: &mut Site,
    instance: &ReplicaName,
    group: &GroupName,
    options: &ListenerOptions,
) -> Result<Reply, Refused> {
    if group_mut(site, group)?.listener.is_some() {
        let text = format!(
            "The attempt to add a listener to the Availability Group '{group}' failed: it has a listener already, and can have only one."
        );
        return refuse(19_477, text);
    }
    if options.dns_name.is_empty() || options.dns_name.chars().count() > 63 {
        let text = format!(
            "The specified DNS name, '{}', is invalid. The length of the DNS name needs to be between 1 and 63 characters, inclusive.",
            options.dns_name
        );
        return refuse(19_485, text);
    }
    let listener = Listener {
        id: site.new_guid(),
        dns_name: DnsName::new(&options.dns_name),
        port: Some(options.port.unwrap_or(SQL_PORT)),
        addresses: BTreeMap::new(),
        dhcp: options.dhcp,
    };
    let resource = listener_resource(group, &listener);
    let mut addresses = BTreeMap::new();
    for (address, mask) in &options.addresses {
        check_address(site, group, &addresses, address)?;
        addresses.insert(address.clone(), mask.clone());
    }
    if addresses.is_empty() && !options.dhcp {
        return refuse(
            19_456,
            "None of the IP addresses configured for the availability group listener can be hosted by a server.",
        );
    }
    check_port(site, instance, listener.port.unwrap_or(SQL_PORT))?;
    if let Some(code) = network_name_refusal(site, &resource, &options.dns_name) {
        let text = format!(
            "The WSFC cluster could not bring the Network Name resource with DNS name '{}' online (error code {code}). The DNS name may have been taken or have a conflict with existing name services, or the WSFC cluster service may not be running or may be inaccessible.",
            options.dns_name
        );
        return refuse(19_471, text);
    }
    let found = group_mut(site, group)?;
    found.listener = Some(Listener { addresses, ..listener });
    Ok(touch(found, |_| true))
}

fn check_address(
    site: &Site,
    group: &GroupName,
    taken: &BTreeMap<String, String>,
    address: &str,
) -> Result<(), Refused> {
    if address.parse::<std::net::Ipv4Addr>().is_err() {
        return refuse(19_483, format!("The format for the IP address, '{address}', is invalid."));
    }
    if taken.contains_key(address) {
        return refuse(19_484, "The specified IP Addresses are duplicated in the IP address list.");
    }
    let Some((network, _)) = network_of(site, address) else {
        return refuse(
            19_456,
            "None of the IP addresses configured for the availability group listener can be hosted by a server.",
        );
    };
    if taken.keys().any(|other| network_of(site, other).is_some_and(|(name, _)| name == network)) {
        return refuse(
            19_451,
            format!("'{address}' and another IP address of the listener belong to the same subnet."),
        );
    }
    let resource = format!("{group}_{address}");
    match address_refusal(site, &resource, address) {
        None => Ok(()),
        Some(code) => refuse(
            19_476,
            format!(
                "The attempt to create the network name and IP address for the listener failed (error code {code})."
            ),
        ),
    }
}

/// 19518: the port belongs to another instance on the node.
fn check_port(site: &Site, instance: &ReplicaName, port: u16) -> Result<(), Refused> {
    let taken = site.nodes.get(&instance.machine()).is_some_and(|node| {
        node.instances.iter().any(|(name, other)| *name != instance.instance() && other.port == port)
    });
    if taken { refuse(19_518, format!("The TCP port {port} of the listener is in use.")) } else { Ok(()) }
}

/// `MODIFY LISTENER … (PORT = n)`.
pub(crate) fn set_port(
    site: &mut Site,
    instance: &ReplicaName,
    group: &GroupName,
    dns_name: &str,
    port: u16,
) -> Result<Reply, Refused> {
    own(site, group, dns_name)?;
    check_port(site, instance, port)?;
    let found = own(site, group, dns_name)?;
    let did = found.listener.as_mut().is_some_and(|listener| listener.port.replace(port) != Some(port));
    Ok(touch(found, |_| did))
}

/// `MODIFY LISTENER … (ADD IP …)`.
pub(crate) fn add_address(
    site: &mut Site,
    group: &GroupName,
    dns_name: &str,
    address: &str,
    mask: &str,
) -> Result<Reply, Refused> {
    let Some(listener) = own(site, group, dns_name)?.listener.clone() else { return Ok(changed(false)) };
    if listener.dhcp {
        return refuse(
            19_460,
            "The availability group listener with DNS name is configured to use DHCP. For listeners with this configuration, IP addresses cannot be added through SQL Server.",
        );
    }
    check_address(site, group, &listener.addresses, address)?;
    let found = own(site, group, dns_name)?;
    if let Some(listener) = &mut found.listener {
        listener.addresses.insert(address.to_owned(), mask.to_owned());
    }
    Ok(touch(found, |_| true))
}

/// `RESTART LISTENER`.
pub(crate) fn restart(site: &mut Site, group: &GroupName, dns_name: &str) -> Result<Reply, Refused> {
    own(site, group, dns_name).map(|_| changed(false))
}

/// `REMOVE LISTENER`.
pub(crate) fn remove(site: &mut Site, group: &GroupName, dns_name: &str) -> Result<Reply, Refused> {
    let found = own(site, group, dns_name)?;
    found.listener = None;
    Ok(touch(found, |_| true))
}
