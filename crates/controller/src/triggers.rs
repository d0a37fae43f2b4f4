//! Agents' event streams as triggers: each agent is subscribed once; an event wakes the objects that observe it.

use futures::StreamExt as _;
use kube::Resource;
use kube::runtime::reflector::ObjectRef;
use scaleout_execution::ports::{NodePort, NodeTarget};
use scaleout_execution::recent::Recent;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Who is woken by which agent.
#[derive(Clone)]
pub struct Triggers {
    nodes: Arc<dyn NodePort>,
    recent: Arc<Recent>,
    inner: Arc<Mutex<Inner>>,
    tracker: TaskTracker,
    stop: CancellationToken,
}

#[derive(Default)]
struct Inner {
    /// Per agent: whom to wake, `(kind, namespace, name)`.
    wakes: HashMap<NodeTarget, HashSet<Waker>>,
    /// Per kind: where its controller listens.
    senders: HashMap<(&'static str, String), mpsc::UnboundedSender<String>>,
}

type Waker = (&'static str, String, String);

impl Triggers {
    /// Over these agents, whose events make `recent` old; streams end with `stop`.
    pub fn new(
        nodes: Arc<dyn NodePort>,
        recent: Arc<Recent>,
        tracker: TaskTracker,
        stop: CancellationToken,
    ) -> Self {
        Self { nodes, recent, inner: Arc::default(), tracker, stop }
    }

    /// The stream of objects of one kind in one namespace to reconcile.
    pub fn listen<K>(
        &self,
        kind: &'static str,
        namespace: &str,
    ) -> impl futures::Stream<Item = ObjectRef<K>> + use<K>
    where
        K: Resource<DynamicType = ()>,
    {
        let (sender, receiver) = mpsc::unbounded_channel();
        if let Ok(mut inner) = self.inner.lock() {
            inner.senders.insert((kind, namespace.to_owned()), sender);
        }
        let namespace = namespace.to_owned();
        futures::stream::unfold(receiver, |mut receiver| async move {
            receiver.recv().await.map(|name: String| (name, receiver))
        })
        .map(move |name| ObjectRef::new(&name).within(&namespace))
    }

    /// From now on, an event of these agents wakes the object; agents that it no longer observes do not.
    pub fn subscribe(&self, kind: &'static str, namespace: &str, name: &str, targets: &[NodeTarget]) {
        let Ok(mut inner) = self.inner.lock() else { return };
        let waker = (kind, namespace.to_owned(), name.to_owned());
        for (target, wakes) in &mut inner.wakes {
            if !targets.contains(target) {
                wakes.remove(&waker);
            }
        }
        for target in targets {
            let fresh = !inner.wakes.contains_key(target);
            inner.wakes.entry(target.clone()).or_default().insert(waker.clone());
            if fresh {
                self.follow(target.clone());
            }
        }
    }

    fn follow(&self, target: NodeTarget) {
        let mut events = self.nodes.events(&target);
        let inner = Arc::clone(&self.inner);
        let (stop, recent) = (self.stop.clone(), Arc::clone(&self.recent));
        self.tracker.spawn(async move {
            while let Some(Some(event)) = stop.run_until_cancelled(events.next()).await {
                tracing::debug!(node = %event.node, what = %event.what, "agent event");
                recent.forget();
                let Ok(inner) = inner.lock() else { return };
                for (kind, namespace, name) in inner.wakes.get(&target).into_iter().flatten() {
                    if let Some(sender) = inner.senders.get(&(*kind, namespace.clone())) {
                        // The receiver is gone only at shutdown.
                        let _ = sender.send(name.clone());
                    }
                }
            }
        });
    }
}
