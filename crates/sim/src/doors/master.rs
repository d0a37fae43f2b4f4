//! The HTTPS endpoint of a Scale Out Master: what a client gets follows from HTTP.sys binding, certificate stores and
//! keys of the present owner, looked at anew for each connection and each request.

use crate::site_handle::SiteHandle;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::aws_lc_rs::{default_provider, sign::any_supported_type};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{DigitallySignedStruct, DistinguishedName, Error, ServerConfig, SignatureScheme};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use scaleout_model::certificate::Thumbprint;
use scaleout_model::names::NodeName;
use scaleout_sim_site::explain::{EndpointAnswer, answer_endpoint, client_refusal};
use scaleout_sim_site::state::StoredCert;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// After a failed accept (no file handles).
const PAUSE: Duration = Duration::from_millis(100);
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(10);
/// The URL that HTTP.sys hands to the master.
const PREFIX: &str = "/ClusterManagement";

/// Accepts clients at a site address and port. Their connections end with it.
pub(super) async fn listen(socket: TcpListener, site: SiteHandle, address: String, port: u16) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Some(_) = connections.join_next() => {}
            accepted = socket.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve(stream, site.clone(), address.clone(), port));
                }
                Err(error) => {
                    tracing::debug!(%error, "a connection was not accepted");
                    tokio::time::sleep(PAUSE).await;
                }
            },
        }
    }
}

/// Serves one client.
async fn serve(stream: TcpStream, site: SiteHandle, address: String, port: u16) {
    let answer = site.read(|sim| answer_endpoint(&sim.site, None, &address, port));
    let (node, certificate) = match answer {
        EndpointAnswer::Presents { node, certificate, .. } => (node, certificate),
        EndpointAnswer::NoConnection(cause) => return tracing::debug!(cause = cause.text(), "closed"),
        EndpointAnswer::Reset(refusal) => return tracing::debug!(cause = refusal.text(), "reset"),
    };
    let config = match build_config(&certificate) {
        Ok(config) => config,
        Err(error) => return tracing::warn!(%error, %node, "the bound certificate can't be served"),
    };
    let handshake = TlsAcceptor::from(Arc::new(config)).accept(stream);
    let stream = match tokio::time::timeout(HANDSHAKE_LIMIT, handshake).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return tracing::debug!(%error, "a handshake failed"),
        Err(_) => return tracing::debug!("a client did not end its handshake"),
    };
    let certificates = stream.get_ref().1.peer_certificates();
    let client = certificates.and_then(|chain| chain.first()).map(|der| Thumbprint::of_der(der));
    let service = service_fn(|request| {
        let answer = respond(&site, &node, client, &request);
        async move { Ok::<_, Infallible>(answer) }
    });
    let connection =
        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    if let Err(error) = connection.await {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// 403 without a certificate that the owner trusts (TROUB: "The HTTP request was forbidden").
fn respond(
    site: &SiteHandle,
    node: &NodeName,
    client: Option<Thumbprint>,
    request: &Request<Incoming>,
) -> Response<String> {
    let path = request.uri().path();
    let ours = path.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
        && matches!(path.get(PREFIX.len()..), Some(rest) if rest.is_empty() || rest.starts_with('/'));
    let trusted = || match client {
        None => false,
        Some(client) => site.read(|sim| client_refusal(&sim.site, node, client)).is_none(),
    };
    let status = match ours {
        false => StatusCode::NOT_FOUND,
        true if trusted() => StatusCode::OK,
        true => StatusCode::FORBIDDEN,
    };
    let mut response = Response::new(String::new());
    *response.status_mut() = status;
    response
}

/// TLS with any certificate whose key can sign: what it says is the client's to judge.
fn build_config(stored: &StoredCert) -> Result<ServerConfig, Error> {
    let key = stored.key.as_ref().and_then(|key| PrivateKeyDer::from_pem_slice(key.expose().as_bytes()).ok());
    let key = key.ok_or_else(|| Error::General("its key is no PEM".to_owned()))?;
    let chain = vec![CertificateDer::from(stored.der.as_slice().to_vec())];
    let certified = CertifiedKey::new(chain, any_supported_type(&key)?);
    let provider = Arc::new(default_provider());
    let mut config = ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
        .with_client_cert_verifier(Arc::new(AnyClient(provider)))
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
    config.send_tls13_tickets = 0;
    Ok(config)
}

/// HTTP.sys asks for a certificate and takes any; who it belongs to is looked at per request.
#[derive(Debug)]
struct AnyClient(Arc<CryptoProvider>);

impl ClientCertVerifier for AnyClient {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
