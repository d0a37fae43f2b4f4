//! The HTTP surface. Every peer has already proved the one identity.

use crate::agent::Agent;
use crate::facts::timely;
use crate::identity::PeerIdentity;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use futures::stream::{self, Stream, StreamExt as _};
use scaleout_agent_api::{
    AgentEvent, EPOCH_PATH, EVENT_KEEP_ALIVE_SECONDS, EVENTS_PATH, EpochRequest, EpochState, ErrorBody,
    ErrorCode, FACTS_PATH, HEALTH_PATH, MAX_BODY_BYTES, METRICS_PATH, OPS_PATH, OpRequest, OpResponse,
    READY_PATH,
};
use serde::de::DeserializeOwned;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

/// For the whole body of a request.
const BODY_LIMIT: Duration = Duration::from_secs(10);

/// What the routes share.
#[derive(Clone)]
struct Shared {
    agent: Arc<Agent>,
    stop: CancellationToken,
}

/// All routes of the agent. `stop`: ends the event streams. [`PeerIdentity`] must be in the extensions.
pub fn router(agent: Arc<Agent>, stop: CancellationToken) -> Router {
    Router::new()
        .route(FACTS_PATH, get(facts))
        .route(OPS_PATH, post(ops))
        .route(EPOCH_PATH, post(raise_epoch).get(epoch))
        .route(EVENTS_PATH, get(events))
        .route(HEALTH_PATH, get(async || "ok"))
        .route(READY_PATH, get(ready))
        .route(METRICS_PATH, get(metrics))
        .fallback(async || error(StatusCode::NOT_FOUND, ErrorCode::NotFound, "no such path"))
        .method_not_allowed_fallback(async || {
            error(StatusCode::METHOD_NOT_ALLOWED, ErrorCode::MethodNotAllowed, "no such method here")
        })
        .with_state(Shared { agent, stop })
}

async fn facts(State(shared): State<Shared>) -> Response {
    match shared.agent.facts().await {
        Ok(facts) => Json(facts).into_response(),
        Err(failure) => unavailable(&failure.message),
    }
}

async fn ops(State(shared): State<Shared>, Extension(peer): Extension<PeerIdentity>, body: Body) -> Response {
    if shared.stop.is_cancelled() {
        return unavailable("the agent stops");
    }
    match decode::<OpRequest>(body).await {
        Ok(request) => {
            Json(OpResponse { outcome: shared.agent.execute(&peer.0, request).await }).into_response()
        }
        Err(refusal) => refusal,
    }
}

async fn raise_epoch(
    State(shared): State<Shared>,
    Extension(peer): Extension<PeerIdentity>,
    body: Body,
) -> Response {
    let request: EpochRequest = match decode(body).await {
        Ok(request) => request,
        Err(refusal) => return refusal,
    };
    match shared.agent.raise_epoch(&peer.0, &request.epoch) {
        Ok(answer) => Json(answer).into_response(),
        Err(failure) => unavailable(&failure.to_string()),
    }
}

async fn epoch(State(shared): State<Shared>) -> Json<EpochState> {
    Json(EpochState { highest: shared.agent.epochs().highest() })
}

async fn ready(State(shared): State<Shared>) -> Response {
    if shared.stop.is_cancelled() {
        return unavailable("the agent stops");
    }
    match timely(shared.agent.host().identity()).await {
        Ok(_) => "ready".into_response(),
        Err(failure) => unavailable(&failure.message),
    }
}

async fn metrics(State(shared): State<Shared>) -> Response {
    let content = [("content-type", "application/openmetrics-text; version=1.0.0; charset=utf-8")];
    (content, shared.agent.metrics().render()).into_response()
}

async fn events(State(shared): State<Shared>) -> impl IntoResponse {
    let received = stream::unfold(shared.agent.events(), |mut events| async move {
        let event = match events.recv().await {
            Ok(event) => event,
            Err(RecvError::Lagged(_)) => AgentEvent::Resync,
            Err(RecvError::Closed) => return None,
        };
        Some((event, events))
    });
    let all = stream::once(async { AgentEvent::Resync }).chain(received);
    let alive = KeepAlive::new().interval(Duration::from_secs(EVENT_KEEP_ALIVE_SECONDS));
    Sse::new(encode(all.take_until(shared.stop.cancelled_owned()))).keep_alive(alive)
}

fn encode(events: impl Stream<Item = AgentEvent>) -> impl Stream<Item = Result<Event, Infallible>> {
    events.filter_map(async |event| Event::default().json_data(event).ok().map(Ok))
}

/// Reads a body of the contract. The answer to a bad one says where it is bad, never what stands there.
async fn decode<T: DeserializeOwned>(body: Body) -> Result<T, Response> {
    let read = tokio::time::timeout(BODY_LIMIT, to_bytes(body, MAX_BODY_BYTES)).await;
    let bytes = read.ok().and_then(Result::ok).ok_or_else(|| {
        error(StatusCode::PAYLOAD_TOO_LARGE, ErrorCode::TooLarge, "the body is too long, too slow or cut off")
    })?;
    serde_json::from_slice(&bytes).map_err(|failure| {
        let message =
            format!("not of the contract, near column {} of line {}", failure.column(), failure.line());
        error(StatusCode::BAD_REQUEST, ErrorCode::Malformed, &message)
    })
}

fn unavailable(message: &str) -> Response {
    error(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::Unavailable, message)
}

fn error(status: StatusCode, code: ErrorCode, message: &str) -> Response {
    (status, Json(ErrorBody { code, message: message.to_owned() })).into_response()
}
