//! The master endpoint's probe: one TLS handshake with the decided certificate pinned.

use crate::hosts::Hosts;
use async_trait::async_trait;
use rustls::ClientConfig;
use rustls::crypto::CryptoProvider;
use rustls_pki_types::ServerName;
use scaleout_certificates::{PinFailure, PinnedVerifier};
use scaleout_execution::ports::{EndpointPort, EndpointTarget};
use scaleout_model::fact::{CauseKind, Fact};
use scaleout_model::observed::EndpointProbe;
use scaleout_model::reason::Reason;
use scaleout_model::verdict::WaitingOn;
use scaleout_sql::Resolver as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// Deadline of connection and handshake together.
const DEADLINE: Duration = Duration::from_secs(5);

/// Probes endpoints.
#[derive(Clone, Debug)]
pub struct EndpointProber {
    hosts: Hosts,
}

impl EndpointProber {
    /// With this resolver.
    pub fn new(hosts: Hosts) -> Self {
        Self { hosts }
    }

    async fn handshake(&self, target: &EndpointTarget) -> Result<(), WaitingOn> {
        let silent = |message: String| WaitingOn { reason: Reason::MasterEndpointUnreachable, message };
        let addresses = self.hosts.resolve(&target.host, target.port).await;
        let addresses =
            addresses.map_err(|error| silent(format!("{} does not resolve: {error}", target.host)))?;
        let stream = TcpStream::connect(addresses.as_slice())
            .await
            .map_err(|error| silent(format!("{}:{} does not answer: {error}", target.host, target.port)))?;
        let provider =
            CryptoProvider::get_default().cloned().ok_or_else(|| silent("no TLS provider".into()))?;
        let verifier = PinnedVerifier::new(target.thumbprint, Some(target.host.as_str()), provider.clone());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| silent(error.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(verifier.clone())
            .with_no_client_auth();
        let name =
            ServerName::try_from(target.host.to_string()).map_err(|error| silent(error.to_string()))?;
        match TlsConnector::from(Arc::new(config)).connect(name, stream).await {
            Ok(_) => Ok(()),
            Err(error) => Err(match verifier.failure() {
                Some(failure) => WaitingOn { reason: reason_of(&failure), message: failure.to_string() },
                None => silent(format!("{}:{}: {error}", target.host, target.port)),
            }),
        }
    }
}

/// What a refused certificate means.
pub fn reason_of(failure: &PinFailure) -> Reason {
    match failure {
        PinFailure::OtherCertificate(_) | PinFailure::Unreadable => {
            Reason::MasterCertificateThumbprintMismatch
        }
        PinFailure::NotValidNow => Reason::CertificateExpired,
        PinFailure::NameMissing(_) => Reason::CertificateNameMissing,
    }
}

#[async_trait]
impl EndpointPort for EndpointProber {
    async fn probe(&self, target: &EndpointTarget) -> Fact<EndpointProbe> {
        match timeout(DEADLINE, self.handshake(target)).await {
            Ok(Ok(())) => Fact::Known(EndpointProbe::Verified),
            Ok(Err(why)) => Fact::Known(EndpointProbe::Failed(why)),
            Err(_) => Fact::unknown(
                CauseKind::Unreachable,
                format!("{}:{} did not answer in {} seconds", target.host, target.port, DEADLINE.as_secs()),
            ),
        }
    }
}
