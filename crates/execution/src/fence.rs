//! Leadership as writes see it: the epoch is raised at each agent, and sessions of deposed leaders are ended
//! on each instance, before the first write there (once per process; the gate is per instance, so a node
//! that is down holds up nothing else).

use crate::execute::Writers;
use crate::observe::Site;
use crate::ports::{EpochAnswer, GuardRefusal, NodePort, NodeTarget, SqlTarget, WriteGuard};
use async_trait::async_trait;
use scaleout_model::fence::{Epoch, Fence};
use scaleout_model::names::NodeName;
use scaleout_model::outcome::{Class, Failure, Outcome, Refusal};
use std::collections::HashSet;
use std::sync::Arc;
use tokio::sync::Mutex;

/// The epoch that this process leads with, and the instances already fenced for it.
#[derive(Debug)]
pub struct Leadership {
    epoch: Epoch,
    fenced: Mutex<HashSet<(String, u16)>>,
}

impl Leadership {
    /// A new term; nothing is fenced yet.
    pub fn new(epoch: Epoch) -> Arc<Self> {
        Arc::new(Self { epoch, fenced: Mutex::default() })
    }

    /// The epoch.
    pub fn epoch(&self) -> &Epoch {
        &self.epoch
    }

    /// Fences an instance if that was not done in this term: raise at its node's agent, then end and await
    /// the sessions of deposed leaders. Answers the guard for each write there.
    pub(crate) async fn fence_instance<'a>(
        &self,
        writers: Writers<'a>,
        site: &Site,
        target: &SqlTarget,
        fence: &Fence,
    ) -> Result<AgentGuard<'a>, Outcome> {
        let machine: NodeName = target.replica.machine();
        let Some(node) = site.nodes.iter().find(|node| node.node == machine) else {
            let message = format!("no agent is named for the machine of replica {}", target.replica);
            return Err(Outcome::Failed(Failure::new(Class::Prerequisite, None, message)));
        };
        let guard = AgentGuard { nodes: writers.nodes, target: node.clone(), epoch: fence.epoch.clone() };
        let key = (target.host.to_string().to_lowercase(), target.port);
        let mut fenced = self.fenced.lock().await;
        if !fenced.contains(&key) {
            guard.confirm().await.map_err(refusal_outcome)?;
            writers
                .sql
                .depose(target, &fence.epoch)
                .await
                .map_err(|cause| Outcome::Failed(Failure::new(Class::Transient, None, cause.message)))?;
            fenced.insert(key);
        }
        Ok(guard)
    }
}

/// The outcome of a write that its guard refused.
pub fn refusal_outcome(refusal: GuardRefusal) -> Outcome {
    match refusal {
        GuardRefusal::Refused(refusal) => Outcome::Refused(refusal),
        GuardRefusal::Unanswered(cause) => Outcome::Failed(Failure::new(
            Class::Transient,
            None,
            format!("nothing is written while the node's agent does not answer: {}", cause.message),
        )),
    }
}

/// Asks a node's agent whether the epoch is still the highest.
pub(crate) struct AgentGuard<'a> {
    nodes: &'a dyn NodePort,
    target: NodeTarget,
    epoch: Epoch,
}

#[async_trait]
impl WriteGuard for AgentGuard<'_> {
    async fn confirm(&self) -> Result<(), GuardRefusal> {
        match self.nodes.raise_epoch(&self.target, &self.epoch).await {
            Ok(EpochAnswer::Accepted) => Ok(()),
            Ok(EpochAnswer::Behind(_)) => Err(GuardRefusal::Refused(Refusal::StaleEpoch)),
            Ok(EpochAnswer::OtherLineage) => Err(GuardRefusal::Refused(Refusal::OtherLineage)),
            Err(cause) => Err(GuardRefusal::Unanswered(cause)),
        }
    }
}
