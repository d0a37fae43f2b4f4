//! Why a connection ends before its client wanted it to.

use std::io;

/// A fault of the transport or of the client's bytes. The connection is closed; nothing of it reaches other
/// sessions.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// A message, token or value ends before its declared length.
    #[error("the message is shorter than its contents declare")]
    Truncated,
    /// Bytes that no client following MS-TDS sends; the text says which rule they break.
    #[error("malformed message: {0}")]
    Malformed(&'static str),
    /// A data type that this server does not take as a parameter (its TDS type byte).
    #[error("parameter type 0x{0:02X} is not supported")]
    UnsupportedType(u8),
    /// A message longer than [`super::Limits::max_message`].
    #[error("the message is longer than the limit")]
    TooLarge,
    /// The client did not finish its login within [`super::Limits::login_deadline`].
    #[error("the login was not finished in time")]
    LoginDeadline,
    /// The client closed the connection.
    #[error("the client closed the connection")]
    Closed,
    /// The client cannot encrypt; this server serves nothing without TLS.
    #[error("the client does not support encryption")]
    EncryptionRequired,
    /// The socket or the TLS session failed.
    #[error("the transport failed")]
    Io(#[from] io::Error),
    /// Certificate and key do not make a TLS server.
    #[error("the TLS identity is not usable")]
    Tls(#[from] rustls::Error),
}
