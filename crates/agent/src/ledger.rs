//! Ops that run now. The ledger joins, it never answers: a request equal to a running op attaches to it; what
//! has ended is only history, and the next equal request looks at the node again.

use scaleout_agent_api::AgentEvent;
use scaleout_model::fence::{Epoch, Fence};
use scaleout_model::node::{Claim, NodeOp, RunningOp};
use scaleout_model::outcome::Outcome;
use scaleout_model::secret::SecretBytes;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{broadcast, watch};
use tokio_util::task::TaskTracker;

use crate::claims::{claim_of, holder_text};
use crate::host::SetupProgress;

/// An op that runs.
#[derive(Debug)]
pub struct Running {
    op: NodeOp<SecretBytes>,
    owner: Claim,
    epoch: Mutex<Epoch>,
    progress: Mutex<String>,
    events: broadcast::Sender<AgentEvent>,
    outcome: watch::Sender<Option<Outcome>>,
}

impl Running {
    /// The op.
    pub fn op(&self) -> &NodeOp<SecretBytes> {
        &self.op
    }

    /// The epoch in whose name it runs: of the latest request that joined.
    pub fn epoch(&self) -> Epoch {
        self.epoch.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn describe(&self) -> RunningOp {
        RunningOp {
            op: self.op.name().to_owned(),
            disruptive: self.op.is_disruptive(),
            owner: holder_text(&self.owner),
            progress: self.progress.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }
}

impl SetupProgress for Running {
    fn report(&self, line: &str) {
        line.clone_into(&mut self.progress.lock().unwrap_or_else(PoisonError::into_inner));
        // Nobody listens: nothing is lost, progress is in the facts too.
        let _ = self.events.send(AgentEvent::OpProgress {
            op: self.op.name().to_owned(),
            owner: holder_text(&self.owner),
            progress: line.to_owned(),
        });
    }
}

/// All running ops.
#[derive(Debug)]
pub struct Ledger {
    running: Mutex<Vec<Arc<Running>>>,
    events: broadcast::Sender<AgentEvent>,
    tasks: TaskTracker,
}

/// Takes an op out of the ledger when it ends, in whichever way.
struct Entry {
    ledger: Arc<Ledger>,
    running: Arc<Running>,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.ledger.lock().retain(|other| !Arc::ptr_eq(other, &self.running));
        let _ = self.ledger.events.send(AgentEvent::OpFinished {
            op: self.running.op.name().to_owned(),
            owner: holder_text(&self.running.owner),
        });
    }
}

impl Ledger {
    /// An empty ledger whose progress goes to `events`.
    pub fn new(events: broadcast::Sender<AgentEvent>) -> Arc<Self> {
        Arc::new(Self { running: Mutex::default(), events, tasks: TaskTracker::new() })
    }

    /// Joins an equal running op of this owner, or runs `run` in a task of its own, which no dropped
    /// connection ends. The receiver holds the outcome once there is one; closed without: the task died.
    pub fn submit<F, R>(
        self: &Arc<Self>,
        fence: &Fence,
        op: NodeOp<SecretBytes>,
        run: F,
    ) -> watch::Receiver<Option<Outcome>>
    where
        F: FnOnce(Arc<Running>) -> R,
        R: Future<Output = Outcome> + Send + 'static,
    {
        let owner = claim_of(fence);
        let mut all = self.lock();
        if let Some(equal) = all.iter().find(|r| r.owner == owner && r.op == op) {
            // A new leader wants the same: from now on it runs in that leader's name.
            *equal.epoch.lock().unwrap_or_else(PoisonError::into_inner) = fence.epoch.clone();
            return equal.outcome.subscribe();
        }
        let (outcome, receiver) = watch::channel(None);
        let running = Arc::new(Running {
            op,
            owner,
            epoch: Mutex::new(fence.epoch.clone()),
            progress: Mutex::default(),
            events: self.events.clone(),
            outcome,
        });
        all.push(running.clone());
        drop(all);
        let entry = Entry { ledger: self.clone(), running: running.clone() };
        let work = run(running);
        self.tasks.spawn(async move {
            let outcome = work.await;
            let running = entry.running.clone();
            drop(entry);
            running.outcome.send_replace(Some(outcome));
        });
        receiver
    }

    /// The running ops, for the facts.
    pub fn describe(&self) -> Vec<RunningOp> {
        self.lock().iter().map(|running| running.describe()).collect()
    }

    /// Waits until no op runs; to be called when no more are submitted.
    pub async fn drain(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Running>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
