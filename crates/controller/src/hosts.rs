//! Names to addresses: the `--hosts` file first, then the system's resolver.

use async_trait::async_trait;
use scaleout_agent_client::HostTable;
use scaleout_model::names::DnsName;
use scaleout_sql::{Resolver, SystemResolver};
use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A hosts file that is read at each look-up: it is small, and names appear while a site is built.
#[derive(Clone, Debug)]
pub struct Hosts {
    file: Option<Arc<PathBuf>>,
}

impl Hosts {
    /// With this file, or with the system's resolver alone.
    pub fn new(file: Option<PathBuf>) -> Self {
        Self { file: file.map(Arc::new) }
    }

    /// The table as it stands now, for the agents' client.
    pub fn table(&self) -> io::Result<HostTable> {
        let entries = self.file.as_ref().map(|file| read(file)).transpose()?;
        Ok(HostTable::new(entries.unwrap_or_default()))
    }
}

fn read(file: &Path) -> io::Result<BTreeMap<DnsName, IpAddr>> {
    Ok(parse(&std::fs::read_to_string(file)?))
}

/// `ADDRESS NAME…` a line; `#` begins a comment; other lines say nothing.
fn parse(text: &str) -> BTreeMap<DnsName, IpAddr> {
    let mut entries = BTreeMap::new();
    for line in text.lines() {
        let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
        if let Some(Ok(address)) = words.next().map(str::parse::<IpAddr>) {
            entries.extend(words.map(|name| (DnsName::new(name), address)));
        }
    }
    entries
}

#[async_trait]
impl Resolver for Hosts {
    async fn resolve(&self, host: &DnsName, port: u16) -> io::Result<Vec<SocketAddr>> {
        if let Some(file) = &self.file
            && let Some(address) = read(file)?.get(host)
        {
            return Ok(vec![SocketAddr::new(*address, port)]);
        }
        SystemResolver.resolve(host, port).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hosts_file_names_several_hosts_a_line() {
        let table =
            parse("# site\n127.9.0.1 sql01.corp.example SQL01 # first\nnonsense here\n\n127.9.0.2 b\n");
        let of = |name: &str| table.get(&DnsName::new(name)).map(ToString::to_string);
        assert_eq!(of("sql01").as_deref(), Some("127.9.0.1"));
        assert_eq!(of("SQL01.corp.example").as_deref(), Some("127.9.0.1"));
        assert_eq!((of("b").as_deref(), of("here")), (Some("127.9.0.2"), None));
    }
}
