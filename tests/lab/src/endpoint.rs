//! The master endpoint: what HTTP.sys of the present owner would present, judged by the controller's own verifier.

use async_trait::async_trait;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use scaleout_certificates::PinnedVerifier;
use scaleout_controller::endpoint::reason_of;
use scaleout_execution::ports::{EndpointPort, EndpointTarget};
use scaleout_model::fact::Fact;
use scaleout_model::observed::EndpointProbe;
use scaleout_model::reason::Reason;
use scaleout_model::verdict::WaitingOn;
use scaleout_sim::SiteHandle;
use scaleout_sim_site::explain::{EndpointAnswer, answer_endpoint};
use std::sync::Arc;
use std::time::Duration;

/// Probes the site's endpoints.
pub struct Endpoints(pub SiteHandle);

#[async_trait]
impl EndpointPort for Endpoints {
    async fn probe(&self, target: &EndpointTarget) -> Fact<EndpointProbe> {
        Fact::Known(match self.judge(target) {
            Ok(()) => EndpointProbe::Verified,
            Err(why) => EndpointProbe::Failed(why),
        })
    }
}

impl Endpoints {
    fn judge(&self, target: &EndpointTarget) -> Result<(), WaitingOn> {
        let silent = |message: String| WaitingOn { reason: Reason::MasterEndpointUnreachable, message };
        let (answer, now_ms) = self.0.read(|sim| {
            let addresses = sim.site.resolve(target.host.as_str());
            let address = addresses.first().cloned();
            (address.map(|a| answer_endpoint(&sim.site, None, &a, target.port)), sim.site.now_ms)
        });
        let certificate = match answer {
            None => return Err(silent(format!("{} does not resolve", target.host))),
            Some(EndpointAnswer::NoConnection(cause)) => {
                let (host, port, cause) = (&target.host, target.port, cause.text());
                return Err(silent(format!("{host}:{port} does not answer: {cause}")));
            }
            Some(EndpointAnswer::Reset(cause)) => {
                let (host, port, cause) = (&target.host, target.port, cause.text());
                return Err(silent(format!("{host}:{port}: {cause}")));
            }
            Some(EndpointAnswer::Presents { certificate, .. }) => certificate,
        };
        let provider = Arc::new(default_provider());
        let verifier = PinnedVerifier::new(target.thumbprint, Some(target.host.as_str()), provider);
        let name = ServerName::try_from(target.host.to_string()).map_err(|e| silent(e.to_string()))?;
        let der = CertificateDer::from(certificate.der.as_slice());
        let now = UnixTime::since_unix_epoch(Duration::from_millis(now_ms.unsigned_abs()));
        match verifier.verify_server_cert(&der, &[], &name, &[], now) {
            Ok(_) => Ok(()),
            Err(error) => Err(match verifier.failure() {
                Some(failure) => WaitingOn { reason: reason_of(&failure), message: failure.to_string() },
                None => silent(error.to_string()),
            }),
        }
    }
}
