//! The loop of `ScaleOutWorker`.

use super::master::issued_allowed;
use super::peers::{GroupPeers, agent, agents, merge};
use super::{KindStatus, PassError, SiteKind};
use crate::clock;
use crate::context::Context;
use async_trait::async_trait;
use kube::runtime::reflector::ObjectRef;
use kube::{Resource as _, ResourceExt as _};
use scaleout_api::convergence::PublicCertificate;
use scaleout_api::coordinates::MasterCoordinates;
use scaleout_api::master_status::MasterOutputs;
use scaleout_api::worker_status::WorkerOutputs;
use scaleout_api::{Convergence, ScaleOutMaster, ScaleOutWorker, ScaleOutWorkerStatus};
use scaleout_execution::observe::Site;
use scaleout_execution::ports::NodeTarget;
use scaleout_model::certificate::Thumbprint;
use scaleout_model::desired::{DesiredWorker, MasterView, Policy};
use scaleout_model::fence::Kind;
use scaleout_model::names::DnsName;
use scaleout_model::node::{ClaimRole, Feature, Store};
use scaleout_model::observed::Observed;
use scaleout_planning::deletion::{Deletion, Presence, References};
use scaleout_planning::plan::{Plan, plan};
use scaleout_planning::status::Attempt;
use scaleout_planning::step::Step;
use scaleout_planning::steps::worker::teardown::{self, Teardown};
use scaleout_planning::steps::worker::view::own_certificate;
use scaleout_planning::validate::{Invalid, Secrets, WorkerInputs, validate_worker};

/// The kind.
pub struct WorkerKind;

/// What a worker's pass dereferenced.
pub struct Inputs {
    secrets: Secrets,
    master: MasterView,
    host: DnsName,
    references: References,
    master_uid: Option<String>,
}

impl KindStatus for ScaleOutWorkerStatus {
    fn convergence(&self) -> &Convergence {
        &self.convergence
    }
}

#[async_trait]
impl SiteKind for WorkerKind {
    type Object = ScaleOutWorker;
    type Status = ScaleOutWorkerStatus;
    type Inputs = Inputs;
    type Desired = DesiredWorker;

    const KIND: Kind = Kind::ScaleOutWorker;
    const AREAS: &'static [&'static str] = scaleout_api::conditions::WORKER;

    fn chain() -> Vec<&'static dyn Step<DesiredWorker>> {
        scaleout_planning::steps::worker::chain()
    }

    fn status(object: &ScaleOutWorker) -> Option<&ScaleOutWorkerStatus> {
        object.status.as_ref()
    }

    fn claims(object: &ScaleOutWorker) -> Vec<(NodeTarget, ClaimRole)> {
        let own = agent(&object.spec.node.name, &object.spec.node.agent.endpoint);
        own.map(|target| (target, ClaimRole::Worker)).into_iter().collect()
    }

    fn references(inputs: &Inputs, seen: bool) -> Option<References> {
        Some(References { seen, ..inputs.references.clone() })
    }

    fn reference_uid(inputs: &Inputs) -> Option<String> {
        inputs.master_uid.clone()
    }

    async fn dereference(context: &Context, object: &ScaleOutWorker) -> Result<(Site, Inputs), PassError> {
        let spec = &object.spec;
        let namespace = object.namespace().ok_or(PassError::Nameless)?;
        let (master, group, master_nodes) = read_master(context, &namespace, &spec.master_ref.name).await?;
        let (refers_to, master_uid) = refer(context, &namespace, &spec.master_ref.name, &group);
        let references =
            [spec.service_account.password_secret_ref.as_ref(), spec.certificate.secret_ref.as_ref()];
        let names: Vec<String> = references.into_iter().flatten().map(|secret| secret.name.clone()).collect();
        let secrets = context.secrets.facts(&namespace, &names).await?;
        let own = agent(&spec.node.name, &spec.node.agent.endpoint);
        let host = own.as_ref().map_or_else(|| DnsName::new(spec.node.name.as_str()), |own| own.host.clone());
        let mut nodes: Vec<NodeTarget> = own.into_iter().collect();
        merge(&mut nodes, master_nodes);
        merge(&mut nodes, group.nodes.clone());
        let site = Site { nodes, instances: group.instances.clone(), group: group.view.group.clone() };
        Ok((site, Inputs { secrets, master, host, references: refers_to, master_uid }))
    }

    fn validate(
        object: &ScaleOutWorker,
        inputs: &Inputs,
        observed: &Observed,
    ) -> Result<DesiredWorker, Invalid> {
        validate_worker(
            object,
            WorkerInputs {
                secrets: &inputs.secrets,
                master: inputs.master.clone(),
                host: inputs.host.clone(),
                issued_allowed: issued_allowed(observed, inputs.master.nodes.iter().cloned()),
                now: observed.now_unix_ms / 1000,
            },
        )
    }

    fn policy(desired: &DesiredWorker) -> &Policy {
        &desired.policy
    }

    fn plan_teardown(
        object: &ScaleOutWorker,
        desired: &DesiredWorker,
        deletion: Deletion,
        observed: &Observed,
    ) -> Plan {
        let outputs = object.status.as_ref().and_then(|status| status.outputs.as_ref());
        let reported = outputs.and_then(|outputs| outputs.certificate.as_ref()?.thumbprint.parse().ok());
        let teardown = Teardown { worker: desired.clone(), deletion, reported };
        plan(&teardown::chain(), &desired.policy, &teardown, observed)
    }

    fn derive_status(
        object: &ScaleOutWorker,
        desired: Option<&DesiredWorker>,
        observed: &Observed,
        _attempts: &[Attempt],
        convergence: Convergence,
    ) -> ScaleOutWorkerStatus {
        let prior = object.status.as_ref().and_then(|status| status.outputs.clone()).unwrap_or_default();
        let outputs = desired.map_or(prior.clone(), |desired| outputs(desired, observed, prior));
        ScaleOutWorkerStatus { convergence, outputs: Some(outputs) }
    }
}

fn outputs(desired: &DesiredWorker, observed: &Observed, mut outputs: WorkerOutputs) -> WorkerOutputs {
    let Some(facts) = observed.node(&desired.node).known().copied() else { return outputs };
    if let Some(files) = facts.settings.known() {
        let file = files.iter().find(|file| file.feature == Feature::ScaleOutWorker);
        outputs.agent_id = file.and_then(|file| file.values.get("AgentId").cloned());
    }
    if let Ok(Some(certificate)) = own_certificate(desired, observed) {
        outputs.certificate = Some(PublicCertificate {
            thumbprint: certificate.thumbprint.to_string(),
            public_pem: certificate.pem.clone(),
        });
    }
    if let Some(stored) = facts.certificates.known() {
        let master = &desired.master;
        let known = master.certificate.iter().chain(&master.pending_certificate);
        let trusted = known.map(|(thumbprint, _)| *thumbprint).filter(|thumbprint| {
            stored.iter().any(|c| c.store == Store::Root && c.thumbprint == *thumbprint)
        });
        outputs.trusted_master_thumbprints =
            trusted.map(|thumbprint: Thumbprint| thumbprint.to_string()).collect();
    }
    outputs
}

/// What the worker refers to: the master, and the group behind it where the master tells it; and the master's uid where
/// both are there.
fn refer(context: &Context, namespace: &str, name: &str, group: &GroupPeers) -> (References, Option<String>) {
    let reference = ObjectRef::<ScaleOutMaster>::new(name).within(namespace);
    let master = context.stores.masters.get(&reference);
    let presence = match &master {
        None => Presence::Missing,
        Some(master) if MasterCoordinates::try_from(master.as_ref()).is_err() => Presence::Unsettled,
        Some(_) => Presence::Settled,
    };
    let described = format!("{} {name}", Kind::ScaleOutMaster.as_str());
    let mut objects = vec![(described, presence)];
    if presence == Presence::Settled {
        objects.push(group.presence.clone());
    }
    let whole = presence == Presence::Settled && group.presence.1 != Presence::Missing;
    let uid = master.filter(|_| whole).and_then(|master| master.meta().uid.clone());
    (References { objects, missing_secrets: group.missing.for_writing(), seen: false }, uid)
}

/// The master by reference; one that is missing, invalid or not observed yet gives an unsettled view.
async fn read_master(
    context: &Context,
    namespace: &str,
    name: &str,
) -> Result<(MasterView, GroupPeers, Vec<NodeTarget>), PassError> {
    let reference = ObjectRef::<ScaleOutMaster>::new(name).within(namespace);
    let master = context.stores.masters.get(&reference);
    let coordinates = master.as_ref().and_then(|master| MasterCoordinates::try_from(master.as_ref()).ok());
    let settled = coordinates.is_some();
    let group_name = coordinates.as_ref().map_or("", |c| c.availability_group_ref.as_str());
    let group = GroupPeers::read(context, namespace, group_name).await?;
    let outputs =
        master.as_ref().and_then(|master| master.status.as_ref()?.outputs.clone()).unwrap_or_default();
    let (nodes, host, port) = match &coordinates {
        Some(c) => {
            let point = &c.client_access_point;
            (agents(c.nodes.iter()), format!("{}.{}", point.name, point.dns_suffix), c.endpoint_port)
        }
        None => (Vec::new(), String::new(), 0),
    };
    let port = u16::try_from(port).unwrap_or_default();
    let view = MasterView {
        endpoint: format!("https://{host}:{port}"),
        host: DnsName::new(host),
        port,
        nodes: nodes.iter().map(|target| target.node.clone()).collect(),
        certificate: pinned(outputs.current_certificate.as_ref()),
        pending_certificate: pinned(outputs.pending_certificate.as_ref()),
        log_database_revision: revision(&outputs),
        group: group.view.clone(),
        settled,
    };
    Ok((view, group, nodes))
}

fn pinned(certificate: Option<&PublicCertificate>) -> Option<(Thumbprint, String)> {
    let certificate = certificate?;
    Some((certificate.thumbprint.parse().ok()?, certificate.public_pem.clone()))
}

fn revision(outputs: &MasterOutputs) -> Option<i64> {
    clock::parse(outputs.log_database_revision.as_deref()?)
}
