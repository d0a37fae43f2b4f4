//! The accept loop and the bounds of a connection.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::backend::{Backend, Connection};
use super::connection::{self, Channel, Duplex};
use super::error::WireError;
use super::packet::DEFAULT_PACKET;
use super::tls::ServerTls;

/// The smallest packet that LOGIN7 may ask for.
const MIN_PACKET: usize = 512;
/// The largest that a header can count and SQL Server takes.
const MAX_PACKET: usize = 32_767;

/// How long a farewell may take.
const GRACE: Duration = Duration::from_secs(1);

/// What one client may use.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The longest message in bytes, all packets together.
    pub max_message: usize,
    /// The longest packet in bytes that LOGIN7 can settle; 512 to 32,767.
    pub max_packet: usize,
    /// From the first byte to the login's answer.
    pub login_deadline: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_message: 16 << 20, max_packet: MAX_PACKET, login_deadline: Duration::from_secs(15) }
    }
}

impl Limits {
    /// The packet size for a client that asks for `wanted`; 0 asks for the server's own.
    pub(super) fn packet_size(&self, wanted: u32) -> usize {
        match usize::try_from(wanted).unwrap_or(MAX_PACKET) {
            0 => DEFAULT_PACKET,
            wanted => wanted.min(self.max_packet).clamp(MIN_PACKET, MAX_PACKET),
        }
    }
}

/// A server without its listener: shared by all connections.
#[derive(Debug)]
pub struct Server<B> {
    /// What answers.
    pub backend: Arc<B>,
    /// What proves the server's name.
    pub tls: ServerTls,
    /// What each client may use.
    pub limits: Limits,
}

/// Accepts connections until `shutdown`, then closes all of them and returns.
pub async fn serve<B: Backend>(listener: TcpListener, server: Server<B>, shutdown: CancellationToken) {
    let server = Arc::new(server);
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = shutdown.cancelled() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let (local, nodelay) = (stream.local_addr().ok(), stream.set_nodelay(true));
                    tracing::debug!(%peer, nodelay = nodelay.is_ok(), "connection accepted");
                    let (server, shutdown) = (Arc::clone(&server), shutdown.clone());
                    connections.spawn(async move {
                        serve_connection(stream, Some(peer), local, &server, &shutdown).await
                    });
                }
                // Out of file descriptors, or the client was gone already: the next one may work.
                Err(error) => {
                    tracing::debug!(%error, "accept failed");
                    tokio::task::yield_now().await;
                }
            },
        }
    }
    while connections.join_next().await.is_some() {}
}

/// Serves one client over `stream` to its end. `Err` says what the client or the transport did wrong.
pub async fn serve_connection<B: Backend, S: AsyncRead + AsyncWrite + Send + Unpin + 'static>(
    stream: S,
    peer: Option<SocketAddr>,
    local: Option<SocketAddr>,
    server: &Server<B>,
    shutdown: &CancellationToken,
) -> Result<(), WireError> {
    let kill = shutdown.child_token();
    let logging_in = async {
        let info = server.backend.server();
        let (transport, strict) = connection::encrypt(stream, &server.tls, &info).await?;
        let connection = Connection { peer, local, strict, kill: kill.clone() };
        log_in(transport, connection, server).await
    };
    let logged_in = tokio::select! {
        outcome = tokio::time::timeout(server.limits.login_deadline, logging_in) => outcome,
        () = kill.cancelled() => return Ok(()),
    };
    let (mut channel, session) =
        logged_in.map_err(|_| WireError::LoginDeadline).flatten().inspect_err(report)?;
    converse(&mut channel, session, &kill).await.inspect_err(report)
}

/// The part after the login, and the farewell.
pub(super) async fn converse<B: Backend>(
    channel: &mut Channel<B>,
    session: Option<B::Session>,
    kill: &CancellationToken,
) -> Result<(), WireError> {
    // A client that does not read cannot hold a killed session.
    let stuck = async {
        kill.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    let result = match session {
        None => Ok(()),
        Some(mut session) => tokio::select! {
            result = channel.converse(&mut session) => result,
            () = stuck => Err(WireError::Closed),
        },
    };
    drop(tokio::time::timeout(GRACE, channel.sink.close()).await);
    result
}

/// The part after encryption.
pub(super) async fn log_in<B: Backend>(
    transport: Box<dyn Duplex>,
    connection: Connection,
    server: &Server<B>,
) -> Result<(Channel<B>, Option<B::Session>), WireError> {
    let kill = connection.kill.clone();
    let mut channel = Channel::new(transport, Arc::clone(&server.backend), &server.limits, kill);
    let session = channel.log_in(connection, &server.limits).await?;
    Ok((channel, session))
}

fn report(error: &WireError) {
    tracing::debug!(%error, "connection ended early");
}
