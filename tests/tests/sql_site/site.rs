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
use scaleout_model::version::SqlVersion;
use scaleout_sim_site::effect::NodeEffect;
use scaleout_sim_site::state::instance_name;
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
engine: { account: svc-sql, productVersion: VERSION }
logins:
  - { name: operator, password: operator of the test site, roles: [sysadmin] }
  - { name: observer, password: observer of the test site, permissions: [VIEW SERVER STATE, VIEW ANY DEFINITION] }
nodes:
  - { name: SQL01, address: 10.0.0.11, dtsDrive: DRIVE, instances: [{ name: INSTANCE, port: PORT }], directories: ['D:\Backup'], openPorts: [PORT, 5022, 1444] }
  - { name: SQL02, address: 10.0.0.12, dtsDrive: DRIVE, instances: [{ name: INSTANCE, port: PORT }], directories: ['D:\Backup'], openPorts: [PORT, 5022, 1444] }
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
    pub(crate) shape: Shape,
}

impl Drop for TestSite {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

/// In what sites differ.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    /// `ProductVersion`.
    pub(crate) version: &'static str,
    /// Name of each instance.
    pub(crate) instance: &'static str,
    /// Its port.
    pub(crate) port: u16,
    /// Drive of Integration Services.
    pub(crate) drive: &'static str,
}

/// Default instances of 2019.
pub(crate) const USUAL: Shape =
    Shape { version: "15.0.4355.3", instance: "MSSQLSERVER", port: 1433, drive: "C" };

impl Shape {
    fn file(self) -> String {
        let port = self.port.to_string();
        FILE.replace("VERSION", self.version)
            .replace("INSTANCE", self.instance)
            .replace("PORT", &port)
            .replace("DRIVE", self.drive)
    }

    /// Name of the instance on a node.
    pub(crate) fn replica(self, node: &str) -> ReplicaName {
        instance_name(&NodeName::new(node), self.instance)
    }

    /// Its major version.
    pub(crate) fn major(self) -> SqlVersion {
        let major: u32 = self.version.split('.').next().unwrap().parse().unwrap();
        SqlVersion::try_from(major).unwrap()
    }
}

impl TestSite {
    /// Starts it with Always On in use.
    pub(crate) async fn start(shape: Shape) -> Self {
        let site: SharedSite =
            Arc::new(Mutex::new(SimSite::new(site_file::read(&shape.file(), START_MS).unwrap())));
        let (tls, ca) = issue(shape);
        let door = SqlDoor::new(Arc::clone(&site), tls);
        let shutdown = CancellationToken::new();
        let mut ports = BTreeMap::new();
        for (address, port) in [("10.0.0.11", shape.port), ("10.0.0.12", shape.port), (LISTENER, 1444)] {
            let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
            ports.insert(address, socket.local_addr().unwrap().port());
            tokio::spawn(Arc::clone(&door).serve(socket, address.to_owned(), port, shutdown.clone()));
        }
        let servers = SqlServers::new(Arc::new(Loopback));
        let test = Self { site, servers, ca: ca.into_bytes(), ports, shutdown, shape };
        for node in ["SQL01", "SQL02"] {
            test.node(node, NodeEffect::SetHadr { instance: shape.instance.into(), enabled: true });
            test.node(node, NodeEffect::RestartInstance { instance: shape.instance.into() });
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
    pub(crate) fn target_at(&self, node: &str, address: &str) -> SqlTarget {
        let credential = |login: &str, password: &str| {
            Some(SqlCredential { login: login.into(), password: SecretBytes::new(password) })
        };
        SqlTarget {
            replica: self.shape.replica(node),
            host: DnsName::new(format!("{}.corp.example", node.to_lowercase())),
            port: self.ports[address],
            encryption: SqlEncryption::Mandatory,
            ca_pem: Some(self.ca.clone()),
            observer: credential("observer", OBSERVER_PASSWORD),
            operator: credential("operator", OPERATOR_PASSWORD),
        }
    }

    /// How to reach an instance.
    pub(crate) fn target(&self, node: &str) -> SqlTarget {
        self.target_at(node, if node == "SQL01" { "10.0.0.11" } else { "10.0.0.12" })
    }

    /// Carries out an op.
    pub(crate) async fn execute(&self, node: &str, op: SqlOp<SecretBytes>) -> Outcome {
        self.servers.execute(&self.target(node), &fence(7), &Open, op).await
    }

    /// The same, at any address.
    pub(crate) async fn observe_at(&self, target: &SqlTarget) -> Result<InstanceFacts, String> {
        let observed = self.servers.observe(target, &GroupName::new(GROUP)).await;
        observed.map_err(|cause| format!("{cause:?}"))
    }

    /// Facts of an instance.
    pub(crate) async fn observe(&self, node: &str) -> InstanceFacts {
        self.observe_at(&self.target(node)).await.unwrap()
    }

    /// Facts of the catalog.
    pub(crate) async fn catalog(&self, node: &str) -> Fact<CatalogFacts> {
        self.servers.observe_catalog(&self.target(node)).await
    }

    /// Ends sessions of lower epochs.
    pub(crate) async fn depose(&self, node: &str, number: u64) -> Result<(), String> {
        let deposed = self.servers.depose(&self.target(node), &fence(number).epoch).await;
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
fn issue(shape: Shape) -> (BTreeMap<ReplicaName, ServerTls>, String) {
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
        (shape.replica(name), ServerTls::new(vec![certificate.der().clone()], key).unwrap())
    };
    (["SQL01", "SQL02"].map(leaf).into_iter().collect(), authority.pem())
}
