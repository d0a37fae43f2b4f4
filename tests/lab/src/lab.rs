//! A site, an API server and a controller, and what a test does with them.

use crate::api::{ApiServer, Collection, Key};
use crate::endpoint::Endpoints;
use crate::folder::{copy_tree, new_folder, remove};
use crate::log::Log;
use crate::nodes::Nodes;
use crate::objects::{self, GROUP, NAMESPACE, OWN_NAMESPACE, PLURALS};
use crate::refusing::{Gate, Gated};
use crate::setting::Setting;
use crate::sql::{Attempt, Instances, Sent};
use crate::weather::Sky;
use anyhow::{Result, bail};
use scaleout_controller::clients::Clients;
use scaleout_controller::loops::{Loops, Ports};
use scaleout_controller::metrics::Metrics;
use scaleout_controller::secrets::SecretStore;
use scaleout_execution::fence::Leadership;
use scaleout_execution::ports::{NodePort, SqlPort};
use scaleout_model::fence::Epoch;
use scaleout_sim::SiteHandle;
use scaleout_sim_site::{Effect, EffectRecord, Origin, SimSite, Site, dump};
use scaleout_sql::SqlServers;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How often the site's time follows the clock.
const TICK: Duration = Duration::from_millis(250);
/// Nothing happened for this long: twice the longest pause between passes, and more.
const QUIET: Duration = Duration::from_secs(45);
/// The lineage: the uid of a namespace kube-system.
const LINEAGE: &str = "00000000-0000-4000-8000-000000000000";

/// How it all ended up.
#[derive(Clone, Debug)]
pub struct Settled {
    /// Simulated time until the last thing happened.
    pub after: Duration,
    /// The objects.
    pub objects: Vec<Value>,
}

/// A running lab.
pub struct Lab {
    /// Kubernetes.
    pub api: ApiServer,
    /// The site.
    pub site: SiteHandle,
    /// What calls meet.
    pub sky: Sky,
    /// What the controller may do.
    pub gate: Gate,
    /// Metrics of the present controller.
    pub metrics: Arc<Metrics>,
    pub(crate) setting: Setting,
    nodes: Arc<Nodes>,
    pub(crate) folder: PathBuf,
    pub(crate) log: Log,
    base_ms: i64,
    start: Instant,
    terms: u64,
    controller: Option<(CancellationToken, TaskTracker)>,
    clock: CancellationToken,
    trips: Arc<AtomicUsize>,
    sent: Arc<Mutex<Vec<Sent>>>,
    attempts: Arc<Mutex<Vec<Attempt>>>,
}

/// A lab as it stood at a moment: other labs go on from it.
pub struct Snapshot {
    setting: Setting,
    api: ApiServer,
    site: SimSite,
    folder: PathBuf,
    terms: u64,
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        remove(&self.folder);
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.clock.cancel();
        if let Some((stop, _)) = &self.controller {
            stop.cancel();
        }
        remove(&self.folder);
    }
}

impl Lab {
    /// A site with nothing declared yet, and no controller. To be called in a runtime whose clock is paused.
    pub fn new(setting: &Setting) -> Result<Self> {
        let site = setting.site.clone();
        Ok(Self::open(setting.clone(), site, ApiServer::default(), new_folder()?, 0))
    }

    /// Goes on from a snapshot, without a controller.
    pub fn resume(snapshot: &Snapshot) -> Result<Self> {
        let folder = new_folder()?;
        copy_tree(&snapshot.folder, &folder)?;
        let (setting, site) = (snapshot.setting.clone(), snapshot.site.clone());
        Ok(Self::open(setting, site, snapshot.api.fork(), folder, snapshot.terms))
    }

    fn open(setting: Setting, sim: SimSite, api: ApiServer, folder: PathBuf, terms: u64) -> Self {
        let (base_ms, start) = (sim.site.now_ms, Instant::now());
        let site = SiteHandle::new(sim);
        let sky = Sky::default();
        let nodes = Arc::new(Nodes::new(site.clone(), sky.clone(), &folder, &setting.namespaces));
        let clock = CancellationToken::new();
        api.keep_time(Box::new(move || now_ms(base_ms, start)));
        let lab = Self {
            api,
            site,
            sky,
            gate: Gate::default(),
            metrics: Arc::default(),
            setting,
            nodes,
            folder,
            log: Log::current(),
            base_ms,
            start,
            terms,
            controller: None,
            clock,
            trips: Arc::default(),
            sent: Arc::default(),
            attempts: Arc::default(),
        };
        tokio::spawn(run_clock(
            lab.site.clone(),
            Arc::clone(&lab.nodes),
            lab.clock.clone(),
            (base_ms, start),
        ));
        lab
    }

    /// As it stands. The controller must have been stopped.
    pub fn snapshot(&self) -> Result<Snapshot> {
        let folder = new_folder()?;
        self.nodes.copy_to(&folder)?;
        let site = self.site.read(SimSite::clone);
        Ok(Snapshot { setting: self.setting.clone(), api: self.api.fork(), site, folder, terms: self.terms })
    }

    /// Applies all objects and their Secrets, as people do.
    pub fn apply_all(&self) -> Result<()> {
        let secrets = self.setting.known.derive(&self.setting.objects).into_iter();
        secrets.chain(self.setting.more_secrets.clone()).try_for_each(|secret| self.put_secret(secret))?;
        self.setting.objects.iter().try_for_each(|object| self.apply(object).map(drop))
    }

    /// Applies one object.
    pub fn apply(&self, object: &Value) -> Result<Value> {
        let object = objects::with_defaults(object)?;
        let put = self.api.put(&objects::collection_of(&object)?, object);
        put.map_err(|refusal| anyhow::anyhow!("{}", refusal.message))
    }

    /// Applies one Secret.
    pub fn put_secret(&self, secret: Value) -> Result<()> {
        let put = self.api.put(&Collection::new("", NAMESPACE, "secrets"), secret);
        put.map(drop).map_err(|refusal| anyhow::anyhow!("{}", refusal.message))
    }

    /// Changes the spec of an object.
    pub fn patch(&self, key: &Key, patch: &Value) -> Result<Value> {
        self.api.merge(key, patch, false).map_err(|refusal| anyhow::anyhow!("{}", refusal.message))
    }

    /// Deletes an object.
    pub fn delete(&self, key: &Key) -> Result<()> {
        self.api.delete(key).map(drop).map_err(|refusal| anyhow::anyhow!("{}", refusal.message))
    }

    /// The declared objects as they are now.
    pub fn objects(&self) -> Vec<Value> {
        let of = |plural| self.api.list(&Collection::new(GROUP, NAMESPACE, plural));
        PLURALS.into_iter().flat_map(of).collect()
    }

    /// Events, oldest first.
    pub fn events(&self) -> Vec<Value> {
        self.api.list(&Collection::new("events.k8s.io", NAMESPACE, "events"))
    }

    /// Effects on the site so far.
    pub fn effects(&self) -> Vec<Arc<EffectRecord>> {
        self.site.read(|sim| sim.effects.clone())
    }

    /// Effects since a number that were not made by hand.
    pub fn own_effects(&self, since: usize) -> Vec<String> {
        let all = self.effects();
        let new = all.iter().skip(since).filter(|effect| effect.origin != Origin::Control);
        new.map(|effect| format!("{} on {}: {}", effect.kind, effect.target, effect.detail)).collect()
    }

    /// The site as `ctl dump` shows it.
    pub fn dump(&self) -> Result<Value> {
        Ok(self.site.read(|sim| dump::dump(&sim.site, b"lab"))?)
    }

    /// Sets a field of the site by hand, by JSON pointer.
    pub fn set(&self, path: &str, value: Value) -> Result<()> {
        self.by_hand(&Effect::Set(path.to_owned(), value))
    }

    /// Takes a key away by hand.
    pub fn unset(&self, path: &str) -> Result<()> {
        self.by_hand(&Effect::Unset(path.to_owned()))
    }

    /// Changes the site by hand.
    pub fn by_hand(&self, effect: &Effect) -> Result<()> {
        let reply = self.site.apply(effect, &Origin::Control);
        reply.map(drop).map_err(|refused| anyhow::anyhow!("{} ({})", refused.message, refused.code))
    }

    /// Looks at the site.
    pub fn look<T>(&self, look: impl FnOnce(&Site) -> T) -> T {
        self.site.read(|sim| look(&sim.site))
    }

    /// A controller leads from now on.
    pub fn lead(&mut self) {
        self.terms += 1;
        let (stop, tracker) = (CancellationToken::new(), TaskTracker::new());
        let client = self.api.client();
        let (base_ms, start) = (self.base_ms, self.start);
        let connector = Instances::new(self.site.clone(), self.sky.clone())
            .keeping(Arc::clone(&self.sent))
            .counting(Arc::clone(&self.attempts));
        self.trips = connector.trips();
        self.metrics = Arc::default();
        let holder = format!("lab_{}", self.terms);
        let epoch = Epoch { lineage: LINEAGE.to_owned(), number: self.terms, holder };
        let loops = Loops {
            namespaces: vec![NAMESPACE.to_owned()],
            concurrency: 8,
            clients: Clients { watches: client.clone(), calls: client.clone(), lease: client.clone() },
            ports: Ports {
                nodes: Arc::new(Gated::<dyn NodePort> { port: self.nodes.clone(), gate: self.gate.clone() }),
                sql: Arc::new(Gated::<dyn SqlPort> {
                    port: Arc::new(SqlServers::over(Arc::new(connector))),
                    gate: self.gate.clone(),
                }),
                endpoint: Arc::new(Endpoints(self.site.clone())),
            },
            secrets: SecretStore::new(client, OWN_NAMESPACE.to_owned()),
            leadership: Leadership::new(epoch),
            metrics: Arc::clone(&self.metrics),
            clock: Arc::new(move || now_ms(base_ms, start)),
        };
        let (token, tasks) = (stop.clone(), tracker.clone());
        tracker.spawn(async move { loops.run(&token, &tasks).await });
        self.controller = Some((stop, tracker));
    }

    /// The controller ends and gives up its work.
    pub async fn stop(&mut self) {
        if let Some((stop, tracker)) = self.controller.take() {
            stop.cancel();
            tracker.close();
            tracker.wait().await;
        }
    }

    /// Waits until nothing happens any more.
    pub async fn settle(&self, limit: Duration) -> Result<Settled> {
        self.settle_for(QUIET, limit).await
    }

    /// Waits until nothing happened for a while.
    pub async fn settle_for(&self, quiet: Duration, limit: Duration) -> Result<Settled> {
        let began = Instant::now();
        let (mut last, mut since) = (self.activity(), began);
        while since.elapsed() < quiet {
            sleep(Duration::from_millis(500)).await;
            let activity = self.activity();
            if activity != last {
                (last, since) = (activity, Instant::now());
            }
            if began.elapsed() > limit {
                bail!("no rest within {limit:?}:\n{}", self.describe());
            }
        }
        Ok(Settled { after: since.duration_since(began), objects: self.objects() })
    }

    /// Waits until `look` sees what it wants.
    pub async fn until(&self, limit: Duration, what: &str, look: impl Fn(&Self) -> bool) -> Result<Duration> {
        let began = Instant::now();
        while !look(self) {
            if began.elapsed() > limit {
                bail!("not within {limit:?}: {what}\n{}", self.describe());
            }
            sleep(Duration::from_millis(250)).await;
        }
        Ok(began.elapsed())
    }

    /// Waits until all objects are ready.
    pub async fn until_ready(&self, limit: Duration) -> Result<Duration> {
        self.until(limit, "all objects Ready", |lab| lab.objects().iter().all(objects::is_ready)).await
    }

    fn activity(&self) -> (u64, usize) {
        (self.api.revision(), self.site.read(|sim| sim.effects.len()))
    }

    /// What is not as it shall be, for a failed test.
    pub fn describe(&self) -> String {
        let mut lines = Vec::new();
        for object in self.objects().iter().filter(|object| !objects::is_ready(object)) {
            let ready = objects::condition(object, "Ready");
            lines.push(format!("{} {}: {ready:?}", objects::kind_of(object), objects::name_of(object)));
            lines.extend(objects::steps(object).into_iter().map(|step| format!("  {step}")));
        }
        lines.join("\n")
    }

    /// Calls of agents, and batches to instances, of the present controller.
    pub fn calls(&self) -> (usize, usize) {
        (self.nodes.calls(), self.trips.load(Ordering::Relaxed))
    }

    /// Statements sent so far.
    pub fn statements(&self) -> Vec<Sent> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Claims that the running agents hold: `SQL01: Replica of ssisdb`.
    pub fn claims(&self) -> Vec<String> {
        let line = |(node, claim): (_, scaleout_model::node::Claim)| {
            format!("{node}: {:?} of {}", claim.role, claim.name)
        };
        self.nodes.claims().into_iter().map(line).collect()
    }

    /// Logins tried so far.
    pub fn logins(&self) -> Vec<Attempt> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The agents' audit logs.
    pub fn audits(&self) -> Result<String> {
        self.nodes.audits()
    }
}

/// A pass is asked for now.
pub fn pass_request(value: &str) -> Value {
    json!({"metadata": {"annotations": {"scaleout.ssis.dev/reconcile-requested-at": value}}})
}

fn now_ms(base_ms: i64, start: Instant) -> i64 {
    base_ms.saturating_add(i64::try_from(start.elapsed().as_millis()).unwrap_or(i64::MAX))
}

async fn run_clock(site: SiteHandle, nodes: Arc<Nodes>, stop: CancellationToken, from: (i64, Instant)) {
    while stop.run_until_cancelled(sleep(TICK)).await.is_some() {
        site.update(|sim| sim.tick(now_ms(from.0, from.1)));
        nodes.follow_power();
    }
}

/// Runs a scenario on a paused clock and with a log of its own.
pub fn run<T>(scenario: impl Future<Output = Result<T>>) -> Result<T> {
    let log = Log::default();
    let _kept = log.keep();
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.on_thread_start(move || log.keep_for_good());
    builder.enable_all().start_paused(true).build()?.block_on(scenario)
}
