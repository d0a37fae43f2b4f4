//! One connection from its first byte to its last: encryption, login, requests.

use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadHalf, WriteHalf};
use tokio_util::sync::CancellationToken;

use super::answer::{Environment, acknowledge_attention};
use super::backend::{Backend, Connection, Login, LoginRequest, Refusal};
use super::error::WireError;
use super::login7::Login7;
use super::message::{is_error, login_failed};
use super::packet::{Kind, Message, MessageReader};
use super::prelogin::{Encryption, Prelogin};
use super::prepared::Prepared;
use super::rewind::Rewind;
use super::serve::Limits;
use super::sink::Sink;
use super::tls::ServerTls;
use super::token::{self, Done, DoneKind};
use crate::value::SqlError;

/// The first byte of a TLS record: a client of TDS 8.
const TLS_HANDSHAKE: u8 = 0x16;
/// The first byte of a PRELOGIN packet.
const PRELOGIN: u8 = 0x12;

/// What TDS needs of a transport.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

type Transport = Box<dyn Duplex>;

/// A connection that speaks TDS.
pub(super) struct Channel<B: Backend> {
    pub(super) backend: Arc<B>,
    pub(super) reader: MessageReader<ReadHalf<Transport>>,
    pub(super) sink: Sink<WriteHalf<Transport>>,
    pub(super) environment: Environment,
    pub(super) prepared: Prepared,
    pub(super) kill: CancellationToken,
}

/// PRELOGIN and TLS in the order that the client chose; the transport below is encrypted afterwards. True for
/// TDS 8.
pub(super) async fn encrypt<S: Duplex + 'static>(
    mut stream: S,
    tls: &ServerTls,
    server: &super::backend::ServerInfo,
) -> Result<(Transport, bool), WireError> {
    match stream.read_u8().await? {
        TLS_HANDSHAKE => {
            let mut stream = tls.accept_strict(Rewind::new(TLS_HANDSHAKE, stream)).await?;
            Prelogin::read(&mut stream).await?.answer(&mut stream, server).await?;
            Ok((Box::new(stream), true))
        }
        PRELOGIN => {
            let mut stream = Rewind::new(PRELOGIN, stream);
            let prelogin = Prelogin::read(&mut stream).await?;
            prelogin.answer(&mut stream, server).await?;
            if prelogin.encryption == Encryption::NotSupported {
                return Err(WireError::EncryptionRequired);
            }
            Ok((Box::new(tls.accept_wrapped(stream).await?), false))
        }
        _ => Err(WireError::Malformed("neither PRELOGIN nor TLS")),
    }
}

impl<B: Backend> Channel<B> {
    pub(super) fn new(
        transport: Transport,
        backend: Arc<B>,
        limits: &Limits,
        kill: CancellationToken,
    ) -> Self {
        let (read, write) = tokio::io::split(transport);
        let server = backend.server().name;
        Self {
            backend,
            reader: MessageReader::new(read, limits.max_message),
            sink: Sink::new(write),
            environment: Environment { server, ..Environment::default() },
            prepared: Prepared::default(),
            kill,
        }
    }

    /// Reads LOGIN7 and answers it; no session when it was refused or routed elsewhere.
    pub(super) async fn log_in(
        &mut self,
        connection: Connection,
        limits: &Limits,
    ) -> Result<Option<B::Session>, WireError> {
        let message = self.reader.message().await?;
        if message.kind != Kind::Login7 {
            return Err(WireError::Malformed("LOGIN7 expected"));
        }
        let login = Login7::parse(&message.data)?;
        if !login.is_supported() {
            return Err(WireError::Malformed("TDS before version 7.2"));
        }
        let (version, packet_size) = (login.version, limits.packet_size(login.packet_size));
        let outcome = if login.integrated {
            let text = "Login failed. The login is from an untrusted domain and cannot be used with Integrated \
                        authentication.";
            Err(Refusal::from(SqlError::new(18452, text).with_class(14).at_line(1)))
        } else {
            self.backend.login(build_login_request(login, connection)).await
        };
        match outcome {
            Err(refusal) => self.refuse(&refusal).await,
            Ok(Login::Routed { host, port }) => {
                token::login_ack(version, &self.backend.server(), self.sink.tokens());
                token::routing(&host, port, self.sink.tokens());
                self.finish_login(false).await?;
                Ok(None)
            }
            Ok(Login::Accepted { session, spid, database }) => {
                self.sink.set_spid(spid);
                self.environment.database.clone_from(&database);
                self.greet(version, packet_size, &database);
                self.finish_login(false).await?;
                self.sink.set_packet_size(packet_size);
                Ok(Some(session))
            }
        }
    }

    fn greet(&mut self, version: u32, packet_size: usize, database: &str) {
        let server = self.backend.server();
        let old_size = self.sink.packet_size();
        let tokens = self.sink.tokens();
        token::database(database, "master", &server.name, tokens);
        token::collation(tokens);
        token::language(&server.name, tokens);
        token::login_ack(version, &server, tokens);
        token::packet_size(packet_size, old_size, tokens);
    }

    async fn refuse(&mut self, refusal: &Refusal) -> Result<Option<B::Session>, WireError> {
        let server = self.backend.server().name;
        for message in &refusal.0 {
            token::message(message, &server, self.sink.tokens());
        }
        if !refusal.0.iter().any(is_error) {
            token::message(&login_failed(""), &server, self.sink.tokens());
        }
        self.finish_login(true).await?;
        Ok(None)
    }

    async fn finish_login(&mut self, error: bool) -> Result<(), WireError> {
        Done { error, ..Done::new(DoneKind::Statement) }.write(false, self.sink.tokens());
        self.finish().await
    }

    /// Answers requests until the connection ends; Ok when either side ended it in good order.
    pub(super) async fn converse(&mut self, session: &mut B::Session) -> Result<(), WireError> {
        loop {
            let message = tokio::select! {
                message = self.reader.message() => message,
                () = self.kill.cancelled() => return Ok(()),
            };
            let message = match message {
                Err(WireError::Closed) => return Ok(()),
                other => other?,
            };
            if message.reset {
                self.reset(session).await;
            }
            if !self.answer(session, &message).await? {
                return Ok(());
            }
        }
    }

    /// Answers one message; false when the connection must end.
    async fn answer(&mut self, session: &mut B::Session, message: &Message) -> Result<bool, WireError> {
        match message.kind {
            Kind::Attention => {
                // What it was meant for is already answered.
                acknowledge_attention(self.sink.tokens());
                self.finish().await?;
                Ok(true)
            }
            Kind::Batch => {
                let text = super::request::parse_batch(&message.data)?;
                self.run_batch(session, text).await
            }
            Kind::TransactionManager => {
                let text = super::request::parse_transaction(&message.data)?;
                self.run_batch(session, text).await
            }
            Kind::Rpc => self.run_calls(session, &message.data).await,
            Kind::Login7 | Kind::Prelogin => Err(WireError::Malformed("a second login")),
        }
    }

    async fn reset(&mut self, session: &mut B::Session) {
        self.prepared.clear();
        let database = self.backend.reset(session).await;
        token::reset(self.sink.tokens());
        if database != self.environment.database {
            let old = std::mem::replace(&mut self.environment.database, database);
            token::database(&self.environment.database, &old, &self.environment.server, self.sink.tokens());
        }
    }

    pub(super) async fn finish(&mut self) -> Result<(), WireError> {
        if self.sink.finish().await { Ok(()) } else { Err(WireError::Closed) }
    }
}

fn build_login_request(login: Login7, connection: Connection) -> LoginRequest {
    LoginRequest {
        user: login.user,
        password: login.password,
        database: login.database,
        program: login.program,
        host: login.host,
        server: login.server,
        library: login.library,
        read_only: login.read_only,
        connection,
    }
}
