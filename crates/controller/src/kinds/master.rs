//! The loop of `ScaleOutMaster`.

use super::peers::{GroupPeers, agent, merge};
use super::{KindStatus, PassError, SiteKind, user};
use crate::clock;
use crate::context::Context;
use async_trait::async_trait;
use kube::{Resource as _, ResourceExt as _};
use scaleout_api::convergence::PublicCertificate;
use scaleout_api::master_status::{MasterNodeStatus, MasterOutputs};
use scaleout_api::{Convergence, ScaleOutMaster, ScaleOutMasterStatus, ScaleOutWorker, SiteObject as _};
use scaleout_execution::observe::Site;
use scaleout_execution::ports::{EndpointTarget, NodeTarget};
use scaleout_model::certificate::Thumbprint;
use scaleout_model::desired::{DesiredCertificate, DesiredMaster, Policy};
use scaleout_model::fact::Fact;
use scaleout_model::fence::{Kind, Owner};
use scaleout_model::names::{NodeName, RoleName};
use scaleout_model::node::{ClaimRole, ClusterRole, Feature, NodeFacts, Store};
use scaleout_model::observed::Observed;
use scaleout_model::outcome::Outcome;
use scaleout_model::sql::EvidencePurpose;
use scaleout_planning::deletion::{Deletion, References, User};
use scaleout_planning::plan::{Plan, plan};
use scaleout_planning::status::{Attempt, record_failover};
use scaleout_planning::step::Step;
use scaleout_planning::steps::master::teardown::{self, Teardown};
use scaleout_planning::validate::{Invalid, MasterInputs, Secrets, validate_master};
use std::collections::BTreeSet;

/// The kind.
pub struct MasterKind;

/// What a master's pass dereferenced.
pub struct Inputs {
    secrets: Secrets,
    generated: String,
    group: GroupPeers,
    workers: Vec<(String, Vec<Thumbprint>)>,
}

impl KindStatus for ScaleOutMasterStatus {
    fn convergence(&self) -> &Convergence {
        &self.convergence
    }
}

#[async_trait]
impl SiteKind for MasterKind {
    type Object = ScaleOutMaster;
    type Status = ScaleOutMasterStatus;
    type Inputs = Inputs;
    type Desired = DesiredMaster;

    const KIND: Kind = Kind::ScaleOutMaster;
    const AREAS: &'static [&'static str] = scaleout_api::conditions::MASTER;

    fn chain() -> Vec<&'static dyn Step<DesiredMaster>> {
        scaleout_planning::steps::master::chain()
    }

    fn status(object: &ScaleOutMaster) -> Option<&ScaleOutMasterStatus> {
        object.status.as_ref()
    }

    fn claims(object: &ScaleOutMaster) -> Vec<(NodeTarget, ClaimRole)> {
        let agents = object.spec.nodes.iter().filter_map(|node| agent(&node.name, &node.agent.endpoint));
        agents.map(|target| (target, ClaimRole::MasterNode)).collect()
    }

    fn users(context: &Context, object: &ScaleOutMaster) -> Vec<User> {
        let workers = context.stores.workers.state();
        let named = workers.iter().filter(|worker| worker.spec.master_ref.name == object.name_any());
        named.filter_map(|worker| user(Kind::ScaleOutWorker, worker.as_ref())).collect()
    }

    /// Nothing is written through SQL in its teardown: only reading needs a login.
    fn references(inputs: &Inputs, seen: bool) -> Option<References> {
        let group = &inputs.group;
        let missing_secrets = group.missing.for_reading();
        Some(References { objects: vec![group.presence.clone()], missing_secrets, seen })
    }

    fn reference_uid(inputs: &Inputs) -> Option<String> {
        inputs.group.uid.clone()
    }

    fn plan_teardown(
        object: &ScaleOutMaster,
        desired: &DesiredMaster,
        deletion: Deletion,
        observed: &Observed,
    ) -> Plan {
        let reported = reported_certificates(object);
        let teardown = Teardown { master: desired.clone(), deletion, reported };
        plan(&teardown::chain(), &desired.policy, &teardown, observed)
    }

    async fn dereference(context: &Context, object: &ScaleOutMaster) -> Result<(Site, Inputs), PassError> {
        let spec = &object.spec;
        let namespace = object.namespace().ok_or(PassError::Nameless)?;
        let group = GroupPeers::read(context, &namespace, &spec.availability_group_ref.name).await?;
        let references = [
            spec.service_account.password_secret_ref.as_ref(),
            spec.certificate.secret_ref.as_ref(),
            spec.execution_logging.login_secret_ref.as_ref(),
        ];
        let names: Vec<String> = references.into_iter().flatten().map(|secret| secret.name.clone()).collect();
        let mut secrets = context.secrets.facts(&namespace, &names).await?;
        let owner = Owner {
            kind: Self::KIND,
            namespace,
            name: object.name_any(),
            uid: object.uid().unwrap_or_default(),
            generation: object.meta().generation.unwrap_or_default(),
        };
        if spec.certificate.self_signed.is_some()
            && let Some((name, facts)) = context.secrets.generated(&owner).await?
        {
            secrets.0.insert(name, facts);
        }
        let own = spec.nodes.iter().filter_map(|node| agent(&node.name, &node.agent.endpoint));
        let mut nodes: Vec<_> = own.collect();
        merge(&mut nodes, group.nodes.clone());
        let site = Site { nodes, instances: group.instances.clone(), group: group.view.group.clone() };
        let workers = workers_that_count(context, &owner);
        Ok((site, Inputs { secrets, generated: crate::secrets::generated_name(&owner), group, workers }))
    }

    fn validate(
        object: &ScaleOutMaster,
        inputs: &Inputs,
        observed: &Observed,
    ) -> Result<DesiredMaster, Invalid> {
        let nodes = object.spec.nodes.iter().map(|node| NodeName::new(node.name.as_str()));
        validate_master(
            object,
            MasterInputs {
                secrets: &inputs.secrets,
                generated_secret: &inputs.generated,
                group: inputs.group.view.clone(),
                group_cluster: inputs.group.cluster.clone(),
                listener_label: inputs.group.listener_label.clone(),
                current: current_certificate(object),
                workers: inputs.workers.clone(),
                issued_allowed: issued_allowed(observed, nodes),
                now: observed.now_unix_ms / 1000,
            },
        )
    }

    fn policy(desired: &DesiredMaster) -> &Policy {
        &desired.policy
    }

    fn endpoint(desired: &DesiredMaster) -> Option<EndpointTarget> {
        let decided = *desired.certificate.thumbprint()?;
        let thumbprint = desired.rollout.replaces.filter(|_| desired.rollout.is_held()).unwrap_or(decided);
        Some(EndpointTarget { host: desired.endpoint_host(), port: desired.port, thumbprint })
    }

    fn derive_status(
        object: &ScaleOutMaster,
        desired: Option<&DesiredMaster>,
        observed: &Observed,
        attempts: &[Attempt],
        mut convergence: Convergence,
    ) -> ScaleOutMasterStatus {
        let prior = object.status.as_ref();
        let role = RoleName::new(object.spec.clustered_role.name.as_str());
        let owner = role_of(observed, &role).map(|role| role.owner.to_string());
        let before = prior.and_then(|status| status.owner_node.as_deref());
        let now = clock::time_at(observed.now_unix_ms);
        record_failover(&mut convergence, "Role", before, owner.as_deref(), &now);
        let owner_node = owner.or_else(|| before.map(str::to_owned));
        let outputs = prior.and_then(|status| status.outputs.clone()).unwrap_or_default();
        ScaleOutMasterStatus {
            nodes: object.spec.nodes.iter().map(|node| node_status(&node.name, object, observed)).collect(),
            outputs: Some(derive_outputs(desired, observed, attempts, outputs)),
            owner_node,
            convergence,
        }
    }
}

/// Workers of this master that are enabled and alive, with the master certificates that they trust.
fn workers_that_count(context: &Context, master: &Owner) -> Vec<(String, Vec<Thumbprint>)> {
    let counts = |worker: &ScaleOutWorker| {
        let is_true = |type_| {
            let condition = worker.convergence().and_then(|status| status.condition(type_));
            condition.is_some_and(|condition| condition.status == "True")
        };
        worker.spec.master_ref.name == master.name && is_true("Enabled") && is_true("HeartbeatFresh")
    };
    let trusted = |worker: &ScaleOutWorker| {
        let outputs = worker.status.as_ref().and_then(|status| status.outputs.as_ref());
        let thumbprints =
            outputs.map(|outputs| outputs.trusted_master_thumbprints.clone()).unwrap_or_default();
        thumbprints.iter().filter_map(|thumbprint| thumbprint.parse().ok()).collect()
    };
    let workers = context.stores.workers.state();
    workers.iter().filter(|w| counts(w)).map(|worker| (worker.name_any(), trusted(worker))).collect()
}

/// Certificates that the object reported, and so may have placed: the current one and a pending one.
fn reported_certificates(object: &ScaleOutMaster) -> BTreeSet<Thumbprint> {
    let outputs = object.status.as_ref().and_then(|status| status.outputs.as_ref());
    let certificates =
        outputs.into_iter().flat_map(|outputs| [&outputs.current_certificate, &outputs.pending_certificate]);
    certificates.flatten().filter_map(|certificate| certificate.thumbprint.parse().ok()).collect()
}

fn current_certificate(object: &ScaleOutMaster) -> Option<Thumbprint> {
    let outputs = object.status.as_ref()?.outputs.as_ref()?;
    outputs.current_certificate.as_ref()?.thumbprint.parse().ok()
}

/// Whether every node reports ClientAuthTrustMode 2.
pub fn issued_allowed(observed: &Observed, mut nodes: impl Iterator<Item = NodeName>) -> bool {
    const EXCLUSIVE_CA_TRUST: u32 = 2;
    nodes.all(|node| {
        observed
            .node(&node)
            .known()
            .is_some_and(|facts| facts.client_auth_trust_mode.known() == Some(&EXCLUSIVE_CA_TRUST))
    })
}

fn role_of<'a>(observed: &'a Observed, role: &RoleName) -> Option<&'a ClusterRole> {
    observed.nodes.values().find_map(|facts| facts.known()?.cluster.known()?.role(role))
}

fn derive_outputs(
    desired: Option<&DesiredMaster>,
    observed: &Observed,
    attempts: &[Attempt],
    mut outputs: MasterOutputs,
) -> MasterOutputs {
    let Some(desired) = desired else { return outputs };
    outputs.endpoint = Some(desired.endpoint());
    if let Some(certificate) = public_certificate(desired, observed) {
        if desired.rollout.is_held() {
            outputs.pending_certificate = Some(certificate);
        } else {
            outputs.current_certificate = Some(certificate);
            outputs.pending_certificate = None;
        }
    }
    let written = attempts.iter().find_map(|attempt| match &attempt.outcome {
        Outcome::Done(Some(evidence)) if evidence.purpose == EvidencePurpose::LogDatabase => {
            Some(evidence.recorded_unix_ms)
        }
        _ => None,
    });
    if let Some(at) = written {
        outputs.log_database_revision = Some(clock::text_at(at));
    }
    outputs
}

fn public_certificate(desired: &DesiredMaster, observed: &Observed) -> Option<PublicCertificate> {
    let thumbprint = *desired.certificate.thumbprint()?;
    let public_pem = match &desired.certificate {
        DesiredCertificate::KeyPair { pem, .. } => pem.clone(),
        _ => observed.nodes.values().find_map(|facts| {
            let stored = facts.known()?.certificates.known()?;
            stored
                .iter()
                .find(|c| c.thumbprint == thumbprint && c.store == Store::Root)
                .map(|c| c.pem.clone())
        })?,
    };
    Some(PublicCertificate { thumbprint: thumbprint.to_string(), public_pem })
}

fn node_status(name: &str, object: &ScaleOutMaster, observed: &Observed) -> MasterNodeStatus {
    let node = NodeName::new(name);
    let role = RoleName::new(object.spec.clustered_role.name.as_str());
    let facts = observed.node(&node);
    let ownership = match role_of(observed, &role) {
        Some(role) if role.owner == node => "Owner",
        Some(role) if is_possible(role, &node) => "PossibleOwner",
        Some(_) => "NotOwner",
        None => "Unknown",
    };
    let port = u16::try_from(object.spec.endpoint.port).ok();
    MasterNodeStatus {
        name: name.to_owned(),
        ownership: Some(ownership.to_owned()),
        service: Some(service_word(facts.known().copied())),
        bound_thumbprint: facts.known().and_then(|facts| {
            let bindings = facts.bindings.known()?;
            bindings.iter().find(|b| Some(b.port) == port).map(|b| b.thumbprint.to_string())
        }),
    }
}

fn is_possible(role: &ClusterRole, node: &NodeName) -> bool {
    role.generic_service()
        .is_some_and(|service| service.possible_owners.is_empty() || service.possible_owners.contains(node))
}

fn service_word(facts: Option<&NodeFacts>) -> String {
    let Some(services) = facts.and_then(|facts| match &facts.services {
        Fact::Known(services) => Some(services),
        Fact::Absent | Fact::Unknown(_) => None,
    }) else {
        return "Unknown".to_owned();
    };
    services
        .iter()
        .find(|service| service.feature == Feature::ScaleOutMaster)
        .map_or_else(|| "NotInstalled".to_owned(), |service| format!("{:?}", service.state))
}
