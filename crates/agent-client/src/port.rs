//! [`NodePort`] over the client.

use crate::classify::CallError;
use crate::client::AgentClient;
use crate::events;
use async_trait::async_trait;
use futures::stream::BoxStream;
use scaleout_agent_api::{
    EPOCH_PATH, EpochAnswer as WireAnswer, EpochRequest, FACTS_PATH, OPS_PATH, OpRequest, OpResponse,
};
use scaleout_execution::ports::{EpochAnswer, NodeEvent, NodePort, NodeTarget};
use scaleout_model::fact::Cause;
use scaleout_model::fence::{Epoch, Fence};
use scaleout_model::node::{NodeFacts, NodeOp};
use scaleout_model::outcome::Outcome;
use scaleout_model::secret::SecretBytes;
use std::time::Duration;

const FACTS_LIMIT: Duration = Duration::from_secs(20);
/// The agent answers an op that still runs after 20 s with `NotYet`.
const OP_LIMIT: Duration = Duration::from_secs(30);
const EPOCH_LIMIT: Duration = Duration::from_secs(5);

#[async_trait]
impl NodePort for AgentClient {
    async fn facts(&self, target: &NodeTarget) -> Result<NodeFacts, Cause> {
        self.get(target, FACTS_PATH, FACTS_LIMIT).await.map_err(|error: CallError| error.cause())
    }

    async fn execute(&self, target: &NodeTarget, fence: &Fence, op: NodeOp<SecretBytes>) -> Outcome {
        let request = OpRequest { fence: fence.clone(), op };
        match self.post::<_, OpResponse>(target, OPS_PATH, &request, OP_LIMIT).await {
            Ok(response) => response.outcome,
            Err(error) => error.outcome(),
        }
    }

    async fn raise_epoch(&self, target: &NodeTarget, epoch: &Epoch) -> Result<EpochAnswer, Cause> {
        let request = EpochRequest { epoch: epoch.clone() };
        let answer = self.post(target, EPOCH_PATH, &request, EPOCH_LIMIT).await;
        answer.map_err(|error: CallError| error.cause()).map(|answer| match answer {
            WireAnswer::Accepted => EpochAnswer::Accepted,
            WireAnswer::Behind(highest) => EpochAnswer::Behind(highest),
            WireAnswer::OtherLineage => EpochAnswer::OtherLineage,
        })
    }

    fn events(&self, target: &NodeTarget) -> BoxStream<'static, NodeEvent> {
        events::stream(self.clone(), target.clone())
    }
}
