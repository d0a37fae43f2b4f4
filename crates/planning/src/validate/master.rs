//! `ScaleOutMaster` → [`DesiredMaster`].

use super::certificate::{CertificateRules, CertificateSource, decide_certificate};
use super::shared::{installation, policy, port, service_account};
use super::{Invalid, Secrets};
use scaleout_api::master::MasterSettings;
use scaleout_api::{ScaleOutMaster, ScaleOutMasterSpec};
use scaleout_model::certificate::Thumbprint;
use scaleout_model::desired::{DesiredCertificate, DesiredMaster, GroupView, LogLogin, Rollout};
use scaleout_model::fence::Kind;
use scaleout_model::names::{DnsName, NodeName, RoleName};
use scaleout_model::reason::Reason;
use std::collections::BTreeMap;

/// What a master needs besides its spec.
pub struct MasterInputs<'a> {
    /// The Secrets that it names, and its own generated one under `generated_secret`.
    pub secrets: &'a Secrets,
    /// Name, in `secrets`, of the Secret in which the controller keeps a certificate that it made.
    pub generated_secret: &'a str,
    /// The group.
    pub group: GroupView,
    /// Name of the failover cluster that the group names.
    pub group_cluster: Option<String>,
    /// First label of the listener's name in the group's spec.
    pub listener_label: Option<String>,
    /// The certificate that the object reported as current so far.
    pub current: Option<Thumbprint>,
    /// Workers that count, with the master certificates that they trust.
    pub workers: Vec<(String, Vec<Thumbprint>)>,
    /// Whether all agents report ClientAuthTrustMode 2.
    pub issued_allowed: bool,
    /// Unix seconds.
    pub now: i64,
}

/// Validates a master's spec.
pub fn validate_master(object: &ScaleOutMaster, inputs: MasterInputs<'_>) -> Result<DesiredMaster, Invalid> {
    let spec = &object.spec;
    check_names(spec, &inputs)?;
    let point = &spec.clustered_role.client_access_point;
    let host = DnsName::new(format!("{}.{}", point.name, point.dns_suffix));
    let rules = CertificateRules {
        name: &host,
        generated: vec![host.clone(), DnsName::new(point.name.as_str())],
        issued_allowed: inputs.issued_allowed,
        now: inputs.now,
    };
    let source = CertificateSource::Controller(inputs.generated_secret);
    let certificate = decide_certificate(&spec.certificate, source, inputs.secrets, &rules);
    let cluster = spec.failover_cluster.as_ref().map(|cluster| cluster.name.as_str());
    let quiet = spec.quiet.map(|quiet| quiet.timeout_seconds);
    let log_login = match &spec.execution_logging.login_secret_ref {
        Some(reference) => LogLogin::Password(inputs.secrets.slot(&reference.name, "password")),
        None => LogLogin::Adopt,
    };
    let preferred = spec.clustered_role.preferred_owners.as_ref();
    Ok(DesiredMaster {
        policy: policy(object, Kind::ScaleOutMaster, spec.firewall.is_some(), cluster, quiet),
        version: spec.sql_server_version.map(Into::into),
        nodes: spec.nodes.iter().map(|node| NodeName::new(node.name.as_str())).collect(),
        role: RoleName::new(spec.clustered_role.name.as_str()),
        client_access_point: DnsName::new(point.name.as_str()),
        dns_suffix: point.dns_suffix.clone(),
        addresses: point.addresses.iter().map(|address| address.ip.clone()).collect(),
        preferred_owners: preferred
            .map(|nodes| nodes.iter().map(|node| NodeName::new(node.as_str())).collect()),
        port: port(spec.endpoint.port, "endpoint.port")?,
        account: service_account(&spec.service_account, inputs.secrets)?,
        rollout: rollout(&certificate, &inputs),
        certificate,
        installation: installation(&spec.installation),
        log_login,
        settings: spec.settings.map(settings).unwrap_or_default(),
        group: inputs.group,
    })
}

/// Workers trust a new certificate first; only then it is served.
fn rollout(certificate: &DesiredCertificate, inputs: &MasterInputs<'_>) -> Rollout {
    let Some(decided) = certificate.thumbprint() else { return Rollout::default() };
    let untrusting = inputs.workers.iter().filter(|(_, trusted)| !trusted.contains(decided));
    Rollout {
        replaces: inputs.current.filter(|current| current != decided),
        untrusting: untrusting.map(|(name, _)| name.clone()).collect(),
    }
}

/// Rules that need the group.
fn check_names(spec: &ScaleOutMasterSpec, inputs: &MasterInputs<'_>) -> Result<(), Invalid> {
    let point = &spec.clustered_role.client_access_point.name;
    if inputs.listener_label.as_ref().is_some_and(|label| label.eq_ignore_ascii_case(point)) {
        let message = format!("listener and client access point are both named {point}");
        return Err(Invalid::new(Reason::NameConflict, message));
    }
    let own = spec.failover_cluster.as_ref().map(|cluster| cluster.name.as_str());
    if let (Some(own), Some(group)) = (own, inputs.group_cluster.as_deref())
        && !own.eq_ignore_ascii_case(group)
    {
        let message = format!("failoverCluster.name is {own}, that of the SsisdbAvailabilityGroup {group}");
        return Err(Invalid::new(Reason::FailoverClusterDiffers, message));
    }
    Ok(())
}

fn settings(settings: MasterSettings) -> BTreeMap<String, String> {
    let values = [
        ("MasterHeartbeatIntervalInMs", settings.master_heartbeat_interval_milliseconds),
        ("SqlConnectionTimeoutInSecs", settings.sql_connection_timeout_seconds),
        ("CleanupCompletedJobsIntervalInMs", settings.cleanup_completed_jobs_interval_milliseconds),
        ("DealWithExpiredTasksIntervalInMs", settings.deal_with_expired_tasks_interval_milliseconds),
    ];
    values.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?.to_string()))).collect()
}
