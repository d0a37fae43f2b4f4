//! Narrow views that several steps read, and the findings for facts that could not be read.

use scaleout_model::desired::{DesiredGroup, DesiredReplica, SecretSlot};
use scaleout_model::fact::{Cause, CauseKind, Fact};
use scaleout_model::names::{LoginName, NodeName, ReplicaName};
use scaleout_model::node::{ClusterFacts, EngineFacts, NodeFacts};
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::secret::SecretHandle;
use scaleout_model::sql::{GroupFacts, InstanceFacts, ReplicaRole};
use scaleout_model::verdict::{Finding, Target};

/// A judgement that ends early where a fact is missing.
pub type Judged = Result<Finding, Finding>;

/// One finding for each replica in spec.
pub fn for_replicas(desired: &DesiredGroup, judge: impl Fn(&DesiredReplica) -> Judged) -> Vec<Finding> {
    desired.replicas.iter().map(|replica| settle(judge(replica))).collect()
}

/// One finding.
pub fn for_site(judged: Judged) -> Vec<Finding> {
    vec![settle(judged)]
}

/// The finding of either end.
pub fn settle(judged: Judged) -> Finding {
    judged.unwrap_or_else(|finding| finding)
}

/// The known value; else a finding that waits (or blocks, where a human must act). Absent waits as well.
pub fn need<T>(target: &Target, fact: Fact<T>, what: &str) -> Result<T, Finding> {
    match fact {
        Fact::Known(value) => Ok(value),
        Fact::Absent => {
            Err(Finding::waiting(target.clone(), Reason::StepPending, format!("{what} is not there yet")))
        }
        Fact::Unknown(cause) => Err(unreadable(target, &cause)),
    }
}

/// The known value, or `None` where it is known to be absent.
pub fn need_or_absent<T>(target: &Target, fact: Fact<T>) -> Result<Option<T>, Finding> {
    match fact {
        Fact::Known(value) => Ok(Some(value)),
        Fact::Absent => Ok(None),
        Fact::Unknown(cause) => Err(unreadable(target, &cause)),
    }
}

/// The finding for a fact that could not be read.
pub fn unreadable(target: &Target, cause: &Cause) -> Finding {
    let on_node = matches!(target, Target::Node(_));
    let (reason, human) = match cause.kind {
        CauseKind::Unreachable if on_node => (Reason::AgentUnreachable, false),
        CauseKind::Unreachable | CauseKind::NotReady => (Reason::InstanceUnreachable, false),
        CauseKind::CredentialRefused if on_node => (Reason::AgentRefusedController, true),
        CauseKind::IdentityRefused if on_node => (Reason::AgentIdentityRefused, true),
        CauseKind::CredentialRefused | CauseKind::IdentityRefused => (Reason::CredentialRefused, true),
        CauseKind::MixedModeOff => (Reason::MixedModeOff, true),
        CauseKind::NotPermitted => (Reason::ObserverLacksRights, true),
        CauseKind::WrongPeer if on_node => (Reason::NodeNameDiffers, true),
        CauseKind::WrongPeer => (Reason::ReplicaNameDiffers, true),
        CauseKind::NotObserved | CauseKind::Garbled => (Reason::NotObserved, false),
    };
    if human {
        Finding::blocked(target.clone(), reason, cause.message.clone())
    } else {
        Finding::waiting(target.clone(), reason, cause.message.clone())
    }
}

/// The secret that an op needs; a missing one blocks that op only.
pub fn need_secret(target: &Target, slot: &SecretSlot) -> Result<SecretHandle, Finding> {
    match slot {
        SecretSlot::Present(handle) => Ok(handle.clone()),
        SecretSlot::Missing(message) | SecretSlot::Undeclared(message) => {
            Err(Finding::blocked(target.clone(), Reason::SecretRequired, message.clone()))
        }
    }
}

/// Facts of a replica's instance.
pub fn need_instance<'a>(
    observed: &'a Observed,
    replica: &ReplicaName,
) -> Result<&'a InstanceFacts, Finding> {
    let target = Target::Replica(replica.clone());
    need(&target, observed.instance(replica), "the instance")
}

/// Facts of a node.
pub fn need_node<'a>(observed: &'a Observed, node: &NodeName) -> Result<&'a NodeFacts, Finding> {
    need(&Target::Node(node.clone()), observed.node(node), "the node")
}

/// What the node's agent says of a replica's instance.
pub fn need_engine<'a>(observed: &'a Observed, replica: &DesiredReplica) -> Result<&'a EngineFacts, Finding> {
    let target = Target::Replica(replica.name.clone());
    let node = need_node(observed, &replica.node)?;
    let engines = need(&target, node.engines.as_ref(), "the list of instances")?;
    let instance = replica.name.instance();
    engines.iter().find(|engine| engine.instance == instance).ok_or_else(|| {
        Finding::blocked(
            target.clone(),
            Reason::ReplicaNameDiffers,
            format!("node {} has no instance {instance}", replica.node),
        )
    })
}

/// The failover cluster, as the first of these nodes sees it that answers.
pub fn need_cluster<'a>(
    observed: &'a Observed,
    target: &Target,
    nodes: impl Iterator<Item = &'a NodeName>,
) -> Result<(&'a NodeName, &'a ClusterFacts), Finding> {
    let mut last = None;
    for node in nodes {
        match observed.node(node).and_then(|facts| facts.cluster.as_ref()) {
            Fact::Known(cluster) => return Ok((node, cluster)),
            Fact::Absent => {}
            Fact::Unknown(cause) => last = Some(cause),
        }
    }
    Err(match last {
        Some(cause) => unreadable(target, &cause),
        None => Finding::blocked(
            target.clone(),
            Reason::FailoverClusterMissing,
            "no node is in a failover cluster",
        ),
    })
}

/// The present primary and the group as it sees it; waits while there is none.
pub fn need_primary<'a>(
    observed: &'a Observed,
    target: &Target,
) -> Result<(&'a ReplicaName, &'a InstanceFacts, &'a GroupFacts), Finding> {
    let primary = match observed.primary() {
        Fact::Known(primary) => primary,
        Fact::Absent => {
            return Err(Finding::waiting(target.clone(), Reason::StepPending, "there is no primary yet"));
        }
        Fact::Unknown(cause) => {
            return Err(Finding::waiting(target.clone(), Reason::NoPrimary, cause.message));
        }
    };
    let instance = need(target, observed.instance(primary), "the primary")?;
    let group = need(target, instance.group.as_ref(), "the availability group")?;
    Ok((primary, instance, group))
}

/// Whether a replica is the present primary by its own word.
pub fn is_primary(facts: &InstanceFacts) -> bool {
    facts.group.as_ref().and_then(|group| group.local_role.as_ref()).known() == Some(&&ReplicaRole::Primary)
}

/// Where SSISDB lives, or shall live: the primary; before there is a group, the one instance that has it; if
/// none has it and all answered, the first in spec.
pub fn catalog_home<'a>(
    desired: &'a DesiredGroup,
    observed: &'a Observed,
) -> Result<(&'a ReplicaName, &'a InstanceFacts), Finding> {
    let target = Target::Site;
    if let Ok((primary, facts, _)) = need_primary(observed, &target) {
        return Ok((primary, facts));
    }
    let mut holders = Vec::new();
    let mut grouped = false;
    for replica in &desired.replicas {
        let facts = need(&target, observed.instance(&replica.name), "the instance")?;
        grouped |= need_or_absent(&target, facts.group.as_ref())?.is_some();
        if need_or_absent(&target, facts.catalog_database.as_ref())?.is_some() {
            holders.push((&replica.name, facts));
        }
    }
    if grouped {
        return Err(Finding::waiting(
            target,
            Reason::NoPrimary,
            "the group exists and no replica is its primary",
        ));
    }
    match holders.as_slice() {
        [] => {
            let first = desired.replicas.first().map(|replica| &replica.name);
            let first = first.ok_or_else(|| {
                Finding::blocked(target.clone(), Reason::InvalidSpec, "spec names no replica")
            })?;
            Ok((first, need(&target, observed.instance(first), "the instance")?))
        }
        [one] => Ok(*one),
        _ => Err(Finding::blocked(
            target,
            Reason::StraySsisdbOnSecondary,
            format!("{} instances have an SSISDB of their own", holders.len()),
        )),
    }
}

/// SID of a login on an instance.
pub fn need_sid<'a>(
    target: &Target,
    facts: &'a InstanceFacts,
    login: &LoginName,
    missing: Reason,
) -> Result<&'a str, Finding> {
    match facts.login(login) {
        Fact::Known(login) => Ok(&login.sid),
        Fact::Absent => Err(Finding::blocked(
            target.clone(),
            missing,
            format!("login {login} does not exist on {}", facts.server_name),
        )),
        Fact::Unknown(cause) => Err(unreadable(target, &cause)),
    }
}
