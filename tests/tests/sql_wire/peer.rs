//! A peer at the other end of the TDS wire that answers the few batches of these tests, and counts what it saw.

use async_trait::async_trait;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose};
use rustls_pki_types::PrivateKeyDer;
use scaleout_sim_tds::value::{Column, SqlError, SqlType, SqlValue};
use scaleout_sim_tds::wire::{
    Backend, Command, Item, Limits, Login, LoginRequest, Refusal, Reply, Request, Server, ServerInfo,
    ServerTls, login_failed, serve,
};
use scaleout_sql::Resolver;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Name in the peer's certificate.
pub(crate) const HOST: &str = "sql01.corp.example";
/// The password of every login.
pub(crate) const PASSWORD: &str = "P@ss-€'1";

/// What the peer saw and what it does.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) logins: Vec<(String, String)>,
    pub(crate) refused: usize,
    pub(crate) clr: bool,
    /// The next change is carried out but never answered.
    pub(crate) swallow: bool,
    /// The next change fails with this number.
    pub(crate) fail: Option<i32>,
    /// Sends every login on to this port.
    pub(crate) route: Option<u16>,
    /// Sessions that can be killed.
    pub(crate) kills: Vec<CancellationToken>,
}

/// The peer; tests share its state.
#[derive(Clone, Default)]
pub(crate) struct Peer {
    pub(crate) state: Arc<Mutex<State>>,
    /// Told when a batch was swallowed.
    pub(crate) swallowed: Arc<Notify>,
}

#[async_trait]
impl Backend for Peer {
    type Session = ();

    fn server(&self) -> ServerInfo {
        ServerInfo { name: "SQL01".to_owned(), version: (15, 0, 4123) }
    }

    async fn login(&self, request: LoginRequest) -> Result<Login<()>, Refusal> {
        let mut state = self.state.lock().unwrap();
        if request.password.as_str() != PASSWORD {
            state.refused += 1;
            return Err(login_failed(&request.user).into());
        }
        if let Some(port) = state.route.take() {
            return Ok(Login::Routed { host: HOST.to_owned(), port });
        }
        state.logins.push((request.user.clone(), request.program.clone()));
        state.kills.push(request.connection.kill.clone());
        Ok(Login::Accepted { session: (), spid: 51, database: "master".to_owned() })
    }

    async fn run(&self, (): &mut (), request: Request, reply: &mut dyn Reply) -> Result<(), SqlError> {
        let Command::Text(text) = request.command else {
            return Err(SqlError::not_implemented("procedures"));
        };
        if text.starts_with("EXEC sys.sp_configure") {
            return self.change(reply).await;
        }
        let row = if text.contains("N'who'") {
            vec![("part", text_value("who")), ("server_name", text_value("SQL01"))]
        } else if text.contains("N'look'") && text.contains("clr enabled") {
            let clr = self.state.lock().unwrap().clr;
            let number = |n: bool| SqlValue::Int(i32::from(n));
            let columns = [("place", number(true)), ("done", number(clr)), ("refuse", SqlValue::Null)];
            std::iter::once(("part", text_value("look"))).chain(columns).collect()
        } else if text.contains("N'access'") {
            let columns = [("present", 0), ("any_database", 1)].map(|(name, n)| (name, SqlValue::Int(n)));
            std::iter::once(("part", text_value("access"))).chain(columns).collect()
        } else {
            return Err(SqlError::not_implemented(text));
        };
        send_row(row, reply).await;
        Ok(())
    }

    async fn reset(&self, (): &mut ()) -> String {
        "master".to_owned()
    }
}

impl Peer {
    async fn change(&self, reply: &mut dyn Reply) -> Result<(), SqlError> {
        let (swallow, fail) = {
            let mut state = self.state.lock().unwrap();
            let (swallow, fail) = (std::mem::take(&mut state.swallow), state.fail.take());
            state.clr |= fail.is_none();
            (swallow, fail)
        };
        if swallow {
            self.swallowed.notify_one();
            std::future::pending::<()>().await;
        }
        reply.send(Item::Done(None)).await;
        fail.map_or(Ok(()), |number| Err(SqlError::new(number, "refused")))
    }
}

fn text_value(text: &str) -> SqlValue {
    SqlValue::text(text)
}

async fn send_row(row: Vec<(&str, SqlValue)>, reply: &mut dyn Reply) {
    let ty = |value: &SqlValue| match value {
        SqlValue::Text(_) => SqlType::NVARCHAR_MAX,
        _ => SqlType::Int,
    };
    reply
        .send(Item::Columns(row.iter().map(|(name, value)| Column::nullable(*name, ty(value))).collect()))
        .await;
    reply.send(Item::Row(row.into_iter().map(|(_, value)| value).collect())).await;
    reply.send(Item::Done(Some(1))).await;
}

/// A server's identity under an authority of its own; the authority as PEM.
pub(crate) fn issue() -> (ServerTls, String) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params.distinguished_name.push(rcgen::DnType::CommonName, "Test CA");
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let leaf = CertificateParams::new(vec![HOST.to_owned()]).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = leaf.signed_by(&key, &authority).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    (ServerTls::new(vec![certificate.der().clone()], key).unwrap(), authority.pem())
}

/// Serves until the test's runtime ends; its address.
pub(crate) async fn start(peer: &Peer, tls: ServerTls) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = Server { backend: Arc::new(peer.clone()), tls, limits: Limits::default() };
    tokio::spawn(serve(listener, server, CancellationToken::new()));
    address
}

/// Every name is here.
pub(crate) struct Loopback;

#[async_trait]
impl Resolver for Loopback {
    async fn resolve(&self, _: &scaleout_model::names::DnsName, port: u16) -> io::Result<Vec<SocketAddr>> {
        Ok(vec![SocketAddr::from(([127, 0, 0, 1], port))])
    }
}
