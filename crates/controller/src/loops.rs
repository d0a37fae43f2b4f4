//! The loops of the served namespaces, over any ports.

use crate::clients::Clients;
use crate::context::{Clock, Context, Stores};
use crate::kinds::SiteKind;
use crate::kinds::group::GroupKind;
use crate::kinds::master::MasterKind;
use crate::kinds::worker::WorkerKind;
use crate::lease::ErrorChain;
use crate::metrics::Metrics;
use crate::reconcile::{on_error, reconcile};
use crate::secrets::SecretStore;
use crate::slots::Slots;
use crate::triggers::Triggers;
use crate::watches::Watches;
use futures::StreamExt as _;
use kube::Client;
use kube::api::Api;
use kube::runtime::controller::{self, Controller};
use kube::runtime::events::{Recorder, Reporter};
use kube::runtime::watcher;
use scaleout_api::{ScaleOutMaster, ScaleOutWorker, SsisdbAvailabilityGroup};
use scaleout_execution::fence::Leadership;
use scaleout_execution::ports::{EndpointPort, NodePort, SqlPort};
use scaleout_execution::recent::Recent;
use std::sync::{Arc, Mutex};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// What the loops reach besides Kubernetes.
#[derive(Clone)]
pub struct Ports {
    /// Agents.
    pub nodes: Arc<dyn NodePort>,
    /// SQL Server.
    pub sql: Arc<dyn SqlPort>,
    /// The master endpoint.
    pub endpoint: Arc<dyn EndpointPort>,
}

/// One term of leadership.
pub struct Loops {
    /// Namespaces that are served.
    pub namespaces: Vec<String>,
    /// Objects of one kind that are worked on at a time.
    pub concurrency: u16,
    /// Kubernetes.
    pub clients: Clients,
    /// The site.
    pub ports: Ports,
    /// Secrets.
    pub secrets: SecretStore,
    /// The term.
    pub leadership: Arc<Leadership>,
    /// Metrics.
    pub metrics: Arc<Metrics>,
    /// Now, unix milliseconds.
    pub clock: Clock,
}

impl Loops {
    /// Runs all of them until `stop`; `tracker` waits for what they began.
    pub async fn run(self, stop: &CancellationToken, tracker: &TaskTracker) {
        let recent = Arc::new(Recent::default());
        let nodes = Arc::clone(&self.ports.nodes);
        let triggers = Triggers::new(nodes, Arc::clone(&recent), tracker.clone(), stop.clone());
        let slots = Slots::default();
        let mut loops = Vec::new();
        for namespace in &self.namespaces {
            let (groups, masters, workers) = controllers(&self.clients.watches, namespace, self.concurrency);
            let stores =
                Stores { groups: groups.store(), masters: masters.store(), workers: workers.store() };
            let context = Arc::new(self.context(stores.clone(), &triggers, &slots, &recent));
            let watches = Watches {
                client: &self.clients.watches,
                namespace,
                secrets: &self.secrets,
                triggers: &triggers,
                stores: &stores,
            };
            let (groups, masters, workers) =
                (watches.wire_groups(groups), watches.wire_masters(masters), watches.wire_workers(workers));
            loops.push(tracker.spawn(drive::<GroupKind>(groups, Arc::clone(&context), stop.clone())));
            loops.push(tracker.spawn(drive::<MasterKind>(masters, Arc::clone(&context), stop.clone())));
            loops.push(tracker.spawn(drive::<WorkerKind>(workers, context, stop.clone())));
        }
        futures::future::join_all(loops).await;
    }

    fn context(&self, stores: Stores, triggers: &Triggers, slots: &Slots, recent: &Arc<Recent>) -> Context {
        let calls = &self.clients.calls;
        Context {
            client: calls.clone(),
            nodes: Arc::clone(&self.ports.nodes),
            sql: Arc::clone(&self.ports.sql),
            endpoint: Arc::clone(&self.ports.endpoint),
            secrets: self.secrets.clone(),
            leadership: Arc::clone(&self.leadership),
            stores,
            holds: crate::holds::Holds::default(),
            slots: slots.clone(),
            recent: Arc::clone(recent),
            passed: Mutex::default(),
            failures: Mutex::default(),
            written: Mutex::default(),
            triggers: triggers.clone(),
            recorder: Recorder::new(calls.clone(), Reporter::from("scaleout-controller")),
            metrics: Arc::clone(&self.metrics),
            clock: Arc::clone(&self.clock),
        }
    }
}

type Controllers =
    (Controller<SsisdbAvailabilityGroup>, Controller<ScaleOutMaster>, Controller<ScaleOutWorker>);

fn controllers(client: &Client, namespace: &str, concurrency: u16) -> Controllers {
    let config = || controller::Config::default().concurrency(concurrency);
    (
        Controller::new(Api::namespaced(client.clone(), namespace), watcher::Config::default())
            .with_config(config()),
        Controller::new(Api::namespaced(client.clone(), namespace), watcher::Config::default())
            .with_config(config()),
        Controller::new(Api::namespaced(client.clone(), namespace), watcher::Config::default())
            .with_config(config()),
    )
}

async fn drive<K: SiteKind>(
    controller: Controller<K::Object>,
    context: Arc<Context>,
    stop: CancellationToken,
) {
    controller
        .graceful_shutdown_on(stop.cancelled_owned())
        .run(reconcile::<K>, on_error::<K>, context)
        .for_each(|result| async move {
            if let Err(error) = result {
                tracing::debug!(error = %ErrorChain(&error), kind = K::KIND.as_str(), "controller");
            }
        })
        .await;
}
