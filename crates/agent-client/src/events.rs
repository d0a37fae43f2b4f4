//! The agent's event stream, connected again with backoff.

use crate::client::AgentClient;
use crate::sse::SseReader;
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use reqwest::{Method, Response};
use scaleout_agent_api::{AgentEvent, EVENT_KEEP_ALIVE_SECONDS, EVENTS_PATH};
use scaleout_execution::ports::{NodeEvent, NodeTarget};
use std::time::Duration;
use tokio::sync::mpsc;

const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// Three missed keep-alives.
const SILENCE_LIMIT: Duration = Duration::from_secs(3 * EVENT_KEEP_ALIVE_SECONDS);
/// Events are hints; a slow reader holds up the connection, and the agent sends a resync for what was lost.
const BACKLOG: usize = 16;

/// Events until the stream is dropped.
pub(crate) fn stream(client: AgentClient, target: NodeTarget) -> BoxStream<'static, NodeEvent> {
    let (sender, receiver) = mpsc::channel(BACKLOG);
    tokio::spawn(async move {
        let closed = sender.clone();
        tokio::select! {
            () = closed.closed() => {}
            () = follow(&client, &target, &sender) => {}
        }
    });
    stream::unfold(receiver, |mut receiver| async move { Some((receiver.recv().await?, receiver)) }).boxed()
}

async fn follow(client: &AgentClient, target: &NodeTarget, sender: &mpsc::Sender<NodeEvent>) {
    let mut pause = FIRST_PAUSE;
    loop {
        if read_connection(client, target, sender).await {
            pause = FIRST_PAUSE;
        }
        tokio::time::sleep(pause.mul_f64(rand::random_range(0.5..1.0))).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Reads one connection to its end. `true`: it had brought an event.
async fn read_connection(
    client: &AgentClient,
    target: &NodeTarget,
    sender: &mpsc::Sender<NodeEvent>,
) -> bool {
    let connecting = client.send(target, Method::GET, EVENTS_PATH, None::<&()>);
    match tokio::time::timeout(CONNECT_LIMIT, connecting).await {
        Ok(Ok(answer)) => read_events(answer, target, sender).await,
        Ok(Err(error)) => {
            tracing::debug!(node = %target.node, cause = error.cause().message, "no event stream");
            false
        }
        Err(_) => false,
    }
}

async fn read_events(mut answer: Response, target: &NodeTarget, sender: &mpsc::Sender<NodeEvent>) -> bool {
    let mut reader = SseReader::default();
    let mut brought = false;
    while let Ok(Ok(Some(chunk))) = tokio::time::timeout(SILENCE_LIMIT, answer.chunk()).await {
        let Ok(events) = reader.push(&chunk) else { break };
        for what in events.iter().filter_map(|data| describe(data)) {
            brought = true;
            if sender.send(NodeEvent { node: target.node.clone(), what }).await.is_err() {
                return brought;
            }
        }
    }
    brought
}

/// What changed, for the log; `None`: nothing to observe. An event of a newer agent is a resync.
fn describe(data: &str) -> Option<String> {
    Some(match serde_json::from_str(data).unwrap_or(AgentEvent::Resync) {
        AgentEvent::Resync => "resync".to_owned(),
        AgentEvent::ClusterChanged => "cluster".to_owned(),
        AgentEvent::ServiceChanged { service } => format!("service {service}"),
        AgentEvent::CertificatesChanged => "certificates".to_owned(),
        AgentEvent::SettingsChanged { feature } => format!("settings of {feature:?}"),
        AgentEvent::OpFinished { op, .. } => format!("op {op} ended"),
        AgentEvent::OpProgress { .. } => return None,
    })
}
