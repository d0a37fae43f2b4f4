//! The group's listener (ALTER AVAILABILITY GROUP … ADD / MODIFY LISTENER).

use super::group::{OF_GROUP, alter, on_primary};
use super::{NO_REFUSAL, Refuse, build_flag, build_look, build_refusal};
use crate::escape::{join, quote_text};
use scaleout_model::sql::ListenerSpec;

fn listener_exists(group: &str, condition: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM sys.availability_group_listeners AS l {OF_GROUP}l.group_id WHERE g.name = {}{condition})",
        quote_text(group)
    )
}

/// Whether the listener is there; a group has one at most, so another refuses.
pub(crate) fn look_at_listener(group: &str, dns_name: &str) -> String {
    let name = quote_text(dns_name);
    let done = listener_exists(group, &format!(" AND l.dns_name = {name}"));
    let other = listener_exists(group, &format!(" AND l.dns_name <> {name}"));
    build_look(&on_primary(group), &build_flag(&done), &build_refusal(&other, Refuse::Occupied), &[])
}

/// Adds it. With DHCP the grammar knows no port; the port is set afterwards.
pub(crate) fn add_listener(group: &str, listener: &ListenerSpec) -> String {
    let addresses =
        listener.addresses.iter().map(|(ip, mask)| format!("({}, {})", quote_text(ip), quote_text(mask)));
    let option = if listener.dhcp {
        "WITH DHCP".to_owned()
    } else {
        format!("WITH IP ({}), PORT = {}", join(addresses), listener.port)
    };
    alter(group, &format!("ADD LISTENER {} ({option})", quote_text(listener.dns_name.as_str())))
}

/// Whether its port is right.
pub(crate) fn look_at_listener_port(group: &str, dns_name: &str, port: u16) -> String {
    let holds =
        listener_exists(group, &format!(" AND l.dns_name = {} AND l.port = {port}", quote_text(dns_name)));
    build_look(&on_primary(group), &build_flag(&holds), NO_REFUSAL, &[])
}

/// Sets its port.
pub(crate) fn set_listener_port(group: &str, dns_name: &str, port: u16) -> String {
    alter(group, &format!("MODIFY LISTENER {} (PORT = {port})", quote_text(dns_name)))
}

/// Whether it has the address.
pub(crate) fn look_at_listener_address(group: &str, dns_name: &str, ip: &str) -> String {
    let holds = format!(
        "EXISTS (SELECT 1 FROM sys.availability_group_listener_ip_addresses AS a JOIN sys.availability_group_listeners AS \
         l ON l.listener_id = a.listener_id {OF_GROUP}l.group_id WHERE g.name = {} AND l.dns_name = {} AND a.ip_address = \
         {})",
        quote_text(group),
        quote_text(dns_name),
        quote_text(ip)
    );
    build_look(&on_primary(group), &build_flag(&holds), NO_REFUSAL, &[])
}

/// Adds the address.
pub(crate) fn add_listener_address(group: &str, dns_name: &str, ip: &str, mask: &str) -> String {
    let address = format!("({}, {})", quote_text(ip), quote_text(mask));
    alter(group, &format!("MODIFY LISTENER {} (ADD IP {address})", quote_text(dns_name)))
}
