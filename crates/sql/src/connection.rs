//! Logs in to an instance: own name look-up, all addresses raced, TLS verified against the CA bundle and the host's
//! real name. No option switches verification off.

use crate::deadline::{CONNECT, HANDSHAKE};
use crate::fault::Fault;
use crate::resolver::Resolver;
use crate::session::Session;
use futures::stream::{FuturesUnordered, StreamExt as _};
use scaleout_execution::ports::{SqlCredential, SqlEncryption, SqlTarget};
use scaleout_model::fence::Epoch;
use scaleout_model::names::DnsName;
use std::net::SocketAddr;
use tiberius::{AuthMethod, Client, Config, EncryptionLevel};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_util::compat::TokioAsyncWriteCompatExt as _;

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

/// Opens one connection.
pub(crate) async fn open(
    resolver: &dyn Resolver,
    target: &SqlTarget,
    credential: &SqlCredential,
    program: &str,
) -> Result<Session, Fault> {
    let mut host = target.host.clone();
    let mut port = target.port;
    for _ in 0..=REDIRECTS {
        let stream = connect(resolver, &host, port).await?;
        let config = build_config(target, &host, port, credential, program)?;
        let login = Box::pin(Client::connect(config, stream.compat_write()));
        match timeout(HANDSHAKE, login).await {
            Err(_) => {
                return Err(Fault::Unanswered(format!("{host}:{port} did not finish the login in time")));
            }
            Ok(Ok(client)) => return Ok(Session::new(client)),
            Ok(Err(tiberius::error::Error::Routing { host: next, port: next_port })) => {
                host = DnsName::new(next);
                port = next_port;
            }
            Ok(Err(error)) => return Err(Fault::from_client(error, false)),
        }
    }
    Err(Fault::Unanswered(format!("{} sends on without end", target.host)))
}

async fn connect(resolver: &dyn Resolver, host: &DnsName, port: u16) -> Result<TcpStream, Fault> {
    let attempt = async {
        let found = resolver.resolve(host, port).await;
        let addresses =
            found.map_err(|error| Fault::Unanswered(format!("{host} has no address: {error}")))?;
        race(host, addresses).await
    };
    let late = || Fault::Unanswered(format!("{host}:{port} does not answer"));
    let stream = timeout(CONNECT, attempt).await.map_err(|_| late())??;
    stream.set_nodelay(true).map_err(|error| Fault::Unanswered(error.to_string()))?;
    Ok(stream)
}

/// The first address that accepts.
async fn race(host: &DnsName, addresses: Vec<SocketAddr>) -> Result<TcpStream, Fault> {
    let mut attempts: FuturesUnordered<_> = addresses.into_iter().map(TcpStream::connect).collect();
    let mut last = format!("{host} has no address");
    while let Some(result) = attempts.next().await {
        match result {
            Ok(stream) => return Ok(stream),
            Err(error) => last = format!("{host} does not answer: {error}"),
        }
    }
    Err(Fault::Unanswered(last))
}

fn build_config(
    target: &SqlTarget,
    host: &DnsName,
    port: u16,
    credential: &SqlCredential,
    program: &str,
) -> Result<Config, Fault> {
    let refuse = |text: &str| Fault::Credential(text.to_owned());
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
