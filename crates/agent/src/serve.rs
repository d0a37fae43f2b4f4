//! The accept loop: TLS with the peer's certificate, deadlines, graceful stop.

use crate::identity::{PeerIdentity, TlsGate};
use axum::{Extension, Router};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

const HANDSHAKE_LIMIT: Duration = Duration::from_secs(10);
/// For the headers of each request, the wait for the next request on a kept connection included.
const HEADER_LIMIT: Duration = Duration::from_mins(1);
/// So that a refused peer gets the alert before the connection is reset.
const LINGER_LIMIT: Duration = Duration::from_secs(1);
/// After the stop, for requests under way.
const DRAIN_LIMIT: Duration = Duration::from_secs(25);
/// Connections at a time; further ones wait unaccepted.
const MAX_CONNECTIONS: usize = 128;
/// After a failed accept (no file handles).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until `stop` is cancelled, then ends idle connections and waits for requests under way.
pub async fn serve(listener: TcpListener, gate: TlsGate, router: Router, stop: CancellationToken) {
    let connections = TaskTracker::new();
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let router = router.layer(Extension::<PeerIdentity>(gate.peer()));
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = accept(&listener, &places) => accepted,
        };
        let Some((stream, place)) = accepted else { continue };
        let (acceptor, router, stop) = (TlsAcceptor::from(gate.config()), router.clone(), stop.clone());
        connections.spawn(async move {
            serve_connection(stream, acceptor, router, stop).await;
            drop(place);
        });
    }
    drop(listener);
    connections.close();
    if timeout(DRAIN_LIMIT, connections.wait()).await.is_err() {
        tracing::warn!("requests were still under way when the agent stopped");
    }
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let place = places.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => Some((stream, place)),
        Err(error) => {
            tracing::warn!(%error, "a connection was not accepted");
            tokio::time::sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}

async fn serve_connection(stream: TcpStream, acceptor: TlsAcceptor, router: Router, stop: CancellationToken) {
    let peer = stream.peer_addr().ok();
    let stream = match timeout(HANDSHAKE_LIMIT, acceptor.accept(stream).into_fallible()).await {
        Ok(Ok(stream)) => stream,
        Ok(Err((error, stream))) => {
            tracing::warn!(?peer, %error, "a peer was refused");
            return linger(stream).await;
        }
        Err(_) => return tracing::warn!(?peer, "a peer did not end its handshake"),
    };
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEADER_LIMIT);
    let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(?peer, %error, "a connection ended early");
    }
}

/// Reads on for a moment: closing with unread bytes would reset the connection and take the alert away.
async fn linger(mut stream: TcpStream) {
    let _ = stream.shutdown().await;
    let mut rest = [0; 1024];
    let drain = async { while stream.read(&mut rest).await.is_ok_and(|count| count > 0) {} };
    let _ = timeout(LINGER_LIMIT, drain).await;
}
