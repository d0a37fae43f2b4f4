//! Names to addresses: a table first, then the system's resolver.

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use scaleout_model::names::DnsName;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// Addresses of names that DNS does not know here (`--hosts`). Certificates are verified against the names all the
/// same.
#[derive(Clone, Debug, Default)]
pub struct HostTable(Arc<BTreeMap<DnsName, IpAddr>>);

impl HostTable {
    /// A table of names and addresses; other names are asked of the system.
    pub fn new(entries: BTreeMap<DnsName, IpAddr>) -> Self {
        Self(Arc::new(entries))
    }
}

impl Resolve for HostTable {
    fn resolve(&self, name: Name) -> Resolving {
        let found = self.0.get(&DnsName::new(name.as_str())).copied();
        Box::pin(async move {
            if let Some(address) = found {
                let one: Addrs = Box::new(std::iter::once(SocketAddr::new(address, 0)));
                return Ok(one);
            }
            let all: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let all: Addrs = Box::new(all.into_iter());
            Ok(all)
        })
    }
}
