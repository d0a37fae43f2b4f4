//! What an op has at hand, and how it ends early.

use crate::agent::{Agent, not_durable};
use crate::claims::Claims;
use crate::codes::failure_of;
use crate::host::{Host, HostChange, HostError, MediaSource, SetupProgress as _};
use crate::ledger::Running;
use crate::state::StateError;
use scaleout_model::fence::Fence;
use scaleout_model::names::MediaKey;
use scaleout_model::outcome::{Class, Failure, Outcome, Refusal};
use scaleout_model::reason::Reason;
use scaleout_model::verdict::WaitingOn;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast;
use tokio::time::Instant;

/// Between two looks while an effect is awaited, if no change is pushed.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// What an op came to, or why it ended early.
pub(crate) type OpResult = Result<Outcome, OpError>;

/// An early end of an op.
#[derive(Debug)]
pub(crate) enum OpError {
    /// A host call failed.
    Host(HostError),
    /// With this outcome.
    Ended(Outcome),
}

impl From<HostError> for OpError {
    fn from(error: HostError) -> Self {
        Self::Host(error)
    }
}

impl From<StateError> for OpError {
    fn from(error: StateError) -> Self {
        Self::Ended(not_durable(&error))
    }
}

impl OpError {
    /// The facts that the op was decided from no longer hold.
    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self::Ended(Outcome::Conflict(message.into()))
    }

    /// It failed by the agent's own judgement.
    pub(crate) fn failed(class: Class, message: impl Into<String>) -> Self {
        Self::Ended(Outcome::Failed(Failure::new(class, None, message)))
    }

    /// It is not possible yet, or not done yet.
    pub(crate) fn not_yet(reason: Reason, message: impl Into<String>) -> Self {
        Self::Ended(Outcome::NotYet(WaitingOn { reason, message: message.into() }))
    }

    /// All calls succeeded and yet the effect does not show.
    pub(crate) fn not_read_back(what: &str) -> Self {
        Self::failed(Class::Transient, format!("{what} does not show after it was written"))
    }

    /// The outcome of the op.
    pub(crate) fn into_outcome(self) -> Outcome {
        match self {
            Self::Host(error) => Outcome::Failed(failure_of(&error)),
            Self::Ended(outcome) => outcome,
        }
    }
}

/// What an op has at hand.
pub(crate) struct OpContext<'a> {
    agent: &'a Agent,
    fence: &'a Fence,
    running: Arc<Running>,
}

impl<'a> OpContext<'a> {
    pub(crate) fn new(agent: &'a Agent, fence: &'a Fence, running: Arc<Running>) -> Self {
        Self { agent, fence, running }
    }

    /// The machine, for reads.
    pub(crate) fn read(&self) -> &'a dyn Host {
        self.agent.host()
    }

    /// The machine, for one write: refused if a higher epoch was seen meanwhile.
    pub(crate) fn write(&self) -> Result<&'a dyn Host, OpError> {
        if self.agent.epochs().is_current(&self.running.epoch()) {
            Ok(self.agent.host())
        } else {
            Err(OpError::Ended(Outcome::Refused(Refusal::StaleEpoch)))
        }
    }

    /// In whose name.
    pub(crate) fn fence(&self) -> &'a Fence {
        self.fence
    }

    /// Claims and placements.
    pub(crate) fn claims(&self) -> &'a Claims {
        self.agent.claims()
    }

    /// An entry of the table of media.
    pub(crate) fn media(&self, key: &MediaKey) -> Option<&'a MediaSource> {
        self.agent.media().get(key)
    }

    /// The running op itself, which takes progress.
    pub(crate) fn running(&self) -> &Running {
        &self.running
    }

    /// Tells what the op is doing.
    pub(crate) fn progress(&self, line: &str) {
        self.running.report(line);
    }

    /// Patience for an effect to show.
    pub(crate) fn patience(&self, limit: Duration) -> Patience {
        Patience { changes: self.agent.host().changes(), deadline: Instant::now() + limit }
    }
}

/// Waits for changes until a deadline.
pub(crate) struct Patience {
    changes: broadcast::Receiver<HostChange>,
    deadline: Instant,
}

impl Patience {
    /// Waits until something changed or it is time to look again. `false`: the deadline has passed.
    pub(crate) async fn wait(&mut self) -> bool {
        let now = Instant::now();
        if now >= self.deadline {
            return false;
        }
        let until = self.deadline.min(now + LOOK_AGAIN);
        let change = tokio::time::timeout_at(until, self.changes.recv()).await;
        if matches!(change, Ok(Err(broadcast::error::RecvError::Closed))) {
            tokio::time::sleep_until(until).await;
        }
        true
    }
}
