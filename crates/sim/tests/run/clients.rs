//! A simulator in this process, and clients that know of it what its folder says.

use async_trait::async_trait;
use scaleout_agent_client::{AgentClient, ClientCredentials, HostTable};
use scaleout_execution::ports::{NodeTarget, SqlCredential, SqlEncryption, SqlTarget};
use scaleout_model::names::DnsName;
use scaleout_model::secret::SecretBytes;
use scaleout_sim::Simulator;
use scaleout_sql::{Resolver, SqlServers};
use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// For what should take milliseconds; never waited out when the test passes.
const SOON: Duration = Duration::from_secs(30);

/// The site file of the demo.
pub(crate) fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/sites/demo.yaml")
}

/// A running simulator with its folder.
pub(crate) struct Running {
    pub(crate) simulator: Simulator,
    pub(crate) out: TempDir,
}

impl Running {
    /// The demo site.
    pub(crate) async fn start() -> Self {
        // A second test of this process finds the same provider.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let out = tempfile::tempdir().unwrap();
        let simulator = Simulator::start(&demo(), out.path()).await.unwrap();
        Self { simulator, out }
    }

    pub(crate) fn hosts(&self) -> BTreeMap<DnsName, IpAddr> {
        read_hosts(self.out.path())
    }

    /// The controller's client of the agents.
    pub(crate) fn agents(&self) -> AgentClient {
        let file = |name: &str| std::fs::read(self.out.path().join(name)).unwrap();
        let client = AgentClient::new(HostTable::new(self.hosts()));
        let credentials = ClientCredentials {
            certificate: file("controller.crt"),
            key: SecretBytes::new(file("controller.key")),
            ca: file("agents-ca.crt"),
        };
        client.set_credentials(Some(credentials)).unwrap();
        client
    }

    /// The product's SQL client.
    pub(crate) fn sql(&self) -> SqlServers {
        SqlServers::new(Arc::new(HostsFile(self.out.path().to_owned())))
    }

    /// An instance at a host, with the logins of `credentials.yaml`.
    pub(crate) fn instance(&self, host: &str) -> SqlTarget {
        let text = std::fs::read_to_string(self.out.path().join("credentials.yaml")).unwrap();
        let all: BTreeMap<String, BTreeMap<String, String>> = serde_yaml_ng::from_str(&text).unwrap();
        let credential = |login: &str| SqlCredential {
            login: login.into(),
            password: SecretBytes::new(all.get("logins").unwrap().get(login).unwrap().as_str()),
        };
        SqlTarget {
            replica: "SQL01".into(),
            host: host.into(),
            port: 1433,
            encryption: SqlEncryption::Mandatory,
            ca_pem: Some(std::fs::read(self.out.path().join("sql-ca.crt")).unwrap()),
            observer: Some(credential("scaleout_observer")),
            operator: Some(credential("scaleout_operator")),
        }
    }
}

/// The agent of a machine of the demo site.
pub(crate) fn agent(node: &str) -> NodeTarget {
    let host = format!("{}.corp.example", node.to_lowercase());
    NodeTarget { node: node.into(), host: host.as_str().into(), port: 8443 }
}

pub(crate) fn read_hosts(out: &Path) -> BTreeMap<DnsName, IpAddr> {
    let text = std::fs::read_to_string(out.join("hosts")).unwrap();
    let line = |line: &str| {
        let mut words = line.split(' ');
        let address: IpAddr = words.next().unwrap().parse().unwrap();
        words.map(|name| (DnsName::new(name), address)).collect::<Vec<_>>()
    };
    text.lines().flat_map(line).collect()
}

/// Looks again and again until `look` finds something.
pub(crate) async fn eventually<T, F: Future<Output = Option<T>>>(mut look: impl FnMut() -> F) -> T {
    let mut again = tokio::time::interval(Duration::from_millis(10));
    let find = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            again.tick().await;
        }
    };
    tokio::time::timeout(SOON, find).await.unwrap()
}

struct HostsFile(PathBuf);

#[async_trait]
impl Resolver for HostsFile {
    async fn resolve(&self, host: &DnsName, port: u16) -> io::Result<Vec<SocketAddr>> {
        let found = read_hosts(&self.0).get(host).copied();
        found.map(|ip| vec![SocketAddr::new(ip, port)]).ok_or(io::ErrorKind::NotFound.into())
    }
}
