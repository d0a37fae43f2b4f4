//! `/livez` (the process runs), `/readyz` (lists what it waits for), `/metrics`.

use crate::metrics::Metrics;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio_util::sync::CancellationToken;

/// What the process waits for before it can work.
#[derive(Clone, Debug, Default)]
pub struct Readiness(Arc<Mutex<BTreeSet<String>>>);

impl Readiness {
    /// Waits for `what` from now on.
    pub fn wait_for(&self, what: &str) {
        if let Ok(mut waiting) = self.0.lock() {
            waiting.insert(what.to_owned());
        }
    }

    /// `what` is there.
    pub fn reached(&self, what: &str) {
        if let Ok(mut waiting) = self.0.lock() {
            waiting.remove(what);
        }
    }

    fn waiting(&self) -> Vec<String> {
        self.0.lock().map(|waiting| waiting.iter().cloned().collect()).unwrap_or_default()
    }
}

/// Serves until `stop`.
pub async fn serve(
    address: SocketAddr,
    readiness: Readiness,
    metrics: Arc<Metrics>,
    stop: CancellationToken,
) -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::bind(address).await?;
    tracing::info!(address = %listener.local_addr()?, "admin endpoints");
    let router = Router::new()
        .route("/livez", get(|| async { "ok" }))
        .route("/readyz", get(readyz))
        .route("/metrics", get(scrape))
        .with_state((readiness, metrics));
    axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await
}

async fn readyz(
    State((readiness, _)): State<(Readiness, Arc<Metrics>)>,
) -> (StatusCode, Json<serde_json::Value>) {
    let waiting = readiness.waiting();
    let code = if waiting.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (code, Json(serde_json::json!({ "waitingFor": waiting })))
}

async fn scrape(State((_, metrics)): State<(Readiness, Arc<Metrics>)>) -> Result<String, StatusCode> {
    metrics.encode().map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}
