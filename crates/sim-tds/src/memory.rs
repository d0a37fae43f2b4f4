//! The door without a wire: the same sessions, logins and T-SQL as behind TDS, in one process. There is no TLS, so nothing
//! here says what a certificate would.

use crate::server::{Connected, Instance, WATCH, lock, run_of};
use crate::value::{SqlError, SqlValue};
use crate::wire::{Backend as _, Connection, Item, Login, LoginRequest, Request};
use crate::world::SharedSite;
use scaleout_model::names::ReplicaName;
use scaleout_sim_site::network::{connect, sql_listener};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

/// Highest severity of a message that is no error.
const INFORMATION: u8 = 10;

/// Why a call has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MemoryError {
    /// Nothing answers, or the session ended.
    Lost(String),
    /// The instance refused.
    Server(SqlError),
}

/// One row: column names with values.
pub type MemoryRow = Vec<(String, SqlValue)>;

/// All instances of a site.
#[derive(Debug)]
pub struct MemoryDoor {
    site: SharedSite,
    instances: Mutex<BTreeMap<ReplicaName, Arc<Instance>>>,
}

/// A session. Dropping it ends it.
pub struct MemorySession {
    instance: Arc<Instance>,
    connected: Connected,
    kill: CancellationToken,
    run: Option<i64>,
}

impl MemoryDoor {
    /// A site's instances.
    pub fn new(site: SharedSite) -> Self {
        Self { site, instances: Mutex::default() }
    }

    /// Logs in at a host and port, as the site's DNS, network and listeners lead there now.
    pub async fn login(
        &self,
        (host, port): (&str, u16),
        user: &str,
        password: &str,
        program: &str,
    ) -> Result<MemorySession, MemoryError> {
        let replica = {
            let sim = lock(&self.site);
            let (_, address) = connect(&sim.site, None, host, port)
                .map_err(|cause| MemoryError::Lost(format!("{host}:{port}: {}", cause.text())))?;
            sql_listener(&sim.site, &address, port)
                .ok_or_else(|| MemoryError::Lost(format!("nothing listens on {host}:{port}")))?
        };
        let instance = self.instance(&replica);
        let run = run_of(&lock(&self.site).site, &replica);
        let kill = CancellationToken::new();
        let request = LoginRequest {
            user: user.to_owned(),
            password: Zeroizing::new(password.to_owned()),
            database: "master".to_owned(),
            program: program.to_owned(),
            host: "controller".to_owned(),
            server: host.to_owned(),
            library: "memory".to_owned(),
            read_only: false,
            connection: Connection { peer: None, local: None, strict: false, kill: kill.clone() },
        };
        match instance.login(request).await {
            Ok(Login::Accepted { session, .. }) => {
                Ok(MemorySession { instance, connected: session, kill, run })
            }
            Ok(Login::Routed { host, port }) => Err(MemoryError::Lost(format!("sent on to {host}:{port}"))),
            Err(refusal) => Err(match refusal.0.into_iter().next() {
                Some(error) => MemoryError::Server(error),
                None => MemoryError::Lost("refused without a word".to_owned()),
            }),
        }
    }

    fn instance(&self, replica: &ReplicaName) -> Arc<Instance> {
        let mut instances = self.instances.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(Instance::new(Arc::clone(&self.site), replica));
        Arc::clone(instances.entry(replica.clone()).or_insert_with(new))
    }
}

impl MemorySession {
    /// The instance that it is at.
    pub fn replica(&self) -> &ReplicaName {
        self.instance.replica()
    }

    /// Runs a batch; all rows of all its result sets, or the first error.
    pub async fn query(&mut self, text: &str) -> Result<Vec<MemoryRow>, MemoryError> {
        let Self { instance, connected, kill, run } = self;
        let lost = || MemoryError::Lost("the session was ended".to_owned());
        if kill.is_cancelled() || instance.present_run() != *run {
            return Err(lost());
        }
        let mut answer: Vec<Item> = Vec::new();
        let mut watch = tokio::time::interval(WATCH);
        let result = {
            let running = instance.run(connected, Request::text(text), &mut answer);
            tokio::pin!(running);
            loop {
                tokio::select! {
                    biased;
                    () = kill.cancelled() => return Err(lost()),
                    result = &mut running => break result,
                    _ = watch.tick() => if instance.present_run() != *run { return Err(lost()) },
                }
            }
        };
        read(answer, result)
    }
}

fn read(answer: Vec<Item>, result: Result<(), SqlError>) -> Result<Vec<MemoryRow>, MemoryError> {
    let mut names: Vec<String> = Vec::new();
    let mut rows = Vec::new();
    for item in answer {
        match item {
            Item::Columns(columns) => names = columns.into_iter().map(|column| column.name).collect(),
            Item::Row(values) => rows.push(names.iter().cloned().zip(values).collect()),
            Item::Message(message) if message.class > INFORMATION => {
                return Err(MemoryError::Server(message));
            }
            _ => {}
        }
    }
    result.map(|()| rows).map_err(MemoryError::Server)
}
