//! The one site that all doors share: locked, with notice of every change.

use scaleout_agent::host::HostChange;
use scaleout_model::names::NodeName;
use scaleout_model::node::Feature;
use scaleout_sim_site::state::{Node, Service};
use scaleout_sim_site::{Effect, Origin, Refused, Reply, SimSite, Site};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::{broadcast, watch};
use tokio_util::sync::CancellationToken;

/// Changes that a receiver may lag behind.
const BACKLOG: usize = 256;
/// How often the site's time follows the machine's.
const TICK: Duration = Duration::from_millis(50);

/// A handle on the site. Clones share it.
#[derive(Clone, Debug)]
pub struct SiteHandle {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    site: Arc<Mutex<SimSite>>,
    /// As it was when changes were told last. Locked after `site` only.
    told: Mutex<Site>,
    revision: watch::Sender<u64>,
    hosts: BTreeMap<NodeName, broadcast::Sender<HostChange>>,
}

impl SiteHandle {
    /// Takes over a site. Its machines are those it has now.
    pub fn new(site: SimSite) -> Self {
        let hosts =
            site.site.nodes.keys().map(|node| (node.clone(), broadcast::channel(BACKLOG).0)).collect();
        let revision = watch::Sender::new(0);
        let told = Mutex::new(site.site.clone());
        Self { shared: Arc::new(Shared { site: Arc::new(Mutex::new(site)), told, revision, hosts }) }
    }

    /// The site itself, for who changes it by its own lock. Such changes are told with the next tick.
    pub fn shared(&self) -> Arc<Mutex<SimSite>> {
        self.shared.site.clone()
    }

    /// Looks at the site. Must not be held over anything slow.
    pub fn read<T>(&self, look: impl FnOnce(&SimSite) -> T) -> T {
        look(&self.lock())
    }

    /// Changes the site in any way; what changed is told to all.
    pub fn update<T>(&self, change: impl FnOnce(&mut SimSite) -> T) -> T {
        let mut site = self.lock();
        let result = change(&mut site);
        self.tell(&site.site);
        result
    }

    /// Carries out one effect.
    pub fn apply(&self, effect: &Effect, origin: &Origin) -> Result<Reply, Refused> {
        self.update(|site| site.apply(effect, origin))
    }

    /// A counter that grows with every change but that of time.
    pub fn revisions(&self) -> watch::Receiver<u64> {
        self.shared.revision.subscribe()
    }

    /// Where changes that Windows pushes on a machine are sent; `None`: no such machine.
    pub(crate) fn host_sender(&self, node: &NodeName) -> Option<broadcast::Sender<HostChange>> {
        self.shared.hosts.get(node).cloned()
    }

    /// Waits until the site is as `look` asks, which is called after each change.
    pub async fn until<T>(&self, mut look: impl FnMut(&SimSite) -> Option<T>) -> T {
        let mut revisions = self.revisions();
        loop {
            revisions.mark_unchanged();
            if let Some(found) = self.read(&mut look) {
                return found;
            }
            // The sender lives as long as `self`.
            if revisions.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// Lets the site's time follow the machine's until cancelled.
    pub async fn run_clock(self, cancel: CancellationToken) {
        let mut interval = tokio::time::interval(TICK);
        interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        while cancel.run_until_cancelled(interval.tick()).await.is_some() {
            self.update(|site| site.tick(unix_ms()));
        }
    }

    fn lock(&self) -> MutexGuard<'_, SimSite> {
        self.shared.site.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, after: &Site) {
        let mut told = self.shared.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.now_ms = after.now_ms;
        if *told == *after {
            return;
        }
        let before = std::mem::replace(&mut *told, after.clone());
        let cluster = before.cluster != after.cluster;
        for (name, sender) in &self.shared.hosts {
            let (Some(old), Some(new)) = (before.nodes.get(name), after.nodes.get(name)) else { continue };
            let member = after.cluster.as_ref().is_some_and(|c| c.nodes.contains_key(name));
            let mut changes = node_changes(old, new);
            if cluster && member {
                changes.push(HostChange::Cluster);
            }
            for change in changes {
                // No receiver: nobody to tell.
                let _ = sender.send(change);
            }
        }
        self.shared.revision.send_modify(|revision| *revision += 1);
    }
}

fn node_changes(old: &Node, new: &Node) -> Vec<HostChange> {
    let visible = |service: &Service| {
        (
            service.state,
            service.start_type,
            service.account.clone(),
            service.recovery_actions,
            service.started_ms,
        )
    };
    let touched = new
        .services
        .iter()
        .filter(|(name, service)| old.services.get(*name).map(visible) != Some(visible(service)));
    let mut changes: Vec<HostChange> = touched.map(|(name, _)| HostChange::Service(name.clone())).collect();
    if old.certificates != new.certificates {
        changes.push(HostChange::Certificates);
    }
    for feature in [Feature::ScaleOutMaster, Feature::ScaleOutWorker] {
        let files = |node: &Node| {
            let of_kind = node.features.values().filter(|f| f.feature == feature);
            of_kind.map(|f| f.settings.clone()).collect::<Vec<_>>()
        };
        if files(old) != files(new) {
            changes.push(HostChange::Settings(feature));
        }
    }
    changes
}

/// The machine's time, unix ms.
pub fn unix_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
