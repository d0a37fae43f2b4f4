//! `ScaleOutWorker` → [`DesiredWorker`].

use super::certificate::{CertificateRules, CertificateSource, decide_certificate};
use super::shared::{installation, policy, service_account, time_span};
use super::{Invalid, Secrets};
use scaleout_api::ScaleOutWorker;
use scaleout_api::worker::{DesiredState, WorkerSettings};
use scaleout_model::desired::{DesiredWorker, MasterView};
use scaleout_model::fence::Kind;
use scaleout_model::names::{DnsName, NodeName};
use std::collections::BTreeMap;

/// What a worker needs besides its spec.
pub struct WorkerInputs<'a> {
    /// The Secrets that it names.
    pub secrets: &'a Secrets,
    /// Its master.
    pub master: MasterView,
    /// DNS name of its machine, as its agent's endpoint has it.
    pub host: DnsName,
    /// Whether all agents of the master's nodes report ClientAuthTrustMode 2.
    pub issued_allowed: bool,
    /// Unix seconds.
    pub now: i64,
}

/// Validates a worker's spec.
pub fn validate_worker(object: &ScaleOutWorker, inputs: WorkerInputs<'_>) -> Result<DesiredWorker, Invalid> {
    let spec = &object.spec;
    let node = NodeName::new(spec.node.name.as_str());
    let short = DnsName::new(node.as_str());
    let mut generated = vec![short.clone()];
    if inputs.host.same_host(&short) && inputs.host != short {
        generated.push(inputs.host.clone());
    }
    let rules =
        CertificateRules { name: &short, generated, issued_allowed: inputs.issued_allowed, now: inputs.now };
    let certificate = decide_certificate(&spec.certificate, CertificateSource::Node, inputs.secrets, &rules);
    Ok(DesiredWorker {
        policy: policy(object, Kind::ScaleOutWorker, false, None, None),
        enabled: spec.desired_state == DesiredState::Enabled,
        account: service_account(&spec.service_account, inputs.secrets)?,
        certificate,
        installation: installation(&spec.installation),
        settings: spec.settings.map(settings).unwrap_or_default(),
        drain_timeout_seconds: spec.drain.and_then(|drain| u32::try_from(drain.timeout_seconds).ok()),
        master: inputs.master,
        node,
    })
}

fn settings(settings: WorkerSettings) -> BTreeMap<String, String> {
    let spans = [
        ("AgentHeartbeatInterval", settings.agent_heartbeat_interval_seconds),
        ("TaskHeartbeatInterval", settings.task_heartbeat_interval_seconds),
        ("HeartbeatErrorTolerance", settings.heartbeat_error_tolerance_seconds),
        ("LeaseInterval", settings.lease_interval_seconds),
    ];
    let numbers = [
        ("MaxTaskCount", settings.max_task_count.map(|count| count.to_string())),
        ("TaskRequestMaxCPU", settings.task_request_max_cpu_percent.map(|percent| format!("{percent}.0"))),
        ("TaskRequestMinMemory", settings.task_request_min_memory_megabytes.map(|size| format!("{size}.0"))),
    ];
    let spans = spans.into_iter().filter_map(|(key, value)| Some((key.to_owned(), time_span(value?))));
    let numbers = numbers.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    spans.chain(numbers).collect()
}
