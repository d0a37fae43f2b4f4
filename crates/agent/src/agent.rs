//! The agent: admission of ops (lineage, namespace, epoch, claim), the ledger, and what they share.

use crate::audit::{AuditLog, Entry, arguments_digest};
use crate::claims::{Claims, Standing};
use crate::config::AgentConfig;
use crate::epoch::{Admission, EpochKeeper};
use crate::facts::timely;
use crate::host::{Host, HostChange, MediaSource};
use crate::ledger::{Ledger, Running};
use crate::metrics::Metrics;
use crate::ops;
use crate::state::{StateDir, StateError};
use scaleout_agent_api::{AgentEvent, EpochAnswer, OpRequest};
use scaleout_model::fence::{Epoch, Fence};
use scaleout_model::names::MediaKey;
use scaleout_model::node::{Feature, NodeOp};
use scaleout_model::outcome::{Class, Failure, Outcome, Refusal};
use scaleout_model::reason::Reason;
use scaleout_model::secret::SecretBytes;
use scaleout_model::verdict::WaitingOn;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::broadcast;

/// An op that takes longer is answered with `NotYet`; it goes on, and an equal request joins it.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);
/// Events that a slow stream may fall behind before it gets a `Resync`.
const EVENT_BACKLOG: usize = 256;

/// The agent of one node.
pub struct Agent {
    host: Arc<dyn Host>,
    namespaces: Vec<String>,
    media: BTreeMap<MediaKey, MediaSource>,
    epochs: EpochKeeper,
    claims: Claims,
    audit: AuditLog,
    ledger: Arc<Ledger>,
    events: broadcast::Sender<AgentEvent>,
    metrics: Metrics,
    lanes: ops::Lanes,
    /// Held as long as the agent lives.
    _state: StateDir,
}

impl Agent {
    /// Opens the durable state and listens to the host's changes.
    pub fn open(config: &AgentConfig, host: Arc<dyn Host>) -> Result<Arc<Self>, StateError> {
        let state = StateDir::open(&config.state_dir)?;
        let (events, _) = broadcast::channel(EVENT_BACKLOG);
        let agent = Arc::new(Self {
            namespaces: config.namespaces.clone(),
            media: config.media.clone(),
            epochs: EpochKeeper::open(&state, config.lineage.clone())?,
            claims: Claims::open(&state)?,
            audit: AuditLog::open(&state)?,
            ledger: Ledger::new(events.clone()),
            events: events.clone(),
            metrics: Metrics::default(),
            lanes: ops::Lanes::default(),
            _state: state,
            host,
        });
        tokio::spawn(forward_changes(agent.host.changes(), events));
        Ok(agent)
    }

    /// The machine.
    pub fn host(&self) -> &dyn Host {
        self.host.as_ref()
    }

    /// The kept epoch.
    pub fn epochs(&self) -> &EpochKeeper {
        &self.epochs
    }

    /// Claims and placements.
    pub fn claims(&self) -> &Claims {
        &self.claims
    }

    /// Ops that run.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Namespaces that are served.
    pub fn namespaces(&self) -> &[String] {
        &self.namespaces
    }

    /// The table of media.
    pub fn media(&self) -> &BTreeMap<MediaKey, MediaSource> {
        &self.media
    }

    /// Counters.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// One lock per family of ops.
    pub(crate) fn lanes(&self) -> &ops::Lanes {
        &self.lanes
    }

    /// Events from now on.
    pub fn events(&self) -> broadcast::Receiver<AgentEvent> {
        self.events.subscribe()
    }

    /// Raises the epoch, durably, or says what is in its way. `peer`: the identity that the peer proved.
    pub fn raise_epoch(&self, peer: &str, epoch: &Epoch) -> Result<EpochAnswer, StateError> {
        let admission = self.epochs.admit(epoch)?;
        match &admission {
            Admission::Accepted { raised: true } => self.audit.record(peer, &Entry::EpochRaised { epoch })?,
            Admission::Accepted { raised: false } => {}
            Admission::Behind(_) | Admission::OtherLineage => {
                self.audit.record(peer, &Entry::EpochRefused { epoch })?;
            }
        }
        Ok(match admission {
            Admission::Accepted { .. } => EpochAnswer::Accepted,
            Admission::Behind(kept) => EpochAnswer::Behind(kept),
            Admission::OtherLineage => EpochAnswer::OtherLineage,
        })
    }

    /// Admits an op, runs it or joins an equal one, and answers when it has ended or after 20 s with `NotYet`.
    pub async fn execute(self: &Arc<Self>, peer: &str, request: OpRequest) -> Outcome {
        let OpRequest { fence, op } = request;
        let name = op.name();
        let outcome = match self.admit(peer, &fence, &op).await {
            Ok(()) => self.run(peer, fence, op).await,
            Err(refused) => {
                let arguments = arguments_digest(&op);
                let entry =
                    Entry::OpRefused { fence: &fence, op: name, arguments: &arguments, outcome: &refused };
                if let Err(error) = self.audit.record(peer, &entry) {
                    tracing::error!(%error, "the audit log cannot be written");
                }
                refused
            }
        };
        self.metrics.count_op(name, &outcome);
        outcome
    }

    /// Lineage and namespace first: a request that is not for us must not move the epoch.
    async fn admit(&self, peer: &str, fence: &Fence, op: &NodeOp<SecretBytes>) -> Result<(), Outcome> {
        if !self.epochs.serves_lineage(&fence.epoch.lineage) {
            return Err(Outcome::Refused(Refusal::OtherLineage));
        }
        if !self.namespaces.contains(&fence.owner.namespace) {
            return Err(Outcome::Refused(Refusal::NamespaceNotAllowed));
        }
        match self.raise_epoch(peer, &fence.epoch).map_err(|e| not_durable(&e))? {
            EpochAnswer::Accepted => {}
            EpochAnswer::Behind(_) => return Err(Outcome::Refused(Refusal::StaleEpoch)),
            EpochAnswer::OtherLineage => return Err(Outcome::Refused(Refusal::OtherLineage)),
        }
        let other = |holder| Outcome::Refused(Refusal::ClaimedByOther(holder));
        match self.claims.standing(fence, op) {
            Standing::Holds | Standing::Beside => return Ok(()),
            Standing::Other(holder) => return Err(other(holder)),
            Standing::Free => {}
            Standing::FreeOnWorker => self.require_worker_feature().await?,
        }
        self.claims.take(fence).map_err(|e| not_durable(&e))?.map_err(other)
    }

    async fn require_worker_feature(&self) -> Result<(), Outcome> {
        let features =
            timely(self.host.features()).await.map_err(|e| ops::OpError::from(e).into_outcome())?;
        if features.iter().any(|installed| installed.feature == Feature::ScaleOutWorker) {
            return Ok(());
        }
        Err(Outcome::NotYet(WaitingOn {
            reason: Reason::ReferenceNotReady,
            message: "no master of this namespace has claimed the node, and it is no worker".to_owned(),
        }))
    }

    async fn run(self: &Arc<Self>, peer: &str, fence: Fence, op: NodeOp<SecretBytes>) -> Outcome {
        let reason = match &op {
            NodeOp::InstallFeature { .. } => Reason::InstallationRunning,
            _ => Reason::Converging,
        };
        let name = op.name();
        let (agent, peer, own_fence) = (self.clone(), peer.to_owned(), fence.clone());
        let mut outcome = self.ledger.submit(&fence, op, move |running| async move {
            agent.run_audited(&peer, own_fence, running).await
        });
        let ended = outcome.wait_for(Option::is_some);
        match tokio::time::timeout(ANSWER_WITHIN, ended).await {
            Ok(Ok(outcome)) => outcome.clone().unwrap_or_else(died),
            Ok(Err(_)) => died(),
            Err(_) => Outcome::NotYet(WaitingOn { reason, message: format!("{name} still runs") }),
        }
    }

    async fn run_audited(self: Arc<Self>, peer: &str, fence: Fence, running: Arc<Running>) -> Outcome {
        let arguments = arguments_digest(running.op());
        let op = running.op().name();
        let begun = Entry::OpBegun { fence: &fence, op, arguments: &arguments };
        if let Err(error) = self.audit.record(peer, &begun) {
            return not_durable(&error);
        }
        let start = Instant::now();
        let outcome = ops::execute(&self, &fence, &running).await;
        let duration_ms = start.elapsed().as_millis();
        let ended =
            Entry::OpEnded { fence: &fence, op, arguments: &arguments, outcome: &outcome, duration_ms };
        if let Err(error) = self.audit.record(peer, &ended) {
            tracing::error!(%error, op, "the audit log cannot be written");
        }
        outcome
    }
}

fn died() -> Outcome {
    Outcome::Failed(Failure::new(Class::Unanswered, None, "the op ended without an outcome"))
}

/// The agent does nothing that it can't first keep or record.
pub(crate) fn not_durable(error: &StateError) -> Outcome {
    tracing::error!(%error, "the agent's state cannot be kept");
    Outcome::Failed(Failure::new(Class::Human, None, "the agent's state cannot be kept; look at its disk"))
}

async fn forward_changes(
    mut changes: broadcast::Receiver<HostChange>,
    events: broadcast::Sender<AgentEvent>,
) {
    loop {
        let event = match changes.recv().await {
            Ok(HostChange::Cluster) => AgentEvent::ClusterChanged,
            Ok(HostChange::Service(service)) => AgentEvent::ServiceChanged { service },
            Ok(HostChange::Certificates) => AgentEvent::CertificatesChanged,
            Ok(HostChange::Settings(feature)) => AgentEvent::SettingsChanged { feature },
            Ok(HostChange::Lost) | Err(broadcast::error::RecvError::Lagged(_)) => AgentEvent::Resync,
            Err(broadcast::error::RecvError::Closed) => return,
        };
        // Nobody listens: the next stream begins with a resync.
        let _ = events.send(event);
    }
}
