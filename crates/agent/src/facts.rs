//! Builds the node's facts from host calls. One failing part is Unknown; it never takes the others with it.

use crate::agent::Agent;
use crate::claims::holder_text;
use crate::host::{Host, HostCertificate, HostError, HostErrorKind, HostResult, HostService};
use crate::x509;
use scaleout_model::certificate::{PublicCertificate, Thumbprint};
use scaleout_model::fact::{Cause, CauseKind, Fact};
use scaleout_model::node::{
    AgentFacts, Feature, FeatureFacts, NodeFacts, ServiceFacts, SettingsFacts, SettingsFormat,
    StoredCertificate,
};
use scaleout_model::settings::{SettingsFile, SettingsFormat as FileFormat, digest};
use scaleout_model::version::SqlVersion;
use std::future::Future;
use std::time::Duration;

/// A part that takes longer is Unknown.
const PART_DEADLINE: Duration = Duration::from_secs(5);

const MASTER_PREFIX: &str = "SSISScaleOutMaster";
const WORKER_PREFIX: &str = "SSISScaleOutWorker";

impl Agent {
    /// All facts of the node. Fails only if the machine does not tell its names and its clock.
    pub async fn facts(&self) -> HostResult<NodeFacts> {
        let host = self.host();
        let (identity, clock) =
            timely(async { tokio::try_join!(host.identity(), host.clock_unix_ms()) }).await?;
        let (pending_reboot, cluster, engines, features, services, certificates, trust_mode) = tokio::join!(
            known(host.pending_reboot()),
            present(host.cluster()),
            known(host.engines()),
            known(host.features()),
            known(host.scale_out_services()),
            known(host.certificates()),
            present(host.client_auth_trust_mode()),
        );
        let (bindings, reservations, firewall, settings) = tokio::join!(
            known(host.tls_bindings()),
            known(host.url_reservations()),
            known(host.firewall_rules()),
            self.settings(&features),
        );
        Ok(NodeFacts {
            computer_name: identity.computer_name,
            dns_name: identity.dns_name,
            clock_unix_ms: clock,
            agent: self.agent_facts(),
            pending_reboot,
            cluster,
            engines,
            features,
            services: services.map(|all| all.into_iter().filter_map(service_facts).collect()),
            certificates: certificates.map(|all| all.into_iter().map(|c| self.stored(c)).collect()),
            bindings,
            reservations,
            firewall,
            settings,
            client_auth_trust_mode: trust_mode,
        })
    }

    fn agent_facts(&self) -> AgentFacts {
        AgentFacts {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            epoch: self.epochs().highest(),
            served_namespaces: self.namespaces().to_vec(),
            claims: self.claims().claims(),
            running: self.ledger().describe(),
            media: self.media().keys().cloned().collect(),
        }
    }

    fn stored(&self, certificate: HostCertificate) -> StoredCertificate {
        let thumbprint = Thumbprint::of_der(&certificate.der);
        StoredCertificate {
            store: certificate.store,
            thumbprint,
            pem: x509::pem_of(&certificate.der),
            self_signed: PublicCertificate::from_der(&certificate.der).is_ok_and(|c| c.is_self_signed()),
            has_private_key: certificate.has_private_key,
            key_readers: certificate.key_readers,
            placed_for: self.claims().placed_for(certificate.store, thumbprint).as_ref().map(holder_text),
        }
    }

    async fn settings(&self, features: &Fact<Vec<FeatureFacts>>) -> Fact<Vec<SettingsFacts>> {
        let features = match features.as_ref() {
            Fact::Known(features) => features,
            Fact::Absent => return Fact::Known(Vec::new()),
            Fact::Unknown(cause) => return Fact::Unknown(cause),
        };
        let mut found = Vec::new();
        for installed in features.iter().filter(|f| f.feature != Feature::IntegrationServices) {
            match timely(read_settings(self.host(), installed)).await {
                Ok(facts) => found.extend(facts),
                Err(error) => return unknown(&error),
            }
        }
        Fact::Known(found)
    }
}

async fn read_settings(host: &dyn Host, installed: &FeatureFacts) -> HostResult<Option<SettingsFacts>> {
    let Some(file) = host.settings(installed.feature, installed.version).await? else { return Ok(None) };
    let parsed = SettingsFile::parse(&file.bytes).ok();
    let values = parsed.as_ref().map(|settings| {
        settings.keys().filter_map(|key| Some((key.to_owned(), settings.get(key)?.to_owned()))).collect()
    });
    Ok(Some(SettingsFacts {
        feature: installed.feature,
        version: installed.version,
        digest: digest(&file.bytes),
        format: parsed.as_ref().map(|settings| match settings.format() {
            FileFormat::Json => SettingsFormat::Json,
            FileFormat::Xml => SettingsFormat::Xml,
        }),
        values: values.unwrap_or_default(),
        modified_unix_ms: file.modified_unix_ms,
    }))
}

/// Feature and version that a service's key name says.
pub(crate) fn parse_service_name(name: &str) -> Option<(Feature, SqlVersion)> {
    let suffix_of = |prefix: &str| {
        name.get(..prefix.len()).filter(|head| head.eq_ignore_ascii_case(prefix))?;
        name.get(prefix.len()..)?.strip_suffix('0')?.parse::<u32>().ok()
    };
    let (feature, major) = match suffix_of(MASTER_PREFIX) {
        Some(major) => (Feature::ScaleOutMaster, major),
        None => (Feature::ScaleOutWorker, suffix_of(WORKER_PREFIX)?),
    };
    Some((feature, SqlVersion::try_from(major).ok()?))
}

fn service_facts(service: HostService) -> Option<ServiceFacts> {
    let (feature, version) = parse_service_name(&service.name)?;
    Some(ServiceFacts {
        feature,
        version,
        name: service.name,
        state: service.state,
        start_type: service.start_type,
        account: service.account,
        recovery_actions: service.recovery_actions,
        started_unix_ms: service.started_unix_ms,
    })
}

async fn known<T>(call: impl Future<Output = HostResult<T>>) -> Fact<T> {
    timely(call).await.map_or_else(|error| unknown(&error), Fact::Known)
}

async fn present<T>(call: impl Future<Output = HostResult<Option<T>>>) -> Fact<T> {
    timely(call).await.map_or_else(|error| unknown(&error), Fact::from)
}

/// A host call with the deadline of a part.
pub(crate) async fn timely<T>(call: impl Future<Output = HostResult<T>>) -> HostResult<T> {
    tokio::time::timeout(PART_DEADLINE, call).await.unwrap_or_else(|_| {
        Err(HostError::new(HostErrorKind::NotReady, "the machine did not answer in time"))
    })
}

fn unknown<T>(error: &HostError) -> Fact<T> {
    let kind = match error.kind {
        HostErrorKind::AccessDenied => CauseKind::NotPermitted,
        HostErrorKind::Credential => CauseKind::CredentialRefused,
        HostErrorKind::Unanswered => CauseKind::Unreachable,
        HostErrorKind::Invalid | HostErrorKind::Other => CauseKind::Garbled,
        HostErrorKind::NotFound | HostErrorKind::NotReady | HostErrorKind::Unsupported => CauseKind::NotReady,
    };
    Fact::Unknown(Cause::new(kind, error.message.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_names_say_feature_and_version() {
        let cases = [
            ("SSISScaleOutMaster150", Some((Feature::ScaleOutMaster, SqlVersion::V2019))),
            ("ssisscaleoutworker140", Some((Feature::ScaleOutWorker, SqlVersion::V2017))),
            ("SSISScaleOutWorker", None),
            ("SSISScaleOutMaster990", None),
            ("MSSQLSERVER", None),
        ];
        for (name, expected) in cases {
            assert_eq!(parse_service_name(name), expected, "{name}");
        }
    }
}
