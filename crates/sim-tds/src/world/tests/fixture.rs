//! A site of two instances and sessions on them.

use crate::engine::{Item, Session, SessionInfo, run_batch};
use crate::value::SqlValue;
use crate::world::{SessionRow, Sessions, SharedSite, SqlWorld};
use scaleout_model::names::{NodeName, ReplicaName};
use scaleout_sim_site::effect::NodeEffect;
use scaleout_sim_site::state::{InstalledFeature, feature_key};
use scaleout_sim_site::{Effect, Origin, SimSite, site_file};
use std::sync::{Arc, Mutex, MutexGuard};
use tokio_util::sync::CancellationToken;

const START_MS: i64 = 1_735_689_600_000;

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
  - { name: admin, password: admin of the test site, roles: [sysadmin] }
  - { name: observer, password: observer of the test site, permissions: [VIEW SERVER STATE, VIEW ANY DEFINITION] }
  - { name: nobody, password: nobody of the test site }
nodes:
  - { name: SQL01, address: 10.0.0.11, instances: [{ port: 1433 }], directories: ['D:\Backup'], openPorts: [1433, 5022] }
  - { name: SQL02, address: 10.0.0.12, instances: [{ port: 1433 }], directories: ['D:\Backup'], openPorts: [1433, 5022] }
";

/// Restores SSISDB and gives its key the password `key`.
const CATALOG: &[(&str, &str)] = &[
    (
        "master",
        r"RESTORE DATABASE SSISDB FROM DISK = N'C:\Program Files\Microsoft SQL Server\150\DTS\Binn\SSISDBBackup.bak' WITH MOVE 'data' TO 'x', MOVE 'log' TO 'y'",
    ),
    ("SSISDB", "DROP MASTER KEY; CREATE MASTER KEY ENCRYPTION BY PASSWORD = N'key'"),
];

/// Prepares an instance for an availability group.
const INSTANCE: &[(&str, &str)] = &[
    ("master", r"CREATE LOGIN [NT SERVICE\ClusSvc] FROM WINDOWS"),
    ("master", r"GRANT ALTER ANY AVAILABILITY GROUP, VIEW SERVER STATE TO [NT SERVICE\ClusSvc]"),
    (
        "master",
        "CREATE ENDPOINT ep STATE = STARTED AS TCP (LISTENER_PORT = 5022) FOR DATABASE_MIRRORING (ROLE = ALL)",
    ),
];

/// The site and one set of sessions per instance.
pub(super) struct Fixture {
    pub(super) site: SharedSite,
    sessions: [Arc<Sessions>; 2],
}

impl Fixture {
    /// Two instances with Always On in use.
    pub(super) fn new() -> Self {
        let sim = SimSite::new(site_file::read(FILE, START_MS).unwrap());
        let fixture = Self { site: Arc::new(Mutex::new(sim)), sessions: [Arc::default(), Arc::default()] };
        for node in ["SQL01", "SQL02"] {
            let instance = || "MSSQLSERVER".into();
            fixture.node(node, NodeEffect::SetHadr { instance: instance(), enabled: true });
            fixture.node(node, NodeEffect::RestartInstance { instance: instance() });
        }
        fixture.pass(5_000);
        fixture
    }

    /// With SSISDB on SQL01.
    pub(super) async fn with_catalog() -> Self {
        let fixture = Self::new();
        fixture.script("SQL01", CATALOG).await;
        fixture
    }

    /// With SSISDB in an availability group of both, synchronized.
    pub(super) async fn with_group() -> Self {
        let fixture = Self::with_catalog().await;
        fixture.script("SQL01", INSTANCE).await;
        fixture.script("SQL02", INSTANCE).await;
        let replica = |name: &str| {
            format!(
                "N'{name}' WITH (ENDPOINT_URL = N'TCP://{name}.corp.example:5022', AVAILABILITY_MODE = SYNCHRONOUS_COMMIT, FAILOVER_MODE = MANUAL, SEEDING_MODE = AUTOMATIC)"
            )
        };
        fixture.done("SQL01", "master", "BACKUP DATABASE SSISDB TO DISK = N'NUL'").await;
        let create = format!("CREATE AVAILABILITY GROUP ag FOR REPLICA ON {}", replica("SQL01"));
        fixture.done("SQL01", "master", &create).await;
        let add = format!("ALTER AVAILABILITY GROUP ag ADD REPLICA ON {}", replica("SQL02"));
        fixture.done("SQL01", "master", &add).await;
        fixture.done("SQL02", "master", "ALTER AVAILABILITY GROUP ag JOIN").await;
        fixture.done("SQL02", "master", "ALTER AVAILABILITY GROUP ag GRANT CREATE ANY DATABASE").await;
        fixture.done("SQL01", "master", "ALTER AVAILABILITY GROUP ag ADD DATABASE SSISDB").await;
        fixture.pass(5_000);
        fixture
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, SimSite> {
        self.site.lock().unwrap()
    }

    /// A call on a machine.
    pub(super) fn node(&self, node: &str, effect: NodeEffect) {
        self.lock().apply(&Effect::Node(NodeName::new(node), effect), &Origin::Control).unwrap();
    }

    /// Time passes.
    pub(super) fn pass(&self, ms: i64) {
        let mut sim = self.lock();
        for _ in 0..10 {
            let now = sim.site.now_ms + ms / 10;
            sim.tick(now);
        }
    }

    /// The Scale Out Master's feature on a node.
    pub(super) fn install_master(&self, node: &str) {
        use scaleout_model::node::Feature;
        use scaleout_model::version::SqlVersion;
        let mut sim = self.lock();
        let feature = InstalledFeature {
            feature: Feature::ScaleOutMaster,
            version: SqlVersion::V2019,
            product_version: "15.0.4355.3".to_owned(),
            settings: None,
        };
        let key = feature_key(Feature::ScaleOutMaster, SqlVersion::V2019);
        sim.site.nodes.get_mut(&node.into()).unwrap().features.insert(key, feature);
    }

    fn sessions(&self, replica: &str) -> &Arc<Sessions> {
        &self.sessions[usize::from(replica == "SQL02")]
    }

    /// A session that stays.
    pub(super) fn open(&self, replica: &str, login: &str, database: &str) -> (SqlWorld, Session) {
        let sessions = self.sessions(replica);
        let spid = sessions.add(SessionRow {
            login: login.to_owned(),
            program: "test".to_owned(),
            host: "HOST1".to_owned(),
            library: "test".to_owned(),
            database: database.to_owned(),
            login_ms: START_MS,
            key_open: false,
            kill: CancellationToken::new(),
        });
        let info = SessionInfo {
            spid,
            login: login.to_owned(),
            database: database.to_owned(),
            program: "test".to_owned(),
            host: "HOST1".to_owned(),
            in_transaction: false,
        };
        let world = SqlWorld::new(Arc::clone(&self.site), ReplicaName::new(replica), Arc::clone(sessions));
        (world, Session::new(info))
    }

    /// One batch in a session of its own, which then ends.
    pub(super) async fn run_as(&self, login: &str, replica: &str, database: &str, text: &str) -> Vec<Item> {
        let (world, mut session) = self.open(replica, login, database);
        let items = run_batch(&world, &mut session, text, &[]).await;
        self.sessions(replica).remove(session.info.spid);
        items
    }

    /// The first error of a batch; 0 = none.
    pub(super) async fn error_as(&self, login: &str, replica: &str, database: &str, text: &str) -> i32 {
        first_error(&self.run_as(login, replica, database, text).await)
    }

    /// The same as sysadmin.
    pub(super) async fn error(&self, replica: &str, database: &str, text: &str) -> i32 {
        self.error_as("admin", replica, database, text).await
    }

    /// A batch that must succeed.
    pub(super) async fn done(&self, replica: &str, database: &str, text: &str) {
        let items = self.run_as("admin", replica, database, text).await;
        assert_eq!(first_error(&items), 0, "{text}: {items:?}");
    }

    async fn script(&self, replica: &str, batches: &[(&str, &str)]) {
        for (database, text) in batches {
            self.done(replica, database, text).await;
        }
    }

    /// All rows of a batch as text, columns joined by `|`.
    pub(super) async fn rows_as(
        &self,
        login: &str,
        replica: &str,
        database: &str,
        text: &str,
    ) -> Vec<String> {
        let items = self.run_as(login, replica, database, text).await;
        assert_eq!(first_error(&items), 0, "{text}: {items:?}");
        let line = |row: &Vec<SqlValue>| row.iter().map(shown).collect::<Vec<_>>().join("|");
        let rows = |item: &Item| match item {
            Item::Rows(set) => set.rows.iter().map(line).collect(),
            _ => Vec::new(),
        };
        items.iter().flat_map(rows).collect()
    }

    /// The same as sysadmin.
    pub(super) async fn rows(&self, replica: &str, database: &str, text: &str) -> Vec<String> {
        self.rows_as("admin", replica, database, text).await
    }
}

/// The number of the first error; 0 = none.
pub(super) fn first_error(items: &[Item]) -> i32 {
    let error = |item: &Item| match item {
        Item::Message(message) if message.class > 10 => Some(message.number),
        _ => None,
    };
    items.iter().find_map(error).unwrap_or(0)
}

fn shown(value: &SqlValue) -> String {
    match value {
        SqlValue::Null => "NULL".to_owned(),
        SqlValue::Bit(bit) => u8::from(*bit).to_string(),
        SqlValue::TinyInt(n) => n.to_string(),
        SqlValue::SmallInt(n) => n.to_string(),
        SqlValue::Int(n) => n.to_string(),
        SqlValue::BigInt(n) => n.to_string(),
        SqlValue::Text(text) => text.clone(),
        SqlValue::Binary(bytes) => hex::encode_upper(bytes),
        other => format!("{other:?}"),
    }
}
