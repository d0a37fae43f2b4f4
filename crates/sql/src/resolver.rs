//! From a host's name to its addresses.

use async_trait::async_trait;
use scaleout_model::names::DnsName;
use std::io;
use std::net::SocketAddr;

/// Finds a host's addresses: a hosts file that the operator was given, or DNS.
#[async_trait]
pub trait Resolver: Send + Sync {
    /// All addresses of `host`, each with `port`. Empty and an error mean the same.
    async fn resolve(&self, host: &DnsName, port: u16) -> io::Result<Vec<SocketAddr>>;
}

/// The operating system's resolver.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

#[async_trait]
impl Resolver for SystemResolver {
    async fn resolve(&self, host: &DnsName, port: u16) -> io::Result<Vec<SocketAddr>> {
        Ok(tokio::net::lookup_host((host.as_str(), port)).await?.collect())
    }
}
