//! Judgements that the teardown chains of the kinds share.

use super::view::{Judged, need_node};
use crate::deletion::{Deletion, Reference};
use crate::plan::{Entry, Plan};
use crate::step::on_node;
use scaleout_api::annotations::GIVE_UP_HOSTS;
use scaleout_model::desired::Policy;
use scaleout_model::fact::Fact;
use scaleout_model::names::NodeName;
use scaleout_model::node::{ClaimRole, NodeOp};
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::verdict::{Drift, Finding, StepId, Target, Verdict};

/// No object that is waited for names this one.
pub fn judge_unused(deletion: &Deletion) -> Judged {
    if deletion.users.is_empty() {
        return Ok(Finding::converged(Target::Site));
    }
    let message = format!("named by {}; it goes after them", deletion.users.join(", "));
    Err(Finding::waiting(Target::Site, Reason::InUse, message))
}

/// What the object refers to is there, with its Secrets.
pub fn judge_reference(deletion: &Deletion) -> Judged {
    match &deletion.reference {
        Reference::Usable | Reference::NeverExisted => Ok(Finding::converged(Target::Site)),
        Reference::NotReady(message) => {
            Err(Finding::waiting(Target::Site, Reason::ReferenceNotReady, message.clone()))
        }
        Reference::Gone(message) => {
            Err(Finding::blocked(Target::Site, Reason::CredentialsGone, message.clone()))
        }
    }
}

/// A host's own judgement; one that stays silent needs a person after a while, and one that was given up is said and
/// passed over.
pub fn judge_host(deletion: &Deletion, observed: &Observed, node: &NodeName, judged: Judged) -> Judged {
    let target = Target::Node(node.clone());
    if deletion.gave_up(observed, node) {
        let message = format!("{node} does not answer and was given up; what is on it stays there");
        return Ok(Finding::warned(target, Reason::HostGivenUp, message));
    }
    match judged {
        Err(finding) if is_silent(&finding) && deletion.is_out_of_patience(observed) => {
            let message = format!(
                "the agent of {node} does not answer; to go on without it, annotate {GIVE_UP_HOSTS}={node}"
            );
            Err(Finding::blocked(target, Reason::HostUnreachable, message))
        }
        other => other,
    }
}

fn is_silent(finding: &Finding) -> bool {
    matches!(&finding.verdict, Verdict::Waiting(why)
        if matches!(why.reason, Reason::AgentUnreachable | Reason::NotObserved))
}

/// A judgement about one host, left out where the host was given up.
pub fn unless_given_up(
    deletion: &Deletion,
    observed: &Observed,
    node: &NodeName,
    judge: impl FnOnce() -> Judged,
) -> Judged {
    if deletion.gave_up(observed, node) {
        Ok(Finding::converged(Target::Node(node.clone())))
    } else {
        judge()
    }
}

/// The claim on a role of a node, if it is this object's, is released.
pub fn judge_claim(policy: &Policy, observed: &Observed, node: &NodeName, role: ClaimRole) -> Judged {
    let target = Target::Node(node.clone());
    let owner = &policy.owner;
    let ours = need_node(observed, node)?.agent.claims.iter().any(|claim| {
        claim.role == role
            && claim.namespace == owner.namespace
            && claim.kind == owner.kind
            && claim.name == owner.name
    });
    if !ours {
        return Ok(Finding::converged(target));
    }
    let op = on_node(node, NodeOp::ReleaseClaim { role });
    Ok(Finding::act(target, Drift::between("claim", "held", "released"), op))
}

/// Whether it is known that there is no catalog, so that no Scale Out task can run: every instance was asked, and none
/// has SSISDB. (Where no instance was asked, absence means nothing.)
pub fn has_no_catalog(observed: &Observed) -> bool {
    !observed.instances.is_empty() && matches!(observed.catalog, Fact::Absent)
}

/// The plan of a deletion with `Retain`: nothing is taken down, only those that still need the object are waited for.
pub fn plan_retain(deletion: &Deletion) -> Plan {
    let (Ok(finding) | Err(finding)) = judge_unused(deletion);
    Plan { entries: vec![Entry::new(StepId("Unused"), "Ready", finding)] }
}
