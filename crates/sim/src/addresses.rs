//! Site addresses on loopback: each has an address of its own, so that the real ports stay free.

use crate::subnet::Subnet;
use scaleout_sim_site::{Site, network};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::Ipv4Addr;
use std::sync::{Mutex, PoisonError};

/// Where the control endpoint is; no site address gets it.
const CONTROL_HOST: u8 = 254;

/// The loopback addresses of a run.
#[derive(Debug)]
pub struct Addresses {
    subnet: Subnet,
    taken: Mutex<BTreeMap<String, u8>>,
}

impl Addresses {
    /// On this network.
    pub fn new(subnet: Subnet) -> Self {
        Self { subnet, taken: Mutex::default() }
    }

    /// Address of the control endpoint.
    pub fn control(&self) -> Ipv4Addr {
        self.subnet.address(CONTROL_HOST)
    }

    /// The loopback address of a site address, for good; with its last number, if that is free. `None`: the network
    /// is full.
    pub fn loopback(&self, address: &str) -> Option<Ipv4Addr> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(host) = taken.get(address) {
            return Some(self.subnet.address(*host));
        }
        let own = address.parse::<Ipv4Addr>().ok().map(|address| address.octets()[3]);
        let free = |host: &u8| (1..CONTROL_HOST).contains(host) && !taken.values().any(|used| used == host);
        let host = own.into_iter().chain(1..CONTROL_HOST).find(free)?;
        taken.insert(address.to_owned(), host);
        Some(self.subnet.address(host))
    }

    /// The site's DNS as a hosts file: `ADDRESS NAME…`, fully qualified and short name. Of several addresses of a
    /// name the one stands there that a machine holds now.
    pub fn hosts(&self, site: &Site) -> String {
        let suffix = format!(".{}", site.domain.dns_suffix);
        let mut text = String::new();
        for (name, record) in &site.domain.dns {
            let held = record.addresses.iter().find(|address| network::holder(site, address).is_some());
            let Some(address) = held.or(record.addresses.first()).and_then(|a| self.loopback(a)) else {
                continue;
            };
            let short = name.as_str().strip_suffix(&suffix).map(|short| format!(" {short}"));
            // Writing to a string can't fail.
            let _ = writeln!(text, "{address} {name}{}", short.unwrap_or_default());
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scaleout_sim_site::site_file;

    #[test]
    fn addresses_stay_and_differ() {
        let folder = tempfile::tempdir().unwrap();
        let addresses = Addresses::new(Subnet::take_in(folder.path()).unwrap());
        let of = |site: &str| addresses.loopback(site).unwrap();
        assert_eq!((of("10.0.0.11").octets()[3], of("10.0.1.11").octets()[3]), (11, 1));
        assert_ne!(of("10.0.0.254"), addresses.control());
        assert_eq!(of("10.0.1.11"), of("10.0.1.11"));
        let full = (0..=255).map(|n| format!("10.9.9.{n}")).filter_map(|a| addresses.loopback(&a)).count();
        assert_eq!(full + 3, 253);
    }

    #[test]
    fn names_of_the_site_are_in_the_hosts_file() {
        let folder = tempfile::tempdir().unwrap();
        let addresses = Addresses::new(Subnet::take_in(folder.path()).unwrap());
        let site = site_file::read(include_str!("../../../tests/sites/demo.yaml"), 0).unwrap();
        let line = format!("{} sql01.corp.example sql01\n", addresses.loopback("10.0.0.11").unwrap());
        assert!(addresses.hosts(&site).contains(&line));
    }
}
