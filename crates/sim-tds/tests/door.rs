//! The endpoints of a simulated site, by tiberius: logins, sessions, listener, faults.

#![expect(clippy::unwrap_used, reason = "a test says by its panic what failed")]
#![expect(clippy::expect_used, reason = "a test says by its panic what failed")]
#![expect(clippy::panic, reason = "a test says by its panic what failed")]
#![expect(clippy::indexing_slicing, reason = "a test says by its panic what failed")]

#[path = "probe/certificates.rs"]
mod certificates;

use certificates::{SERVER_NAME, issue};
use scaleout_model::names::{GroupName, InstanceName, NodeName, ReplicaName};
use scaleout_sim_site::effect::{ControlEffect, NodeEffect};
use scaleout_sim_site::faults::Fault;
use scaleout_sim_site::{Effect, Origin, SimSite, site_file};
use scaleout_sim_tds::server::SqlDoor;
use scaleout_sim_tds::world::SharedSite;
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tiberius::{AuthMethod, Client, Config, EncryptionLevel};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::compat::{Compat, TokioAsyncWriteCompatExt};
use tokio_util::sync::CancellationToken;

type Sql = Client<Compat<TcpStream>>;

const START_MS: i64 = 1_735_689_600_000;
const LISTENER: &str = "10.0.0.50";
const SOCKETS: [(&str, u16); 3] = [("10.0.0.11", 1433), ("10.0.0.12", 1433), (LISTENER, 1444)];

const FILE: &str = r"
domain: { dnsSuffix: corp.example, netBios: CORP }
accounts:
  - { name: svc-sql, password: svc-sql of the test site }
cluster:
  name: SQLCLU01
  nodes: [SQL01, SQL02]
  networks:
    Cluster Network 1: { address: 10.0.0.0, mask: 255.255.255.0, clientAccess: true }
engine: { account: svc-sql }
logins:
  - { name: admin, password: admin, roles: [sysadmin] }
  - { name: nobody, password: nobody }
nodes:
  - { name: SQL01, address: 10.0.0.11, instances: [{ port: 1433 }], openPorts: [1433, 1444, 5022] }
  - { name: SQL02, address: 10.0.0.12, instances: [{ port: 1433 }], openPorts: [1433, 1444, 5022] }
";

struct Rig {
    site: SharedSite,
    authority: String,
    ports: BTreeMap<&'static str, u16>,
    shutdown: CancellationToken,
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

async fn bounded<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future).await.expect("no answer within 20 s")
}

impl Rig {
    async fn start() -> Self {
        drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
        let site: SharedSite = Arc::new(Mutex::new(SimSite::new(site_file::read(FILE, START_MS).unwrap())));
        let (tls, authority) = issue().unwrap();
        let certificates = ["SQL01", "SQL02"].map(|name| (ReplicaName::new(name), tls.clone()));
        let door = SqlDoor::new(Arc::clone(&site), certificates.into_iter().collect());
        let shutdown = CancellationToken::new();
        let mut ports = BTreeMap::new();
        for (address, port) in SOCKETS {
            let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
            ports.insert(address, socket.local_addr().unwrap().port());
            tokio::spawn(Arc::clone(&door).serve(socket, address.to_owned(), port, shutdown.clone()));
        }
        let rig = Self { site, authority, ports, shutdown };
        for node in ["SQL01", "SQL02"] {
            rig.node(node, NodeEffect::SetHadr { instance: instance(), enabled: true });
            rig.node(node, NodeEffect::RestartInstance { instance: instance() });
        }
        rig.pass(5_000);
        rig
    }

    fn lock(&self) -> MutexGuard<'_, SimSite> {
        self.site.lock().unwrap()
    }

    fn node(&self, node: &str, effect: NodeEffect) {
        self.lock().apply(&Effect::Node(NodeName::new(node), effect), &Origin::Control).unwrap();
    }

    fn pass(&self, ms: i64) {
        let mut sim = self.lock();
        for _ in 0..10 {
            let now = sim.site.now_ms + ms / 10;
            sim.tick(now);
        }
    }

    async fn connect_to(
        &self,
        address: &str,
        login: (&str, &str),
        database: &str,
    ) -> Result<Sql, tiberius::error::Error> {
        let mut config = Config::new();
        config.host("127.0.0.1");
        config.port(self.ports[address]);
        config.hostname_in_certificate(SERVER_NAME);
        config.authentication(AuthMethod::sql_server(login.0, login.1));
        config.encryption(EncryptionLevel::Required);
        config.trust_cert_ca_bundle(self.authority.clone().into_bytes());
        config.application_name(format!("{} at work", login.0));
        config.database(database);
        let tcp = TcpStream::connect(("127.0.0.1", self.ports[address])).await?;
        bounded(Box::pin(Client::connect(config, tcp.compat_write()))).await
    }

    async fn admin(&self, address: &str) -> Sql {
        self.connect_to(address, ("admin", "admin"), "master").await.unwrap()
    }

    async fn group(&self) {
        for address in ["10.0.0.11", "10.0.0.12"] {
            let mut sql = self.admin(address).await;
            for text in [
                r"CREATE LOGIN [NT SERVICE\ClusSvc] FROM WINDOWS",
                r"GRANT ALTER ANY AVAILABILITY GROUP, VIEW SERVER STATE TO [NT SERVICE\ClusSvc]",
                "CREATE ENDPOINT ep STATE = STARTED AS TCP (LISTENER_PORT = 5022) FOR DATABASE_MIRRORING (ROLE = ALL)",
            ] {
                done(&mut sql, text).await;
            }
        }
        let mut sql = self.admin("10.0.0.11").await;
        let with = |name: &str| {
            format!(
                "N'{name}' WITH (ENDPOINT_URL = N'TCP://{name}.corp.example:5022', AVAILABILITY_MODE = SYNCHRONOUS_COMMIT, FAILOVER_MODE = MANUAL)"
            )
        };
        done(&mut sql, &format!("CREATE AVAILABILITY GROUP ag FOR REPLICA ON {}", with("SQL01"))).await;
        done(&mut sql, &format!("ALTER AVAILABILITY GROUP ag ADD REPLICA ON {}", with("SQL02"))).await;
        let listener = "ALTER AVAILABILITY GROUP ag ADD LISTENER N'agl' (WITH IP ((N'10.0.0.50', N'255.255.255.0')), PORT = 1444)";
        done(&mut sql, listener).await;
        done(&mut self.admin("10.0.0.12").await, "ALTER AVAILABILITY GROUP ag JOIN").await;
        self.pass(2_000);
    }
}

fn instance() -> InstanceName {
    InstanceName::new("MSSQLSERVER")
}

async fn done(sql: &mut Sql, text: &str) {
    bounded(sql.simple_query(text))
        .await
        .unwrap()
        .into_results()
        .await
        .unwrap_or_else(|error| panic!("{text}: {error}"));
}

async fn value(sql: &mut Sql, text: &str) -> Result<String, tiberius::error::Error> {
    let row = bounded(sql.simple_query(text)).await?.into_row().await?.expect("a row");
    Ok(row.get::<&str, _>(0).unwrap_or("NULL").to_owned())
}

fn number<T>(result: Result<T, tiberius::error::Error>) -> u32 {
    match result {
        Ok(_) => 0,
        Err(tiberius::error::Error::Server(token)) => token.code(),
        Err(other) => panic!("not an error of the server: {other:?}"),
    }
}

#[tokio::test]
async fn logins_are_refused_for_every_cause_by_one_number() {
    let rig = Rig::start().await;
    let mut sql = rig.admin("10.0.0.11").await;
    done(&mut sql, "CREATE LOGIN idle WITH PASSWORD = N'idle'; ALTER LOGIN idle DISABLE; CREATE DATABASE d")
        .await;
    for (login, password, database, wanted) in [
        ("admin", "admin", "master", 0),
        ("ADMIN", "admin", "msdb", 0),
        ("admin", "Admin", "master", 18_456),
        ("missing", "missing", "master", 18_456),
        (r"CORP\svc-sql", "svc-sql of the test site", "master", 18_456),
        ("idle", "idle", "master", 18_470),
        ("idle", "wrong", "master", 18_456),
        ("admin", "admin", "missing", 4_060),
        ("nobody", "nobody", "d", 4_060),
    ] {
        let connected = rig.connect_to("10.0.0.11", (login, password), database).await;
        assert_eq!(number(connected), wanted, "{login} {password} {database}");
    }
    rig.lock().site.instance_mut(&"SQL01".into()).unwrap().windows_only_in_use = true;
    assert_eq!(number(rig.connect_to("10.0.0.11", ("admin", "admin"), "master").await), 18_456);
}

#[tokio::test]
async fn sessions_are_seen_and_killed() {
    let rig = Rig::start().await;
    let mut sql = rig.admin("10.0.0.11").await;
    let mut other = rig.connect_to("10.0.0.11", ("nobody", "nobody"), "master").await.unwrap();
    let spid = value(&mut other, "SELECT CAST(@@SPID AS nvarchar(10))").await.unwrap();
    let seen = format!("SELECT program_name FROM sys.dm_exec_sessions WHERE session_id = {spid}");
    assert_eq!(value(&mut sql, &seen).await.unwrap(), "nobody at work");
    assert_eq!(number(value(&mut sql, "DROP LOGIN nobody; SELECT N''").await), 15_434);
    done(&mut sql, &format!("KILL {spid}")).await;
    assert!(value(&mut other, "SELECT N'x'").await.is_err());
    let left =
        format!("SELECT CAST(COUNT(*) AS nvarchar(9)) FROM sys.dm_exec_sessions WHERE session_id = {spid}");
    bounded(async {
        while value(&mut sql, &left).await.unwrap() != "0" {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(number(value(&mut sql, &format!("KILL {spid}; SELECT N''")).await), 6_106);
    done(&mut sql, "DROP LOGIN nobody").await;
}

#[tokio::test]
async fn the_listener_leads_to_the_primary() {
    let rig = Rig::start().await;
    assert!(rig.connect_to(LISTENER, ("admin", "admin"), "master").await.is_err(), "no listener yet");
    rig.group().await;
    let mut first = rig.admin(LISTENER).await;
    assert_eq!(value(&mut first, "SELECT @@SERVERNAME").await.unwrap(), "SQL01");
    let failover = ControlEffect::FailOver { group: GroupName::new("ag"), to: "SQL02".into() };
    rig.lock().apply(&Effect::Control(failover), &Origin::Control).unwrap();
    rig.pass(2_000);
    let mut second = rig.admin(LISTENER).await;
    assert_eq!(value(&mut second, "SELECT @@SERVERNAME").await.unwrap(), "SQL02");
}

#[tokio::test]
async fn sessions_end_when_the_instance_restarts() {
    let rig = Rig::start().await;
    let mut sql = rig.admin("10.0.0.11").await;
    rig.node("SQL01", NodeEffect::RestartInstance { instance: instance() });
    assert!(value(&mut sql, "SELECT N'x'").await.is_err());
    assert!(rig.connect_to("10.0.0.11", ("admin", "admin"), "master").await.is_err(), "it does not run yet");
    rig.pass(5_000);
    let mut again = rig.admin("10.0.0.11").await;
    assert_eq!(value(&mut again, "SELECT @@SERVERNAME").await.unwrap(), "SQL01");
}

#[tokio::test]
async fn faults_meet_statements() {
    let rig = Rig::start().await;
    let create = "CREATE DATABASE d; SELECT N'created'";
    let count = || rig.lock().site.instance(&"SQL01".into()).unwrap().1.databases.len();
    let before = count();
    let mut sql = rig.admin("10.0.0.11").await;
    rig.lock().faults.add_instance("SQL01".into(), Fault::Fail, 1);
    assert_eq!(number(value(&mut sql, create).await), 1_205);
    assert_eq!(count(), before);
    rig.lock().faults.add_instance("SQL01".into(), Fault::ApplyWithoutAnswer, 1);
    assert_eq!(value(&mut sql, "SELECT N'read'").await.unwrap(), "read", "a read has no effect to lose");
    assert!(value(&mut sql, create).await.is_err());
    assert_eq!(count(), before + 1, "done, and the answer lost");
    let mut sql = rig.admin("10.0.0.11").await;
    rig.lock().faults.add_instance("SQL01".into(), Fault::Hang, 1);
    let waited = tokio::time::timeout(Duration::from_millis(300), value(&mut sql, "SELECT N'x'")).await;
    assert!(waited.is_err(), "no answer");
    let mut next = rig.admin("10.0.0.11").await;
    assert_eq!(value(&mut next, "SELECT N'x'").await.unwrap(), "x");
}

#[tokio::test]
async fn effects_name_their_session_and_no_secret() {
    let rig = Rig::start().await;
    let mut sql = rig.admin("10.0.0.11").await;
    done(&mut sql, "CREATE LOGIN l WITH PASSWORD = N'top secret', CHECK_POLICY = OFF").await;
    let effect = rig.lock().effects.last().unwrap().clone();
    assert_eq!((effect.kind.as_str(), effect.target.as_str()), ("CreateLogin", "SQL01"));
    assert!(
        matches!(&effect.origin, Origin::Sql { login, program, .. } if login == "admin" && program == "admin at work")
    );
    assert!(!effect.detail.contains("top secret"), "{}", effect.detail);
}
