//! What anybody outside of the site can see: SQL over TDS, TLS answers, the agents' facts.

use anyhow::{Context as _, Result, anyhow, bail};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::crypto::{verify_tls12_signature, verify_tls13_signature};
use rustls::{DigitallySignedStruct, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use scaleout_agent_client::{AgentClient, ClientCredentials, HostTable};
use scaleout_execution::ports::{NodePort as _, NodeTarget};
use scaleout_model::certificate::Thumbprint;
use scaleout_model::names::DnsName;
use scaleout_model::node::NodeFacts;
use scaleout_model::secret::SecretBytes;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tiberius::{AuthMethod, Client, ColumnData, Config, EncryptionLevel};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_util::compat::TokioAsyncWriteCompatExt as _;
use xtask::rig::Sim;

const ANSWER: Duration = Duration::from_secs(5);
const AGENT_PORT: u16 = 8443;
/// Login name and password.
pub(crate) type Login = (String, String);

/// What a TLS client gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TlsAnswer {
    /// No TCP connection.
    NoConnection,
    /// A connection, and no handshake.
    Broken,
    /// This certificate.
    Presents(Thumbprint),
}

/// An error that SQL Server answers, by its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SqlRefusal {
    pub(crate) number: u32,
    pub(crate) message: String,
}

/// Clients of the site's wires.
pub(crate) struct Outside<'a> {
    pub(crate) sim: &'a Sim,
    runtime: Runtime,
    logins: BTreeMap<String, String>,
    suffix: String,
}

impl<'a> Outside<'a> {
    pub(crate) fn new(sim: &'a Sim, suffix: &str) -> Result<Self> {
        // Another test of this process finds the same provider.
        let _ = default_provider().install_default();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(Self { sim, runtime, logins: sim.credentials()?.logins, suffix: suffix.to_owned() })
    }

    /// The login whose name has this word.
    pub(crate) fn login(&self, word: &str) -> Result<Login> {
        let found = self.logins.iter().find(|(login, _)| login.contains(word));
        found.map(|(login, password)| (login.clone(), password.clone())).context(format!("no login {word}"))
    }

    fn hosts(&self) -> Result<BTreeMap<DnsName, IpAddr>> {
        let text = self.sim.read("hosts")?;
        let lines = text.lines().filter_map(|line| line.split_once(' '));
        let named = lines.filter_map(|(address, names)| Some((address.parse::<IpAddr>().ok()?, names)));
        Ok(named.flat_map(|(ip, names)| names.split(' ').map(move |name| (DnsName::new(name), ip))).collect())
    }

    fn fqdn(&self, host: &str) -> String {
        format!("{}.{}", host.to_lowercase(), self.suffix)
    }

    /// The rows of one batch, each column as text; NULL is empty. The inner error is SQL Server's own.
    pub(crate) fn sql(
        &self,
        host: &str,
        login: &Login,
        text: &str,
    ) -> Result<Result<Vec<Vec<String>>, SqlRefusal>> {
        let answer = self.runtime.block_on(async {
            let work = async {
                let mut client = Box::pin(self.log_in(host, login)).await?;
                let results = client.simple_query(text).await?.into_results().await?;
                Ok(results.iter().flatten().map(read_row).collect())
            };
            timeout(ANSWER, Box::pin(work)).await.map_err(|_| anyhow!("{host} does not answer {text:?}"))
        })?;
        match answer {
            Ok(rows) => Ok(Ok(rows)),
            Err(tiberius::error::Error::Server(error)) => {
                Ok(Err(SqlRefusal { number: error.code(), message: error.message().to_owned() }))
            }
            Err(error) => Err(anyhow!(error).context(text.to_owned())),
        }
    }

    /// Runs a batch while another login has a session.
    pub(crate) fn sql_beside(
        &self,
        host: &str,
        beside: &Login,
        login: &Login,
        text: &str,
    ) -> Result<SqlRefusal> {
        let held = self.runtime.block_on(self.log_in(host, beside))?;
        let answer = self.sql(host, login, text)?;
        drop(held);
        answer.err().with_context(|| format!("{text:?} was done"))
    }

    async fn log_in(
        &self,
        host: &str,
        login: &Login,
    ) -> tiberius::Result<Client<tokio_util::compat::Compat<TcpStream>>> {
        let name = self.fqdn(host);
        let invalid = |text: String| std::io::Error::other(text);
        let hosts = self.hosts().map_err(|error| invalid(error.to_string()))?;
        let ip = hosts.get(&DnsName::new(&name)).copied().ok_or_else(|| invalid(format!("no {name}")))?;
        let stream = TcpStream::connect((ip, 1433)).await?;
        let mut config = Config::new();
        config.host(&name);
        config.port(1433);
        config.authentication(AuthMethod::sql_server(&login.0, &login.1));
        config.encryption(EncryptionLevel::Required);
        config.trust_cert_ca_bundle(self.sim.read("sql-ca.crt").map_err(|error| invalid(error.to_string()))?);
        Box::pin(Client::connect(config, stream.compat_write())).await
    }

    /// What a TLS client of a host gets.
    pub(crate) fn tls(&self, host: &str, port: u16) -> Result<TlsAnswer> {
        let name = self.fqdn(host);
        let Some(ip) = self.hosts()?.get(&DnsName::new(&name)).copied() else {
            return Ok(TlsAnswer::NoConnection);
        };
        self.runtime.block_on(async {
            let Ok(Ok(stream)) = timeout(ANSWER, TcpStream::connect((ip, port))).await else {
                return Ok(TlsAnswer::NoConnection);
            };
            let config = rustls::ClientConfig::builder()
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(AnyServer))
                .with_no_client_auth();
            let server = ServerName::try_from(name)?;
            match timeout(ANSWER, TlsConnector::from(Arc::new(config)).connect(server, stream)).await? {
                Err(_) => Ok(TlsAnswer::Broken),
                Ok(stream) => {
                    let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
                    let der = chain.first().context("no certificate")?;
                    Ok(TlsAnswer::Presents(Thumbprint::of_der(der)))
                }
            }
        })
    }

    /// Facts of a machine's agent.
    pub(crate) fn facts(&self, node: &str) -> Result<NodeFacts> {
        let client = AgentClient::new(HostTable::new(self.hosts()?));
        let credentials = ClientCredentials {
            certificate: self.sim.read("controller.crt")?.into_bytes(),
            key: SecretBytes::new(self.sim.read("controller.key")?.as_str()),
            ca: self.sim.read("agents-ca.crt")?.into_bytes(),
        };
        client.set_credentials(Some(credentials))?;
        let host = DnsName::new(self.fqdn(node));
        let target = NodeTarget { node: node.into(), host, port: AGENT_PORT };
        let facts = self.runtime.block_on(client.facts(&target));
        facts.map_err(|cause| anyhow!("{node}: {cause:?}"))
    }

    /// The one value of a query.
    pub(crate) fn value(&self, host: &str, login: &Login, query: &str) -> Result<String> {
        match self.sql(host, login, query)? {
            Ok(rows) => rows.into_iter().flatten().next().with_context(|| format!("no row: {query}")),
            Err(refusal) => bail!("{query}: {} {}", refusal.number, refusal.message),
        }
    }

    /// The number of the error that a batch gets; 0: it is done.
    pub(crate) fn error(&self, host: &str, login: &Login, batch: &str) -> Result<u32> {
        Ok(self.sql(host, login, batch)?.err().map_or(0, |refusal| refusal.number))
    }
}

fn read_row(row: &tiberius::Row) -> Vec<String> {
    let text = |data: &ColumnData<'static>| match data {
        ColumnData::Bit(Some(value)) => i32::from(*value).to_string(),
        ColumnData::U8(Some(value)) => value.to_string(),
        ColumnData::I16(Some(value)) => value.to_string(),
        ColumnData::I32(Some(value)) => value.to_string(),
        ColumnData::I64(Some(value)) => value.to_string(),
        ColumnData::String(Some(value)) => value.to_string(),
        _ => String::new(),
    };
    row.cells().map(|(_, data)| text(data)).collect()
}

/// Takes any certificate: what is presented is what is asked.
#[derive(Debug)]
struct AnyServer;

impl ServerCertVerifier for AnyServer {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &default_provider().signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &default_provider().signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        default_provider().signature_verification_algorithms.supported_schemes()
    }
}
