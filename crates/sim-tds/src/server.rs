//! TDS endpoints of a simulated site: each address and port leads to the instance that the site says is there now, so a
//! listener follows the primary.
//!
//! An address at which nothing answers (machine down, firewall, instance stopped, no primary) closes the connection at
//! once. Sessions of an instance that stops or restarts end.

use crate::engine::{Session, SessionInfo, run_request};
use crate::value::SqlError;
use crate::wire::{
    Backend, Item, Limits, Login, LoginRequest, Refusal, Reply, Request, Server, ServerInfo, ServerTls,
    database_not_open, login_failed, serve_connection,
};
use crate::world::{SessionRow, Sessions, SharedSite, SqlWorld};
use async_trait::async_trait;
use scaleout_model::names::{LoginName, ReplicaName};
use scaleout_sim_site::SimSite;
use scaleout_sim_site::faults::Fault;
use scaleout_sim_site::network::{reach, sql_listener};
use scaleout_sim_site::sql::{access, rights};
use scaleout_sim_site::state::{LoginKind, ServiceProgram, Site};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How often it is looked whether an instance still runs.
pub(crate) const WATCH: Duration = Duration::from_millis(20);

/// All SQL Server endpoints of a site.
#[derive(Debug)]
pub struct SqlDoor {
    site: SharedSite,
    servers: RwLock<BTreeMap<ReplicaName, Arc<Server<Instance>>>>,
}

/// How a statement fails by fault, before anything is done: 1205, to be tried again.
fn transient() -> SqlError {
    let text = "Transaction was deadlocked on lock resources with another process and has been chosen as the deadlock \
                victim. Rerun the transaction.";
    SqlError::new(1_205, text).with_class(13)
}

pub(crate) fn lock(site: &SharedSite) -> MutexGuard<'_, SimSite> {
    site.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What tells one run of an instance's engine from the next.
pub(crate) fn run_of(site: &Site, replica: &ReplicaName) -> Option<i64> {
    let node = site.nodes.get(&replica.machine()).filter(|_| site.instance_runs(replica))?;
    let program = ServiceProgram::Engine(replica.instance());
    node.service_of(&program).and_then(|(_, service)| service.started_ms)
}

impl SqlDoor {
    /// Endpoints of a site's instances; each shows its certificate, also behind a listener. An instance without one is
    /// not served.
    pub fn new(site: SharedSite, tls: BTreeMap<ReplicaName, ServerTls>) -> Arc<Self> {
        let servers = tls.into_iter().map(|(replica, tls)| {
            let backend = Arc::new(Instance::new(Arc::clone(&site), &replica));
            (replica, Arc::new(Server { backend, tls, limits: Limits::default() }))
        });
        Arc::new(Self { servers: RwLock::new(servers.collect()), site })
    }

    /// Gives an instance another certificate. Connections that are there go on.
    pub fn set_tls(&self, replica: &ReplicaName, tls: ServerTls) {
        let mut servers = self.servers.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(server) = servers.get_mut(replica) {
            let (backend, limits) = (Arc::clone(&server.backend), server.limits);
            *server = Arc::new(Server { backend, tls, limits });
        }
    }

    fn server_of(&self, replica: &ReplicaName) -> Option<Arc<Server<Instance>>> {
        self.servers.read().unwrap_or_else(PoisonError::into_inner).get(replica).cloned()
    }

    /// Accepts connections on a socket that stands for a site address (`10.0.0.11`) and port, until `shutdown`.
    pub async fn serve(
        self: Arc<Self>,
        socket: TcpListener,
        address: String,
        port: u16,
        shutdown: CancellationToken,
    ) {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                () = shutdown.cancelled() => break,
                Some(_) = connections.join_next() => {}
                accepted = socket.accept() => {
                    let Ok((stream, peer)) = accepted else {
                        tokio::task::yield_now().await;
                        continue;
                    };
                    if let Some(replica) = self.answers(&address, port) {
                        let (door, shutdown) = (Arc::clone(&self), shutdown.clone());
                        connections.spawn(async move { door.converse(stream, peer, &replica, &shutdown).await });
                    }
                }
            }
        }
        while connections.join_next().await.is_some() {}
    }

    /// The instance that answers there now.
    fn answers(&self, address: &str, port: u16) -> Option<ReplicaName> {
        let sim = lock(&self.site);
        reach(&sim.site, None, address, port).ok()?;
        sql_listener(&sim.site, address, port)
    }

    async fn converse(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        replica: &ReplicaName,
        shutdown: &CancellationToken,
    ) {
        let Some(server) = self.server_of(replica) else { return };
        let (local, nodelay) = (stream.local_addr().ok(), stream.set_nodelay(true));
        tracing::debug!(%peer, %replica, nodelay = nodelay.is_ok(), "SQL connection");
        let ended = shutdown.child_token();
        let serving = serve_connection(stream, Some(peer), local, &server, &ended);
        tokio::pin!(serving);
        let mut watch = tokio::time::interval(WATCH);
        let run = run_of(&lock(&self.site).site, replica);
        loop {
            tokio::select! {
                result = &mut serving => {
                    tracing::debug!(%peer, ok = result.is_ok(), "SQL connection ended");
                    return;
                }
                _ = watch.tick() => {
                    if run_of(&lock(&self.site).site, replica) != run {
                        return;
                    }
                }
            }
        }
    }
}

/// One instance behind the wire.
#[derive(Debug)]
pub(crate) struct Instance {
    site: SharedSite,
    world: SqlWorld,
    sessions: Arc<Sessions>,
    /// Last known name and version, for the time when the instance is gone.
    info: Mutex<ServerInfo>,
}

/// A logged-in session; its row goes with it.
pub(crate) struct Connected {
    session: Session,
    database: String,
    spid: u16,
    kill: CancellationToken,
    sessions: Arc<Sessions>,
}

impl Drop for Connected {
    fn drop(&mut self) {
        self.sessions.remove(self.spid);
    }
}

fn version(text: &str) -> (u8, u8, u16) {
    let mut parts = text.split('.');
    let mut next = || parts.next().and_then(|part| part.parse::<u16>().ok()).unwrap_or_default();
    let (major, minor, build) = (next(), next(), next());
    (u8::try_from(major).unwrap_or(u8::MAX), u8::try_from(minor).unwrap_or(u8::MAX), build)
}

impl Instance {
    pub(crate) fn new(site: SharedSite, replica: &ReplicaName) -> Self {
        let sessions = Arc::new(Sessions::default());
        let world = SqlWorld::new(Arc::clone(&site), replica.clone(), Arc::clone(&sessions));
        let info = Mutex::new(ServerInfo { name: replica.to_string(), version: (15, 0, 0) });
        Self { site, world, sessions, info }
    }

    pub(crate) fn replica(&self) -> &ReplicaName {
        self.world.replica()
    }

    /// What tells this run of the engine from the next; `None`: it does not run.
    pub(crate) fn present_run(&self) -> Option<i64> {
        run_of(&lock(&self.site).site, self.world.replica())
    }

    /// Runs a request; if it changed the site, its answer is lost with the connection.
    async fn run_unheard(
        &self,
        connected: &mut Connected,
        request: Request,
        reply: &mut dyn Reply,
    ) -> Result<(), SqlError> {
        let before = lock(&self.site).effects.len();
        let mut answer: Vec<Item> = Vec::new();
        let result = run_request(&self.world, &mut connected.session, request, &mut answer).await;
        let lost = {
            let mut sim = lock(&self.site);
            let changed = sim.effects.len() > before;
            if changed {
                sim.faults.take_instance(self.world.replica());
            }
            changed
        };
        if lost {
            connected.kill.cancel();
            std::future::pending::<()>().await;
        }
        for item in answer {
            reply.send(item).await;
        }
        result
    }

    /// Whether a login is let in, and to which database. The client learns state 1, whatever the cause.
    fn admit(&self, request: &LoginRequest) -> Result<String, Refusal> {
        let sim = lock(&self.site);
        let replica = self.world.replica();
        let refused = || Refusal::from(login_failed(&request.user));
        let (_, instance) =
            sim.site.instance(replica).filter(|_| sim.site.instance_runs(replica)).ok_or_else(refused)?;
        let name = LoginName::new(&request.user);
        let login =
            instance.logins.get(&name).filter(|_| !instance.windows_only_in_use).ok_or_else(refused)?;
        match &login.kind {
            LoginKind::Sql(password) if password.accepts(request.password.as_str()) => {}
            _ => return Err(refused()),
        }
        let barred = instance.permissions.iter().any(|row| {
            row.denied && row.grantee == name && row.permission.eq_ignore_ascii_case("CONNECT SQL")
        });
        if barred && !login.is_sysadmin() {
            return Err(refused());
        }
        if login.disabled {
            let text = format!("Login failed for user '{}'. Reason: The account is disabled.", request.user);
            return Err(SqlError::new(18_470, text).with_class(14).into());
        }
        let wanted = if request.database.is_empty() { &login.default_database } else { &request.database };
        let found = instance.databases.iter().find(|(key, _)| key.eq_ignore_ascii_case(wanted));
        let open = found.filter(|(key, database)| {
            access::readable(&sim.site, replica, key).is_ok()
                && rights::principal(instance, key, database, &name).is_some()
        });
        match open {
            Some((key, _)) => Ok(key.clone()),
            None => Err(Refusal(vec![database_not_open(wanted), login_failed(&request.user)])),
        }
    }
}

/// The answer of an instance as long as it runs. One that has stopped says nothing; its connections follow.
struct WhileRunning<'a> {
    instance: &'a Instance,
    reply: &'a mut dyn Reply,
}

impl Instance {
    /// Never returns once the instance has stopped.
    async fn silence(&self) {
        if !lock(&self.site).site.instance_runs(self.world.replica()) {
            std::future::pending::<()>().await;
        }
    }
}

#[async_trait]
impl Reply for WhileRunning<'_> {
    async fn send(&mut self, item: Item) {
        if !matches!(item, Item::Row(_)) {
            self.instance.silence().await;
        }
        self.reply.send(item).await;
    }
}

#[async_trait]
impl Backend for Instance {
    type Session = Connected;

    fn server(&self) -> ServerInfo {
        let sim = lock(&self.site);
        let mut info = self.info.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, instance)) = sim.site.instance(self.world.replica()) {
            info.version = version(&instance.product_version);
        }
        info.clone()
    }

    async fn login(&self, request: LoginRequest) -> Result<Login<Connected>, Refusal> {
        let admitted = self.admit(&request);
        // A stopped instance refuses nobody: it says nothing.
        self.silence().await;
        let database = admitted?;
        let kill = request.connection.kill.clone();
        let spid = self.sessions.add(SessionRow {
            login: request.user.clone(),
            program: request.program.clone(),
            host: request.host.clone(),
            library: request.library.clone(),
            database: database.clone(),
            login_ms: lock(&self.site).site.now_ms,
            key_open: false,
            kill: kill.clone(),
        });
        let info = SessionInfo {
            spid,
            login: request.user,
            database: database.clone(),
            program: request.program,
            host: request.host,
            in_transaction: false,
        };
        let sessions = Arc::clone(&self.sessions);
        let session =
            Connected { session: Session::new(info), database: database.clone(), spid, kill, sessions };
        Ok(Login::Accepted { session, spid, database })
    }

    async fn run(
        &self,
        connected: &mut Connected,
        request: Request,
        reply: &mut dyn Reply,
    ) -> Result<(), SqlError> {
        let reply: &mut dyn Reply = &mut WhileRunning { instance: self, reply };
        let replica = self.world.replica();
        let fault = {
            let mut sim = lock(&self.site);
            let first = sim.faults.instances.get(replica).and_then(|faults| faults.first()).copied();
            // An answer that tells of no effect is not worth losing: that fault waits for a change.
            if first == Some(Fault::ApplyWithoutAnswer) { first } else { sim.faults.take_instance(replica) }
        };
        let result = match fault {
            None => run_request(&self.world, &mut connected.session, request, reply).await,
            Some(Fault::Fail) => Err(transient()),
            Some(Fault::Hang) => std::future::pending().await,
            Some(Fault::ApplyWithoutAnswer) => self.run_unheard(connected, request, reply).await,
        };
        self.silence().await;
        result
    }

    async fn reset(&self, connected: &mut Connected) -> String {
        self.sessions.set_key_open(connected.spid, false);
        self.sessions.set_database(connected.spid, &connected.database);
        connected.session.reset(connected.database.clone());
        connected.database.clone()
    }
}
