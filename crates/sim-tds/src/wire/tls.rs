//! TLS in both of its places: inside PRELOGIN packets (TDS 7) and before everything (TDS 8, "strict").

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::error::WireError;
use super::packet::{DEFAULT_PACKET, HEADER, Header, Kind, frame};

/// The protocol name of TDS 8 in ALPN.
const TDS8: &[u8] = b"tds/8.0";
/// PRELOGIN packets carry the handshake of TDS 7.
const PRELOGIN: u8 = 0x12;

/// A server's certificate, ready for both kinds of handshake.
#[derive(Clone)]
pub struct ServerTls {
    wrapped: TlsAcceptor,
    strict: TlsAcceptor,
}

impl std::fmt::Debug for ServerTls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerTls").finish_non_exhaustive()
    }
}

impl ServerTls {
    /// A server that shows `chain` (leaf first) and proves `key`.
    pub fn new(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Result<Self, WireError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        // TLS 1.3 would put session tickets of the server after the handshake, where TDS 7 clients expect
        // their login's answer.
        let wrapped = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[&rustls::version::TLS12])?
            .with_no_client_auth()
            .with_single_cert(chain.clone(), key.clone_key())?;
        let mut strict = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        strict.alpn_protocols = vec![TDS8.to_vec()];
        strict.send_tls13_tickets = 0;
        Ok(Self {
            wrapped: TlsAcceptor::from(Arc::new(wrapped)),
            strict: TlsAcceptor::from(Arc::new(strict)),
        })
    }

    /// The handshake inside PRELOGIN packets; afterwards TLS records go straight over the transport.
    pub(super) async fn accept_wrapped<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
    ) -> Result<TlsStream<Handshake<S>>, WireError> {
        let mut stream = self.wrapped.accept(Handshake::new(stream)).await?;
        stream.get_mut().0.wrapped = false;
        Ok(stream)
    }

    /// The handshake of TDS 8.
    pub(super) async fn accept_strict<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
    ) -> Result<TlsStream<S>, WireError> {
        let stream = self.strict.accept(stream).await?;
        if stream.get_ref().1.alpn_protocol() != Some(TDS8) {
            return Err(WireError::Malformed("TLS first, but without the protocol tds/8.0"));
        }
        Ok(stream)
    }
}

/// A transport whose bytes travel in PRELOGIN packets until the handshake is over. One flight of TLS is one
/// message: writes are gathered until the flush.
#[derive(Debug)]
pub(super) struct Handshake<S> {
    inner: S,
    wrapped: bool,
    header: Vec<u8>,
    payload_left: usize,
    flight: Vec<u8>,
    framed: Vec<u8>,
    written: usize,
}

impl<S> Handshake<S> {
    fn new(inner: S) -> Self {
        Self {
            inner,
            wrapped: true,
            header: Vec::new(),
            payload_left: 0,
            flight: Vec::new(),
            framed: Vec::new(),
            written: 0,
        }
    }
}

impl<S: AsyncRead + Unpin> Handshake<S> {
    /// Reads at most `limit` bytes; empty at the end of the stream.
    fn poll_chunk(&mut self, context: &mut Context<'_>, limit: usize) -> Poll<io::Result<Vec<u8>>> {
        let mut space = vec![0; limit.min(DEFAULT_PACKET)];
        let mut buffer = ReadBuf::new(&mut space);
        ready!(Pin::new(&mut self.inner).poll_read(context, &mut buffer))?;
        Poll::Ready(Ok(buffer.filled().to_vec()))
    }

    /// Reads headers until there is payload; false at the end of the stream.
    fn poll_header(&mut self, context: &mut Context<'_>) -> Poll<io::Result<bool>> {
        while self.payload_left == 0 {
            let chunk = ready!(self.poll_chunk(context, HEADER - self.header.len()))?;
            if chunk.is_empty() {
                return Poll::Ready(Ok(false));
            }
            self.header.extend(chunk);
            let Ok(bytes) = <[u8; HEADER]>::try_from(self.header.as_slice()) else { continue };
            self.header.clear();
            let header =
                Header::parse(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
            if header.kind != Kind::Prelogin {
                let reason = WireError::Malformed("the handshake needs PRELOGIN packets");
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, reason)));
            }
            self.payload_left = header.payload;
        }
        Poll::Ready(Ok(true))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Handshake<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.wrapped {
            return Pin::new(&mut this.inner).poll_read(context, buffer);
        }
        if ready!(this.poll_header(context))? {
            let limit = this.payload_left.min(buffer.remaining());
            let chunk = ready!(this.poll_chunk(context, limit))?;
            this.payload_left -= chunk.len();
            buffer.put_slice(&chunk);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Handshake<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if !this.wrapped {
            return Pin::new(&mut this.inner).poll_write(context, bytes);
        }
        this.flight.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.flight.is_empty() {
            frame(PRELOGIN, &this.flight, DEFAULT_PACKET, &mut this.framed);
            this.flight.clear();
        }
        while let Some(rest) = this.framed.get(this.written..).filter(|rest| !rest.is_empty()) {
            let count = ready!(Pin::new(&mut this.inner).poll_write(context, rest))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            this.written += count;
        }
        this.framed.clear();
        this.written = 0;
        Pin::new(&mut this.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.as_mut().poll_flush(context))?;
        Pin::new(&mut self.get_mut().inner).poll_shutdown(context)
    }
}
