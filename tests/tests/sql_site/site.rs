//! A two-instance site behind TDS endpoints, and the product's own SQL port in front of it.

use async_trait::async_trait;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose};
use rustls_pki_types::PrivateKeyDer;
use scaleout_execution::ports::{
    GuardRefusal, SqlCredential, SqlEncryption, SqlPort as _, SqlTarget, WriteGuard,
};
use scaleout_model::fact::Fact;
use scaleout_model::fence::{Epoch, Fence, Kind, Owner};
use scaleout_model::names::{DnsName, GroupName, NodeName, ReplicaName};
use scaleout_model::outcome::Outcome;
use scaleout_model::secret::SecretBytes;
use scaleout_model::sql::{CatalogFacts, InstanceFacts, SqlOp};
use scaleout_sim_site::effect::NodeEffect;
use scaleout_sim_site::{Effect, Origin, SimSite, site_file};
use scaleout_sim_tds::server::SqlDoor;
use scaleout_sim_tds::wire::ServerTls;
use scaleout_sim_tds::world::SharedSite;
use scaleout_sql::{Resolver, SqlServers};
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// 2025-01-01.
const START_MS: i64 = 1_735_689_600_000;

/// The availability group.
pub(crate) const GROUP: &str = "SSISDB-AG";
/// The listener's address.
pub(crate) const LISTENER: &str = "10.0.0.50";
/// The operator's password.
pub(crate) const OPERATOR_PASSWORD: &str = "operator of the test site";
const OBSERVER_PASSWORD: &str = "observer of the test site";

const FILE: &str = r"
domain: { dnsSuffix: corp.example, netBios: CORP }
accounts:
  - { name: svc-sql, password: svc-sql of the test site }
  - { name: svc-ssis-master, password: svc-ssis-master of the test site }
cluster:
  name: SQLCLU01
  nodes: [SQL01, SQL02]
  networks:
    Cluster Network 1: { address: 10.0.0.0, mask: 255.255.255.0, clientAccess: true }
engine: { account: svc-sql }
logins:
  - { name: operator, password: operator of the test site, roles: [sysadmin] }
  - { name: observer, password: observer of the test site, permissions: [VIEW SERVER STATE, VIEW ANY DEFINITION] }
nodes:
  - { name: SQL01, address: 10.0.0.11, instances: [{ port: 1433 }], directories: ['D:\Backup'], openPorts: [1433, 5022, 1444] }
  - { name: SQL02, address: 10.0.0.12, instances: [{ port: 1433 }], directories: ['D:\Backup'], openPorts: [1433, 5022, 1444] }
";

/// Every name is here.
struct Loopback;

#[async_trait]
impl Resolver for Loopback {
    async fn resolve(&self, _: &DnsName, port: u16) -> io::Result<Vec<SocketAddr>> {
        Ok(vec![SocketAddr::from(([127, 0, 0, 1], port))])
    }
}

/// A fence that lets everything pass.
struct Open;

#[async_trait]
impl WriteGuard for Open {
    async fn confirm(&self) -> Result<(), GuardRefusal> {
        Ok(())
    }
}

/// The site, its endpoints and the port.
pub(crate) struct TestSite {
    site: SharedSite,
    servers: SqlServers,
    ca: Vec<u8>,
    ports: BTreeMap<&'static str, u16>,
    shutdown: CancellationToken,
}

impl Drop for TestSite {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

/// Site addresses and ports that get a socket each.
const SOCKETS: [(&str, u16); 3] = [("10.0.0.11", 1433), ("10.0.0.12", 1433), (LISTENER, 1444)];

impl TestSite {
    /// Starts it with Always On in use.
    pub(crate) async fn start() -> Self {
        let site: SharedSite = Arc::new(Mutex::new(SimSite::new(site_file::read(FILE, START_MS).unwrap())));
        let (tls, ca) = issue();
        let door = SqlDoor::new(Arc::clone(&site), tls);
        let shutdown = CancellationToken::new();
        let mut ports = BTreeMap::new();
        for (address, port) in SOCKETS {
            let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
            ports.insert(address, socket.local_addr().unwrap().port());
            tokio::spawn(Arc::clone(&door).serve(socket, address.to_owned(), port, shutdown.clone()));
        }
        let servers = SqlServers::new(Arc::new(Loopback));
        let test = Self { site, servers, ca: ca.into_bytes(), ports, shutdown };
        for node in ["SQL01", "SQL02"] {
            test.node(node, NodeEffect::SetHadr { instance: "MSSQLSERVER".into(), enabled: true });
            test.node(node, NodeEffect::RestartInstance { instance: "MSSQLSERVER".into() });
        }
        test.pass(5_000);
        test
    }

    /// The site, to look at or to change by hand.
    pub(crate) fn lock(&self) -> MutexGuard<'_, SimSite> {
        self.site.lock().unwrap()
    }

    /// Time passes.
    pub(crate) fn pass(&self, ms: i64) {
        let mut sim = self.lock();
        for _ in 0..10 {
            let now = sim.site.now_ms + ms / 10;
            sim.tick(now);
        }
    }

    /// A host call.
    pub(crate) fn node(&self, node: &str, effect: NodeEffect) {
        let effect = Effect::Node(NodeName::new(node), effect);
        self.lock().apply(&effect, &Origin::Control).unwrap();
    }

    /// Effects that SQL sessions have done.
    pub(crate) fn effects(&self) -> usize {
        self.lock().effects.iter().filter(|effect| matches!(effect.origin, Origin::Sql { .. })).count()
    }

    /// How to reach an instance by a site address.
    pub(crate) fn target_at(&self, replica: &str, address: &str) -> SqlTarget {
        let credential = |login: &str, password: &str| {
            Some(SqlCredential { login: login.into(), password: SecretBytes::new(password) })
        };
        SqlTarget {
            replica: ReplicaName::new(replica),
            host: DnsName::new(format!("{}.corp.example", replica.to_lowercase())),
            port: self.ports[address],
            encryption: SqlEncryption::Mandatory,
            ca_pem: Some(self.ca.clone()),
            observer: credential("observer", OBSERVER_PASSWORD),
            operator: credential("operator", OPERATOR_PASSWORD),
        }
    }

    /// How to reach an instance.
    pub(crate) fn target(&self, replica: &str) -> SqlTarget {
        self.target_at(replica, if replica == "SQL01" { "10.0.0.11" } else { "10.0.0.12" })
    }

    /// Carries out an op.
    pub(crate) async fn execute(&self, replica: &str, op: SqlOp<SecretBytes>) -> Outcome {
        self.servers.execute(&self.target(replica), &fence(7), &Open, op).await
    }

    /// The same, at any address.
    pub(crate) async fn observe_at(&self, target: &SqlTarget) -> Result<InstanceFacts, String> {
        let observed = self.servers.observe(target, &GroupName::new(GROUP)).await;
        observed.map_err(|cause| format!("{cause:?}"))
    }

    /// Facts of an instance.
    pub(crate) async fn observe(&self, replica: &str) -> InstanceFacts {
        self.observe_at(&self.target(replica)).await.unwrap()
    }

    /// Facts of the catalog.
    pub(crate) async fn catalog(&self, replica: &str) -> Fact<CatalogFacts> {
        self.servers.observe_catalog(&self.target(replica)).await
    }

    /// Ends sessions of lower epochs.
    pub(crate) async fn depose(&self, replica: &str, number: u64) -> Result<(), String> {
        let deposed = self.servers.depose(&self.target(replica), &fence(number).epoch).await;
        deposed.map_err(|cause| format!("{cause:?}"))
    }
}

fn fence(number: u64) -> Fence {
    let epoch = Epoch { lineage: "7d0f3c9e".to_owned(), number, holder: format!("pod-a-{number}") };
    let owner = Owner {
        kind: Kind::SsisdbAvailabilityGroup,
        namespace: "ssis".to_owned(),
        name: "site".to_owned(),
        uid: "u".to_owned(),
        generation: 1,
    };
    Fence { epoch, owner }
}

/// A certificate for each instance under one authority; the authority as PEM.
fn issue() -> (BTreeMap<ReplicaName, ServerTls>, String) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params.distinguished_name.push(rcgen::DnType::CommonName, "Test CA");
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let leaf = |name: &str| {
        let host = format!("{}.corp.example", name.to_lowercase());
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec![host]).unwrap().signed_by(&key, &authority).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        (ReplicaName::new(name), ServerTls::new(vec![certificate.der().clone()], key).unwrap())
    };
    (["SQL01", "SQL02"].map(leaf).into_iter().collect(), authority.pem())
}
