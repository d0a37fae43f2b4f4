//! The server's side of TDS 7.2 to 8.0, for any [`Backend`].
//!
//! One connection is one task: it reads messages, lets the backend run one request at a time and meanwhile
//! listens for an attention, a kill and the end of the client. Encryption is required: TLS 1.2 inside PRELOGIN
//! packets (TDS 7), or TLS first with ALPN `tds/8.0` (TDS 8, "strict").
//!
//! Source: \[MS-TDS\], "Tabular Data Stream Protocol", learn.microsoft.com.
//!
//! | file | what |
//! |---|---|
//! | `serve`, `connection`, `running` | accept loop; a connection's stages; a request's end |
//! | `prelogin`, `tls`, `rewind`, `login7` | until the session |
//! | `packet`, `sink`, `bytes` | packets in and out, primitives |
//! | `request`, `rpc`, `prepared` | batches, calls, prepared statements |
//! | `answer`, `token`, `message` | items to tokens |
//! | `type_info`, `encode`, `decode`, `codepage` | types and values |
//!
//! Not there: MARS, bulk load, table-valued and `sql_variant` parameters, server cursors, integrated security,
//! federated authentication, column encryption. Each is refused, none is ignored.

mod answer;
mod backend;
mod bytes;
mod codepage;
mod connection;
mod decode;
mod encode;
mod error;
mod login7;
mod message;
mod packet;
mod prelogin;
mod prepared;
mod request;
mod rewind;
mod rpc;
mod running;
mod serve;
mod sink;
mod tls;
mod token;
mod type_info;

pub use backend::{
    Backend, Change, Command, Connection, Item, Login, LoginRequest, Parameter, Refusal, Reply, Request,
    ServerInfo, TransactionChange,
};
pub use error::WireError;
pub use message::{database_not_open, login_failed};
pub use serve::{Limits, Server, serve, serve_connection};
pub use tls::ServerTls;

#[cfg(test)]
mod hostile_tests;
