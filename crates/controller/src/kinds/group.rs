//! The loop of `SsisdbAvailabilityGroup`.

use super::peers::{SqlSecrets, agent};
use super::{KindStatus, PassError, SiteKind, user};
use crate::context::Context;
use async_trait::async_trait;
use kube::ResourceExt as _;
use scaleout_api::group::{GroupOutputs, ReplicaStatus};
use scaleout_api::{
    Convergence, ScaleOutWorker, SiteObject as _, SsisdbAvailabilityGroup, SsisdbAvailabilityGroupStatus,
};
use scaleout_execution::observe::Site;
use scaleout_execution::ports::NodeTarget;
use scaleout_model::defaults::CATALOG_DATABASE;
use scaleout_model::desired::{DesiredGroup, Policy};
use scaleout_model::fact::Fact;
use scaleout_model::fence::Kind;
use scaleout_model::names::{DnsName, GroupName, ReplicaName};
use scaleout_model::node::ClaimRole;
use scaleout_model::observed::Observed;
use scaleout_model::sql::{GroupFacts, ListenerFacts};
use scaleout_planning::deletion::{Deletion, User};
use scaleout_planning::plan::{Plan, plan};
use scaleout_planning::status::{Attempt, record_failover};
use scaleout_planning::step::Step;
use scaleout_planning::steps::group::teardown::{self, Teardown};
use scaleout_planning::validate::{Invalid, Secrets, validate_group};
use std::sync::Arc;

/// The kind.
pub struct GroupKind;

impl KindStatus for SsisdbAvailabilityGroupStatus {
    fn convergence(&self) -> &Convergence {
        &self.convergence
    }
}

#[async_trait]
impl SiteKind for GroupKind {
    type Object = SsisdbAvailabilityGroup;
    type Status = SsisdbAvailabilityGroupStatus;
    type Inputs = Secrets;
    type Desired = DesiredGroup;

    const KIND: Kind = Kind::SsisdbAvailabilityGroup;
    const AREAS: &'static [&'static str] = scaleout_api::conditions::GROUP;

    fn chain() -> Vec<&'static dyn Step<DesiredGroup>> {
        scaleout_planning::steps::group::chain()
    }

    fn status(object: &SsisdbAvailabilityGroup) -> Option<&SsisdbAvailabilityGroupStatus> {
        object.status.as_ref()
    }

    fn claims(object: &SsisdbAvailabilityGroup) -> Vec<(NodeTarget, ClaimRole)> {
        let hosts = object.spec.replicas.iter().flat_map(|replica| replica.hosts.iter());
        let agents = hosts.filter_map(|host| agent(&host.node, &host.agent.endpoint));
        agents.map(|target| (target, ClaimRole::Replica)).collect()
    }

    /// Masters that name it; workers that are taken down reach the catalog through it, even where their master is not.
    fn users(context: &Context, object: &SsisdbAvailabilityGroup) -> Vec<User> {
        let masters = context.stores.masters.state();
        let named: Vec<_> = masters
            .iter()
            .filter(|master| master.spec.availability_group_ref.name == object.name_any())
            .collect();
        let behind = |worker: &&Arc<ScaleOutWorker>| {
            worker.is_deleting()
                && named.iter().any(|master| worker.spec.master_ref.name == master.name_any())
        };
        let workers = context.stores.workers.state();
        let workers = workers.iter().filter(behind);
        let masters = named.iter().filter_map(|master| user(Kind::ScaleOutMaster, master.as_ref()));
        masters.chain(workers.filter_map(|worker| user(Kind::ScaleOutWorker, worker.as_ref()))).collect()
    }

    fn plan_teardown(
        _object: &SsisdbAvailabilityGroup,
        desired: &DesiredGroup,
        deletion: Deletion,
        observed: &Observed,
    ) -> Plan {
        let teardown = Teardown { group: desired.clone(), deletion };
        plan(&teardown::chain(), &desired.policy, &teardown, observed)
    }

    async fn dereference(
        context: &Context,
        object: &SsisdbAvailabilityGroup,
    ) -> Result<(Site, Secrets), PassError> {
        let spec = &object.spec;
        let namespace = object.namespace().ok_or(PassError::Nameless)?;
        let reference = |secret: &Option<scaleout_api::references::SecretRef>| {
            secret.as_ref().map(|secret| secret.name.clone())
        };
        let operator = reference(&spec.sql_authentication.operator_secret_ref);
        let observer = reference(&spec.sql_authentication.observer_secret_ref);
        let master_key = reference(&spec.catalog.master_key_secret_ref);
        let names: Vec<String> = [&operator, &observer, &master_key].into_iter().flatten().cloned().collect();
        let secrets = context.secrets.facts(&namespace, &names).await?;
        let ca = &spec.sql_tls.ca_secret_ref.name;
        let logins =
            SqlSecrets::read(context, &namespace, ca, operator.as_deref(), observer.as_deref()).await?;
        let hosts = spec.replicas.iter().flat_map(|replica| replica.hosts.iter());
        let site = Site {
            nodes: hosts.filter_map(|host| agent(&host.node, &host.agent.endpoint)).collect(),
            instances: spec
                .replicas
                .iter()
                .filter_map(|r| logins.target(&r.instance, &r.sql.host, r.sql.port, spec.sql_tls.encryption))
                .collect(),
            group: GroupName::new(spec.availability_group.name.as_str()),
        };
        Ok((site, secrets))
    }

    fn validate(
        object: &SsisdbAvailabilityGroup,
        inputs: &Secrets,
        _observed: &Observed,
    ) -> Result<DesiredGroup, Invalid> {
        validate_group(object, inputs)
    }

    fn policy(desired: &DesiredGroup) -> &Policy {
        &desired.policy
    }

    fn derive_status(
        object: &SsisdbAvailabilityGroup,
        _desired: Option<&DesiredGroup>,
        observed: &Observed,
        _attempts: &[Attempt],
        mut convergence: Convergence,
    ) -> SsisdbAvailabilityGroupStatus {
        let prior = object.status.as_ref().and_then(|status| status.outputs.clone()).unwrap_or_default();
        let outputs = outputs(object, observed, &prior);
        let now = crate::clock::time_at(observed.now_unix_ms);
        let (before, after) = (prior.primary_replica.as_deref(), outputs.primary_replica.as_deref());
        record_failover(&mut convergence, "AvailabilityGroup", before, after, &now);
        SsisdbAvailabilityGroupStatus {
            convergence,
            replicas: object
                .spec
                .replicas
                .iter()
                .map(|r| replica_status(&r.name, &r.instance, observed))
                .collect(),
            outputs: Some(outputs),
        }
    }
}

/// What is known now; what can't be read at present, and a listener that is not as spec says, keeps its last value.
fn outputs(object: &SsisdbAvailabilityGroup, observed: &Observed, prior: &GroupOutputs) -> GroupOutputs {
    let mut outputs = prior.clone();
    if let Some(major) = observed.instances.values().find_map(|facts| Some(facts.known()?.major)) {
        outputs.product_major_version = i32::try_from(major).ok();
    }
    let Fact::Known(primary) = observed.primary() else { return outputs };
    let named = object.spec.replicas.iter().find(|r| ReplicaName::new(r.instance.as_str()) == *primary);
    outputs.primary_replica = Some(named.map_or_else(|| primary.to_string(), |replica| replica.name.clone()));
    let Some(group) = primary_view(observed) else { return outputs };
    match group.listener.as_ref() {
        // Another than spec names is corrected, or refused: who depends on it must not follow it meanwhile.
        Fact::Known(listener) if is_as_specified(object, listener) => {
            if let Some(host) = full_name(listener.dns_name.as_str(), observed, primary) {
                outputs.listener_host = Some(host);
                outputs.listener_port = listener.port.map(i32::from);
            }
        }
        Fact::Absent => {
            outputs.listener_host = None;
            outputs.listener_port = None;
        }
        Fact::Known(_) | Fact::Unknown(_) => {}
    }
    outputs
}

fn is_as_specified(object: &SsisdbAvailabilityGroup, found: &ListenerFacts) -> bool {
    let wanted = &object.spec.listener;
    found.dns_name.same_host(&DnsName::new(wanted.dns_name.as_str()))
        && found.port.map(i32::from) == Some(wanted.port)
}

fn primary_view(observed: &Observed) -> Option<&GroupFacts> {
    let Fact::Known(primary) = observed.primary() else { return None };
    observed.instances.get(primary)?.known()?.group.known()
}

/// A listener's name with the DNS suffix of the primary's machine; none while its agent does not tell: a name without its
/// suffix would be another one to whoever wrote the whole one down.
fn full_name(listener: &str, observed: &Observed, primary: &ReplicaName) -> Option<String> {
    if listener.contains('.') {
        return Some(listener.to_owned());
    }
    let node = observed.nodes.get(&primary.machine())?.known()?;
    Some(match node.dns_name.as_str().split_once('.') {
        Some((_, suffix)) => format!("{listener}.{suffix}"),
        None => listener.to_owned(),
    })
}

fn replica_status(name: &str, instance: &str, observed: &Observed) -> ReplicaStatus {
    let replica = ReplicaName::new(instance);
    let word = |fact: Fact<String>| match fact {
        Fact::Known(word) => Some(word),
        Fact::Absent => Some("Absent".to_owned()),
        Fact::Unknown(_) => Some("Unknown".to_owned()),
    };
    let own = observed.instance(&replica).and_then(|facts| facts.group.as_ref());
    let role = own.clone().and_then(|group| group.local_role.as_ref()).map(|role| format!("{role:?}"));
    let seen_from = primary_view(observed).map_or(own, Fact::Known);
    let sync = seen_from.and_then(|group| group.sync(&replica, CATALOG_DATABASE).into());
    let ready = sync.clone().and_then(|sync| sync.failover_ready.as_ref());
    ReplicaStatus {
        name: name.to_owned(),
        role: word(role),
        synchronization: word(sync.map(|sync| format!("{:?}", sync.state))),
        failover_ready: word(ready.map(|ready| if *ready { "True".to_owned() } else { "False".to_owned() })),
    }
}
