//! Ports that refuse some ops: what is refused stays undone, and with it all that needs it. So a site can be made half.

use async_trait::async_trait;
use futures::stream::BoxStream;
use scaleout_execution::ports::{
    EpochAnswer, LoginState, NodeEvent, NodePort, NodeTarget, Refusals, SqlPort, SqlTarget, WriteGuard,
};
use scaleout_model::fact::{Cause, Fact};
use scaleout_model::fence::{Epoch, Fence};
use scaleout_model::names::GroupName;
use scaleout_model::node::{NodeFacts, NodeOp};
use scaleout_model::outcome::Outcome;
use scaleout_model::reason::Reason;
use scaleout_model::secret::SecretBytes;
use scaleout_model::sql::{CatalogFacts, InstanceFacts, SqlOp};
use scaleout_model::verdict::WaitingOn;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// An op at a place: `BindCertificate SQL01`.
pub type Unit = String;

/// Which units are refused, and which came through.
#[derive(Clone, Debug, Default)]
pub struct Gate {
    refused: Arc<Mutex<BTreeSet<Unit>>>,
    passed: Arc<Mutex<BTreeSet<Unit>>>,
}

impl Gate {
    /// From now on these are refused, and no others.
    pub fn refuse(&self, units: BTreeSet<Unit>) {
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = units;
    }

    /// What was done so far.
    pub fn passed(&self) -> BTreeSet<Unit> {
        self.passed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn ask(&self, unit: &Unit) -> Result<(), Outcome> {
        if self.refused.lock().unwrap_or_else(PoisonError::into_inner).contains(unit) {
            // Not a failure: it is tried again soon, so that what is let through goes on at once.
            let message = "people have not come to it yet".to_owned();
            return Err(Outcome::NotYet(WaitingOn { reason: Reason::StepPending, message }));
        }
        Ok(())
    }

    fn note(&self, unit: Unit, outcome: Outcome) -> Outcome {
        if matches!(outcome, Outcome::Done(_)) {
            self.passed.lock().unwrap_or_else(PoisonError::into_inner).insert(unit);
        }
        outcome
    }
}

/// A port behind the gate.
pub struct Gated<P: ?Sized> {
    /// The port.
    pub port: Arc<P>,
    /// The gate.
    pub gate: Gate,
}

#[async_trait]
impl NodePort for Gated<dyn NodePort> {
    async fn facts(&self, target: &NodeTarget) -> Result<NodeFacts, Cause> {
        self.port.facts(target).await
    }

    async fn execute(&self, target: &NodeTarget, fence: &Fence, op: NodeOp<SecretBytes>) -> Outcome {
        let unit = format!("{} {}", op.name(), target.node);
        match self.gate.ask(&unit) {
            Ok(()) => self.gate.note(unit, self.port.execute(target, fence, op).await),
            Err(refused) => refused,
        }
    }

    async fn raise_epoch(&self, target: &NodeTarget, epoch: &Epoch) -> Result<EpochAnswer, Cause> {
        self.port.raise_epoch(target, epoch).await
    }

    fn events(&self, target: &NodeTarget) -> BoxStream<'static, NodeEvent> {
        self.port.events(target)
    }
}

#[async_trait]
impl SqlPort for Gated<dyn SqlPort> {
    async fn observe(&self, target: &SqlTarget, group: &GroupName) -> Result<InstanceFacts, Cause> {
        self.port.observe(target, group).await
    }

    fn note_logins(&self, target: &SqlTarget, state: LoginState) -> Refusals {
        self.port.note_logins(target, state)
    }

    async fn observe_catalog(&self, target: &SqlTarget) -> Fact<CatalogFacts> {
        self.port.observe_catalog(target).await
    }

    async fn execute(
        &self,
        target: &SqlTarget,
        fence: &Fence,
        guard: &dyn WriteGuard,
        op: SqlOp<SecretBytes>,
    ) -> Outcome {
        let unit = format!("{} {}", op.name(), target.replica);
        match self.gate.ask(&unit) {
            Ok(()) => self.gate.note(unit, self.port.execute(target, fence, guard, op).await),
            Err(refused) => refused,
        }
    }

    async fn depose(&self, target: &SqlTarget, epoch: &Epoch) -> Result<(), Cause> {
        self.port.depose(target, epoch).await
    }
}
