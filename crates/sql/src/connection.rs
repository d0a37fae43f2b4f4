//! Logs in to an instance: own name look-up, all addresses raced, TLS verified against the CA bundle and the host's
//! real name. No option switches verification off.

use crate::deadline::{CONNECT, HANDSHAKE};
use crate::resolver::Resolver;
use crate::wire::{Connection, ConnectionError, Connector, Record, Value};
use async_trait::async_trait;
use futures::stream::{FuturesUnordered, StreamExt as _};
use scaleout_execution::ports::{SqlCredential, SqlEncryption, SqlTarget};
use scaleout_model::fence::Epoch;
use scaleout_model::names::DnsName;
use std::net::SocketAddr;
use std::sync::Arc;
use tiberius::{AuthMethod, Client, ColumnData, Config, EncryptionLevel};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_util::compat::{Compat, TokioAsyncWriteCompatExt as _};

/// Begin of `program_name` of every session of ours that writes.
pub(crate) const WRITER: &str = "scaleout-operator/";

/// `program_name` of sessions that read.
pub(crate) const OBSERVER: &str = "scaleout-operator/observer";

/// `sysname` holds so many UTF-16 code units.
const NAME_LIMIT: usize = 128;

/// How often a server may send us on (`ENVCHANGE` routing).
const REDIRECTS: usize = 2;

/// `scaleout-operator/<lineage>/<number>/<holder>`. A holder that is too long keeps its end, which holds the random part.
pub(crate) fn build_program_name(epoch: &Epoch) -> String {
    let head = format!("{WRITER}{}/{}/", epoch.lineage, epoch.number);
    let room = NAME_LIMIT.saturating_sub(head.chars().count());
    let ascii: Vec<char> = epoch.holder.chars().map(|c| if c.is_ascii_graphic() { c } else { '_' }).collect();
    let skip = ascii.len().saturating_sub(room);
    head.chars().chain(ascii.into_iter().skip(skip)).take(NAME_LIMIT).collect()
}

/// Connections over TDS.
pub(crate) struct Tds(pub(crate) Arc<dyn Resolver>);

#[async_trait]
impl Connector for Tds {
    async fn connect(
        &self,
        target: &SqlTarget,
        credential: &SqlCredential,
        program: &str,
    ) -> Result<Box<dyn Connection>, ConnectionError> {
        let mut host = target.host.clone();
        let mut port = target.port;
        for _ in 0..=REDIRECTS {
            let stream = connect(&*self.0, &host, port).await?;
            let config = build_config(target, &host, port, credential, program)?;
            let login = Box::pin(Client::connect(config, stream.compat_write()));
            match timeout(HANDSHAKE, login).await {
                Err(_) => {
                    let late = format!("{host}:{port} did not finish the login in time");
                    return Err(ConnectionError::Lost(late));
                }
                Ok(Ok(client)) => return Ok(Box::new(TdsConnection(client))),
                Ok(Err(tiberius::error::Error::Routing { host: next, port: next_port })) => {
                    host = DnsName::new(next);
                    port = next_port;
                }
                Ok(Err(error)) => return Err(error_of(error)),
            }
        }
        Err(ConnectionError::Lost(format!("{} sends on without end", target.host)))
    }
}

/// A client that has logged in.
struct TdsConnection(Client<Compat<TcpStream>>);

#[async_trait]
impl Connection for TdsConnection {
    async fn query(&mut self, text: &str) -> Result<Vec<Record>, ConnectionError> {
        let sent = self.0.simple_query(text).await.map_err(error_of)?;
        let results = sent.into_results().await.map_err(error_of)?;
        results.iter().flatten().map(read_row).collect()
    }
}

fn read_row(row: &tiberius::Row) -> Result<Record, ConnectionError> {
    let columns = row.cells().map(|(column, data)| {
        let value = read_value(data).ok_or_else(|| {
            let (name, shape) = (column.name(), column.column_type());
            ConnectionError::Garbled(format!("{name} has the type {shape:?}"))
        })?;
        Ok((column.name().to_owned(), value))
    });
    Ok(Record::new(columns.collect::<Result<Vec<_>, ConnectionError>>()?))
}

fn read_value(data: &ColumnData<'static>) -> Option<Value> {
    let number = |number: Option<i64>| number.map_or(Value::Null, Value::Number);
    Some(match data {
        ColumnData::Bit(value) => number(value.map(i64::from)),
        ColumnData::U8(value) => number(value.map(i64::from)),
        ColumnData::I16(value) => number(value.map(i64::from)),
        ColumnData::I32(value) => number(value.map(i64::from)),
        ColumnData::I64(value) => number(*value),
        ColumnData::String(value) => value.as_ref().map_or(Value::Null, |text| Value::Text(text.to_string())),
        _ => return None,
    })
}

/// The first sentences of tiberius' text on a refused certificate; the rest advises to switch verification off.
fn first_sentences(message: &str) -> &str {
    message.split(" To connect anyway").next().unwrap_or(message)
}

fn error_of(error: tiberius::error::Error) -> ConnectionError {
    use tiberius::error::Error;
    match error {
        Error::Io { message, .. } => ConnectionError::Lost(message),
        Error::Routing { host, port } => ConnectionError::Lost(format!("sent on to {host}:{port}")),
        Error::Tls(message) => ConnectionError::Identity(first_sentences(&message).to_owned()),
        Error::Server(token) => ConnectionError::Server {
            number: token.code(),
            state: token.state(),
            message: token.message().to_owned(),
        },
        other => ConnectionError::Garbled(other.to_string()),
    }
}

async fn connect(resolver: &dyn Resolver, host: &DnsName, port: u16) -> Result<TcpStream, ConnectionError> {
    let attempt = async {
        let found = resolver.resolve(host, port).await;
        let addresses =
            found.map_err(|error| ConnectionError::Lost(format!("{host} has no address: {error}")))?;
        race(host, addresses).await
    };
    let late = || ConnectionError::Lost(format!("{host}:{port} does not answer"));
    let stream = timeout(CONNECT, attempt).await.map_err(|_| late())??;
    stream.set_nodelay(true).map_err(|error| ConnectionError::Lost(error.to_string()))?;
    Ok(stream)
}

/// The first address that accepts.
async fn race(host: &DnsName, addresses: Vec<SocketAddr>) -> Result<TcpStream, ConnectionError> {
    let mut attempts: FuturesUnordered<_> = addresses.into_iter().map(TcpStream::connect).collect();
    let mut last = format!("{host} has no address");
    while let Some(result) = attempts.next().await {
        match result {
            Ok(stream) => return Ok(stream),
            Err(error) => last = format!("{host} does not answer: {error}"),
        }
    }
    Err(ConnectionError::Lost(last))
}

fn build_config(
    target: &SqlTarget,
    host: &DnsName,
    port: u16,
    credential: &SqlCredential,
    program: &str,
) -> Result<Config, ConnectionError> {
    let refuse = |text: &str| ConnectionError::Credential(text.to_owned());
    let ca = target.ca_pem.as_deref().ok_or_else(|| refuse("the CA bundle's Secret is missing"))?;
    let password =
        credential.password.expose_text().ok_or_else(|| refuse("the password is not UTF-8 text"))?;
    let mut config = Config::new();
    config.host(host);
    config.port(port);
    config.database("master");
    config.application_name(program);
    config.authentication(AuthMethod::sql_server(credential.login.as_str(), password));
    config.encryption(match target.encryption {
        SqlEncryption::Mandatory => EncryptionLevel::Required,
        SqlEncryption::Strict => EncryptionLevel::Strict,
    });
    config.trust_cert_ca_bundle(ca);
    config.handshake_timeout(Some(HANDSHAKE));
    config.command_timeout(None);
    Ok(config)
}

#[cfg(test)]
#[path = "connection_tests.rs"]
mod tests;
