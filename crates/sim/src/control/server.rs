//! The control endpoint: HTTP on loopback, one path, JSON in and out.

use super::perform::perform;
use super::request::{PATH, Problem, Request};
use crate::site_handle::SiteHandle;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Length of the key of the digests in dumps.
const KEY_BYTES: usize = 32;

#[derive(Clone)]
struct Shared {
    site: SiteHandle,
    key: Arc<[u8; KEY_BYTES]>,
}

/// Serves until `stop`; requests under way are broken off.
pub(crate) async fn serve(listener: TcpListener, site: SiteHandle, stop: CancellationToken) {
    let shared = Shared { site, key: Arc::new(rand::random()) };
    let router = Router::new().route(PATH, post(control)).with_state(shared);
    let serving = axum::serve(listener, router);
    if let Some(Err(error)) = stop.run_until_cancelled(serving.into_future()).await {
        tracing::error!(%error, "the control endpoint ended");
    }
}

async fn control(State(shared): State<Shared>, Json(request): Json<Request>) -> Response {
    tracing::debug!(?request, "control");
    match perform(&shared.site, shared.key.as_slice(), request).await {
        Ok(answer) => Json(answer).into_response(),
        Err(error) => {
            let problem = Problem { error: error.to_string() };
            (StatusCode::UNPROCESSABLE_ENTITY, Json(problem)).into_response()
        }
    }
}
